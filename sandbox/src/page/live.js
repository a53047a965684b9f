// The sandbox's own news: what the bot asks of Discord, which rules it breaks, whether it is connected.

import { redraw, state } from "./state.js";

/** Requests kept: as many as a person would ever scroll through. */
const KEPT = 500;
const LONGEST_PAUSE = 3_000; // ms between two tries

export const news = { requests: [], violations: [], count: 0 };

let pause = 500;

export function listen() {
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/sandbox/live`);
  socket.onmessage = (frame) => {
    const { snapshot, request, violation, bot } = JSON.parse(frame.data);
    pause = 500;
    if (snapshot) Object.assign(news, { requests: snapshot.requests.map(numbered), violations: snapshot.violations });
    if (request) news.requests = [...news.requests, numbered(request)].slice(-KEPT);
    if (violation) news.violations = [...news.violations, violation];
    if (bot) {
      Object.assign(state, bot);
      redraw("members", "banner");
    }
    redraw("panel");
  };
  socket.onclose = () => {
    state.online = false;
    redraw("members");
    setTimeout(listen, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  };
}

function numbered(request) {
  news.count += 1;
  return { ...request, number: news.count };
}
