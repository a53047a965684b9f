// The left side: channels in categories, their threads, direct messages; and the head of the middle.

import { CHANNEL, displayName, isArchived, isThread } from "./discord.js";
import { $, arrows, avatar, byId, h, icon } from "./dom.js";
import { close, popover } from "./overlay.js";
import { jumpTo } from "./log.js";
import { markdown } from "./markdown.js";
import { draws, redraw, state } from "./state.js";

const order = (a, b) => (a.position ?? 0) - (b.position ?? 0) || byId(a.id, b.id);
const collapsed = new Set();
const SIGNS = { [CHANNEL.voice]: "voice", [CHANNEL.direct]: "at" };

/** The places of a person as the list shows them: `{ heading, id, items }`. */
export function places(person) {
  const all = [...person.channels.values()];
  const top = all.filter((one) => one.type !== CHANNEL.category && one.type !== CHANNEL.direct && !isThread(one)).sort(order);
  const groups = [{ heading: "", id: "", items: top.filter((one) => !one.parent_id) }];
  for (const category of all.filter((one) => one.type === CHANNEL.category).sort(order)) {
    groups.push({ heading: category.name, id: category.id, items: top.filter((one) => one.parent_id === category.id) });
  }
  const direct = all.filter((one) => one.type === CHANNEL.direct).sort((a, b) => byId(b.last_message_id ?? b.id, a.last_message_id ?? a.id));
  if (direct.length) groups.push({ heading: "Direct messages", id: "direct", items: direct });
  return groups.filter((group) => group.items.length || group.heading);
}

export function threadsOf(person, channel) {
  return [...person.channels.values()].filter((one) => isThread(one) && one.parent_id === channel.id).sort((a, b) => byId(a.id, b.id));
}

draws("channels", () => {
  const person = state.me;
  $("guild").textContent = person.guild?.name ?? "…";
  const nodes = [];
  for (const { heading, id, items } of places(person)) {
    const shut = collapsed.has(id);
    if (heading) {
      nodes.push(h("button", { type: "button", class: "category", "aria-expanded": String(!shut), onclick: () => { shut ? collapsed.delete(id) : collapsed.add(id); redraw("channels"); } }, icon(shut ? "right" : "down"), heading));
    }
    for (const channel of items) {
      const here = channel.id === person.place || person.unread.has(channel.id);
      if (!shut || here) nodes.push(line(person, channel));
      for (const thread of threadsOf(person, channel)) {
        if (!isArchived(thread) || thread.id === person.place) nodes.push(line(person, thread));
      }
    }
  }
  const had = document.activeElement?.closest("#channels")  && document.activeElement.dataset.channel;
  $("channels").replaceChildren(...nodes);
  if (had) $("channels").querySelector(`[data-channel="${had}"]`)?.focus();
});

function line(person, channel) {
  const waiting = channel.id !== person.place && person.unread.has(channel.id);
  const mentions = waiting ? person.unread.get(channel.id) : 0;
  const thread = isThread(channel);
  const name = person.channelName(channel);
  const other = channel.type === CHANNEL.direct ? channel.recipients?.[0] : null;
  return h("button", {
    type: "button", class: `channel${thread ? " thread" : ""}${waiting ? " unread" : ""}`, "aria-current": channel.id === person.place ? "page" : null,
    "aria-label": `${name}${waiting ? ", unread" : ""}`, dataset: { channel: channel.id },
  }, other ? avatar(other, "tiny") : icon(thread ? "thread" : SIGNS[channel.type] ?? "hash"), h("span", {}, name), isArchived(channel) && h("small", {}, "archived"), mentions > 0 && h("b", { class: "badge" }, String(mentions)));
}

draws("head", () => {
  const person = state.me;
  const here = person.channels.get(person.place);
  const name = person.channelName(here);
  const parent = isThread(here) && person.channels.get(here.parent_id);
  $("place").replaceChildren(icon(isThread(here) ? "thread" : SIGNS[here?.type] ?? "hash"), parent ? h("button", { type: "button", class: "inline-link", dataset: { channel: parent.id } }, parent.name) : "", parent ? " › " : "", h("span", {}, name));
  $("topic").textContent = here?.topic ?? "";
  $("open-threads").hidden = here?.type !== CHANNEL.text && here?.type !== CHANNEL.announcement;
  $("input").placeholder = `Message ${here?.type === CHANNEL.direct ? "@" : "#"}${name}, or type /`;
  document.title = `${here ? `#${name} · ` : ""}Nebula on this machine`;
});

/** Threads of the channel, the archived ones too. */
async function openThreads() {
  const person = state.me;
  const channel = person.place;
  const box = h("div", { class: "list-box" }, h("h3", {}, "Threads"), h("p", { class: "hint" }, "Loading…"));
  popover($("open-threads"), box, { kind: "wide" });
  try {
    const { threads } = await person.request("GET", `/channels/${channel}/threads/archived/public`);
    threads.forEach((thread) => { if (!person.channels.has(thread.id)) person.channels.set(thread.id, thread); });
  } catch (error) {
    box.lastChild.textContent = error.message;
    return;
  }
  const all = threadsOf(person, { id: channel });
  const group = (words, items) => items.length && [h("h4", {}, words), items.map((thread) => h("button", { type: "button", class: "entry", dataset: { channel: thread.id }, onclick: () => close() }, icon("thread"), h("span", {}, thread.name, h("small", {}, `${thread.message_count ?? 0} messages`))))];
  box.replaceChildren(h("h3", {}, "Threads"), ...[group("Active", all.filter((one) => !isArchived(one))), group("Archived", all.filter(isArchived))].flat(2).filter(Boolean), all.length ? "" : h("p", { class: "hint" }, "There are no threads here."));
  listKeys(box);
}

async function openPins() {
  const person = state.me;
  const box = h("div", { class: "list-box" }, h("h3", {}, "Pinned messages"), h("p", { class: "hint" }, "Loading…"));
  popover($("open-pins"), box, { kind: "wide" });
  try {
    const { items } = await person.request("GET", `/channels/${person.place}/messages/pins`);
    const entry = ({ message }) => h("button", { type: "button", class: "entry", onclick: () => { close(); jumpTo(message.id); } }, avatar(message.author, "tiny"),
      h("span", {}, h("b", {}, displayName(message.author)), message.content ? markdown(message.content, person) : h("small", {}, "a card")));
    box.replaceChildren(h("h3", {}, "Pinned messages"), ...items.map(entry), items.length ? "" : h("p", { class: "hint" }, "Nothing is pinned here."));
    listKeys(box);
  } catch (error) {
    box.lastChild.textContent = error.message;
  }
}

function listKeys(box) {
  box.onkeydown = (event) => arrows(event, [...box.querySelectorAll("button.entry")]);
  box.querySelector("button")?.focus();
}

export function start() {
  $("channels").addEventListener("keydown", (event) => arrows(event, [...$("channels").querySelectorAll("button")]));
  $("channels").addEventListener("click", () => document.body.classList.remove("places-open"));
  $("open-threads").addEventListener("click", openThreads);
  $("open-pins").addEventListener("click", openPins);
  $("open-places").addEventListener("click", () => {
    document.body.classList.toggle("places-open");
    if (document.body.classList.contains("places-open")) $("channels").querySelector('[aria-current="page"]')?.focus();
  });
  $("shade").addEventListener("click", () => document.body.classList.remove("places-open"));
}
