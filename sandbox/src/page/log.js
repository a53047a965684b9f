// The list of messages of the channel one looks at.
//
// Invariant: a message that did not change keeps its node, so that nothing flickers, no selection is lost and a pressed button
// stays where it is while a card beside it moves every second.

import { $, h, icon } from "./dom.js";
import { isArchived, isThread } from "./discord.js";
import { drawMessage, drawingKey } from "./message.js";
import { be, go } from "./person.js";
import { draws, redraw, state } from "./state.js";
import { dayOf } from "./time.js";

let drawn = new Map();
/** The reader is at the newest message, and stays there when more comes or a picture has loaded. */
let atEnd = true;

export function toEnd() {
  atEnd = true;
  $("messages").scrollTop = $("messages").scrollHeight;
}

draws("messages", () => {
  const person = state.me;
  const log = $("messages");
  const messages = person.inOrder(person.place);
  const next = new Map();
  const nodes = [keep(next, `start ${person.account.id} ${person.place} ${isArchived(person.channels.get(person.place))} ${messages.length > 0} ${person.channelName(person.channels.get(person.place))}`, () => beginning(person, messages.length))];
  let before = null;
  for (const message of messages) {
    const day = dayOf(new Date(message.timestamp));
    const isNew = person.newFrom === message.id;
    if (!before || dayOf(new Date(before.timestamp)) !== day || isNew) {
      nodes.push(keep(next, `line ${message.id} ${isNew}`, () => h("div", { class: `divider${isNew ? " new" : ""}`, role: "separator" }, h("span", {}, before && dayOf(new Date(before.timestamp)) === day ? "" : day), isNew && h("b", {}, "NEW"))));
      before = null;
    }
    const last = before;
    nodes.push(keep(next, `${message.id} ${drawingKey(person, message, last)}`, () => drawMessage(person, message, last)));
    before = message;
  }
  for (const line of person.local.get(person.place) ?? []) nodes.push(keep(next, `local ${line.at} ${line.doing} ${line.wrong}`, () => localLine(person, line)));
  drawn = next;
  replace($("log"), nodes);
  if (atEnd || log.dataset.place !== person.place) toEnd();
  log.dataset.place = person.place ?? "";
});

function keep(next, key, make) {
  const node = drawn.get(key) ?? make();
  next.set(key, node);
  return node;
}

/** Puts the children in place and touches only those that differ, so that the focus stays where it is. */
function replace(parent, nodes) {
  const focused = document.activeElement;
  const control = focused?.dataset?.control;
  const inMessage = parent.contains(focused) ? focused.closest("article")?.dataset.id : null;
  const wanted = new Set(nodes);
  [...parent.children].filter((child) => !wanted.has(child)).forEach((child) => child.remove());
  nodes.forEach((node, at) => { if (parent.children[at] !== node) parent.insertBefore(node, parent.children[at] ?? null); });
  // A card that was drawn anew gives the focus to the same button, or to itself.
  if (inMessage && !focused.isConnected) {
    const message = parent.querySelector(`article[data-id="${inMessage}"]`);
    const again = control !== undefined ? [...(message?.querySelectorAll("[data-control]") ?? [])].find((one) => one.dataset.control === control) : null;
    (again ?? message)?.focus({ preventScroll: true });
  }
}

/** A command on its way, or what became of one that failed. */
function localLine(person, line) {
  const dismiss = h("button", { type: "button", class: "inline-link", onclick: () => person.untell(person.place, line) }, "Dismiss message");
  const again = line.doing && h("button", { type: "button", class: "inline-link", dataset: { type: line.doing } }, "Try again");
  return h("article", { class: `message private local${line.wrong ? " wrong" : ""}`, tabIndex: -1 },
    h("span", { class: "face" }, icon(line.wrong ? "close" : "slash")),
    h("div", { class: "body" },
      line.doing && h("div", { class: "doing" }, h("b", {}, person.user?.username ?? person.account.name), line.doing.startsWith("/") ? " used " : " said ", h("span", { class: "mention" }, line.doing)),
      line.wrong ? h("div", { class: "failed", role: "alert" }, line.wrong)
        : h("div", { class: "thinking" }, h("span", { class: "dots" }, h("i"), h("i"), h("i")), "Sending command…"),
      line.wrong && h("div", { class: "note private-note" }, icon("eye"), "Only you can see this · ", dismiss, again && [" · ", again])));
}

function beginning(person, count) {
  const here = person.channels.get(person.place);
  const name = person.channelName(here);
  const thread = isThread(here);
  const mark = h("div", { class: "mark" }, icon(thread ? "thread" : here?.type === 1 ? "at" : "hash"));
  const asleep = isArchived(here) && h("p", { class: "hint" }, "This thread is archived; writing in it wakes it.");
  const type = (text) => h("button", { type: "button", class: "mention", dataset: { type: text } }, text.trim());
  const admin = state.people[0];
  return h("div", { class: "beginning" }, mark, h("h3", {}, thread || here?.type === 1 ? name : `Welcome to #${name}!`),
    h("p", { class: "hint" }, thread ? "The start of this thread." : here?.type === 1 ? `Only you and ${name} can read this.` : `This is the start of the #${name} channel.`), asleep,
    !count && here?.type === 0 && h("p", {}, "Type ", type("/server add "), " to show the bot its first server, or ", type("/"), " to see everything it can do. ",
      person !== admin && ["You are ", h("b", {}, person.account.name), "; ", h("button", { type: "button", class: "inline-link", onclick: () => be(admin) }, `be ${admin.account.name}`), " to be allowed everything."]));
}

/** Scrolls to a message and marks it for a moment. */
export function jumpTo(id) {
  const found = $("messages").querySelector(`article[data-id="${CSS.escape(id)}"]`);
  if (!found) return;
  found.scrollIntoView({ block: "center" });
  found.focus({ preventScroll: true });
  found.classList.add("flash");
  setTimeout(() => found.classList.remove("flash"), 1500);
}

export function start() {
  const log = $("messages");
  log.addEventListener("scroll", () => {
    atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    $("to-end").hidden = atEnd;
  });
  $("to-end").addEventListener("click", toEnd);
  // Pictures and previews arrive later, and the line one types in grows.
  const sizes = new ResizeObserver(() => { if (atEnd) toEnd(); });
  sizes.observe(log);
  sizes.observe($("log"));
  log.addEventListener("keydown", (event) => {
    if (event.target !== log && !event.target.matches("article")) return;
    const all = [...log.querySelectorAll("article")];
    const at = all.indexOf(document.activeElement);
    const to = { ArrowUp: at < 0 ? all.length - 1 : at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[Math.max(0, Math.min(to, all.length - 1))]?.focus();
  });
  log.addEventListener("click", ({ target }) => {
    const jump = target.closest("[data-jump]");
    if (jump) jumpTo(jump.dataset.jump);
  });
  setInterval(() => redraw("messages"), 60_000); // an answer that never came is said to be missing
}

export { go };
