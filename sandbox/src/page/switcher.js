// Ctrl-K: go to a channel, a thread, a direct message, or be somebody else, by typing a part of its name.

import { CHANNEL, isThread } from "./discord.js";
import { $, avatar, h, icon } from "./dom.js";
import { be, go } from "./person.js";
import { state } from "./state.js";

function targets(part) {
  const { me, people } = state;
  const channels = [...me.channels.values()].filter((one) => one.type !== CHANNEL.category).map((channel) => ({
    name: me.channelName(channel), note: isThread(channel) ? `thread in #${me.channels.get(channel.parent_id)?.name ?? "?"}` : channel.type === CHANNEL.direct ? "direct message" : "channel",
    sign: icon(isThread(channel) ? "thread" : channel.type === CHANNEL.direct ? "at" : "hash"), unread: me.unread.has(channel.id), run: () => go(channel.id),
  }));
  const accounts = people.filter((person) => person !== me).map((person) => ({
    name: person.account.name, note: "be them", sign: avatar({ id: person.account.id, username: person.account.name }, "tiny"), run: () => be(person),
  }));
  const score = (one) => (one.name.toLowerCase().startsWith(part) ? 0 : 2) + (one.unread ? 0 : 1);
  return [...channels, ...accounts].filter((one) => one.name.toLowerCase().includes(part)).sort((a, b) => score(a) - score(b)).slice(0, 12);
}

export function openSwitcher() {
  const dialog = $("dialog");
  if (dialog.open || $("modal").open) return;
  let at = 0;
  let found = [];
  const list = h("div", { role: "listbox", id: "switch-list", class: "switch-list" });
  const input = h("input", { type: "text", class: "switch-input", placeholder: "Where would you like to go?", role: "combobox", "aria-expanded": "true", "aria-controls": "switch-list", "aria-label": "Find a channel or an account" });
  const take = (one) => { dialog.close(); one?.run(); $("input").focus(); };
  const mark = () => {
    [...list.children].forEach((node, index) => node.setAttribute("aria-selected", String(index === at)));
    list.children[at]?.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", `switch-${at}`);
  };
  const fill = () => {
    found = targets(input.value.trim().toLowerCase().replace(/^[#@]/, ""));
    at = 0;
    list.replaceChildren(...found.map((one, index) => h("div", { role: "option", id: `switch-${index}`, class: one.unread ? "unread" : "", onclick: () => take(one) }, one.sign, h("span", {}, one.name), h("small", {}, one.note))));
    mark();
  };
  input.addEventListener("input", fill);
  input.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && found.length) { at = (at + by + found.length) % found.length; mark(); }
    else if (event.key === "Enter") take(found[at]);
    else return;
    event.preventDefault();
  });
  dialog.replaceChildren(h("div", { class: "switcher" }, input, list, h("p", { class: "hint" }, h("kbd", {}, "↑"), h("kbd", {}, "↓"), " to choose · ", h("kbd", {}, "Enter"), " to go · ", h("kbd", {}, "Escape"), " to stay")));
  fill();
  dialog.showModal();
  input.focus();
}

export function start() {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); openSwitcher(); }
  });
  $("find").addEventListener("click", openSwitcher);
}
