// The gateway connection of one account, and the banner that says when there is nothing to connect to.

import { $ } from "./dom.js";
import { dispatch } from "./events.js";
import { draws, redraw, state } from "./state.js";

const LONGEST_PAUSE = 3_000; // ms between two tries

export function connect(person) {
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/gateway?v=10&encoding=json`);
  let sequence = null;
  let beat = null;
  const send = (op, d) => socket.send(JSON.stringify({ op, d }));
  socket.onmessage = (frame) => {
    const { op, d, s, t } = JSON.parse(frame.data);
    sequence = s ?? sequence;
    if (op === 10) {
      beat = setInterval(() => send(1, sequence), d.heartbeat_interval);
      send(2, { token: person.account.token, properties: { os: "browser", browser: "sandbox", device: "" } });
    } else if (op === 1) send(1, sequence);
    else if (op === 7 || op === 9) socket.close();
    else if (op === 0) dispatch(person, t, d);
  };
  socket.onclose = ({ code }) => {
    clearInterval(beat);
    person.user = null;
    person.abandon();
    // Another sandbox listens here now, with accounts of its own.
    if (code === 4004 && !state.restarted) {
      state.restarted = true;
      setTimeout(() => location.reload(), 300);
    }
    state.stopped ||= code !== 4004;
    setTimeout(() => connect(person), person.retry);
    person.retry = Math.min(person.retry * 2, LONGEST_PAUSE);
    redraw("banner", "members", "people");
  };
}

draws("banner", () => {
  $("banner").hidden = !state.stopped;
  $("input").disabled = false;
  document.body.classList.toggle("stopped", state.stopped);
});
