// What can be made to go wrong. The sandbox does it; this is only the menu, and it is hidden where the sandbox has none.

import { $, h } from "./dom.js";

const FAULTS = [
  ["Answers", [
    ["Too many requests", "The next three requests are refused with 429 and have to wait two seconds.", { fault: "rate_limited", retry_after: 2.0, scope: "user", route: "*", times: 3 }],
    ["Server error", "The next three requests are answered with 503, as on a bad day of Discord's.", { fault: "server_error", status: 503, route: "*", times: 3 }],
    ["No answer", "The next request hangs until the bot gives up on it; nothing happened.", { fault: "time_out", route: "*", times: 1 }],
    ["Answer lost", "The next request is carried out, but its answer never arrives.", { fault: "lost_answer", route: "*", times: 1 }],
  ]],
  ["Connection", [
    ["Close with 4000", "The gateway closes with an unknown error; the bot may resume.", { fault: "gateway_close", code: 4000 }],
    ["Cut", "The connection ends without a word, as when a cable is pulled.", { fault: "cut" }],
    ["Ask to reconnect", "The gateway asks the bot to come back on a new connection.", { fault: "reconnect" }],
    ["Session lost", "The session is invalid and cannot be resumed; the bot must begin anew.", { fault: "invalid_session", resumable: false }],
    ["Zombie", "For a minute the connection looks open, and nothing comes through.", { fault: "zombie", seconds: 60 }],
    ["Silent heartbeat", "The next heartbeat is not acknowledged.", { fault: "silent_heartbeats", times: 1 }],
  ]],
  ["Events", [
    ["Twice", "The next five events are delivered twice.", { fault: "duplicate_events", times: 5 }],
    ["Out of order", "The next five events arrive in the wrong order.", { fault: "reorder_events", times: 5 }],
    ["Outage", "The server is unavailable for ten seconds, and then it is back.", { fault: "guild_outage", seconds: 10 }],
  ]],
];

async function ask(method, body) {
  const options = { method, ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }) };
  const answer = await fetch("/sandbox/faults", options);
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(said.message ?? `Error ${answer.status}`), { status: answer.status });
  return said;
}

/** Shows the tab if the sandbox knows faults, and what is active now. */
export async function refresh() {
  try {
    const { active } = await ask("GET");
    $("tab-faults").hidden = false;
    const names = new Map(FAULTS.flatMap(([, all]) => all.map(([label, , body]) => [body.fault, label])));
    const line = (one) => h("li", {}, h("b", {}, names.get(one.fault) ?? one.fault), one.left ? ` ${one.left} left` : "");
    $("active-faults").replaceChildren(...(active ?? []).map(line));
    $("heal").disabled = !active?.length;
    return active?.length > 0;
  } catch {
    return false;
  }
}

async function press(body, wrong) {
  wrong.hidden = true;
  try {
    await (body ? ask("POST", body) : ask("DELETE"));
  } catch (error) {
    wrong.textContent = error.message;
    wrong.hidden = false;
  }
  watch();
}

let watching = null;

/** While something is active, looks how much of it is left. */
async function watch() {
  clearTimeout(watching);
  if (await refresh()) watching = setTimeout(watch, 1000);
}

export function start() {
  const wrong = h("p", { class: "failed", role: "alert", hidden: true });
  const heal = h("button", { type: "button", class: "button success", id: "heal", disabled: true, onclick: () => press(null, wrong) }, "Heal everything");
  const entry = ([label, sentence, body]) => h("button", { type: "button", class: "fault", dataset: { fault: body.fault }, onclick: () => press(body, wrong) }, h("b", {}, label), h("span", {}, sentence));
  $("face-faults").replaceChildren(h("p", { class: "hint" }, "Press one and see what the bot does about it."),
    h("div", { class: "fault-state" }, h("ul", { id: "active-faults" }), heal), wrong,
    ...FAULTS.flatMap(([heading, all]) => [h("h3", {}, heading), ...all.map(entry)]));
  $("tab-faults").addEventListener("click", watch);
  refresh();
}
