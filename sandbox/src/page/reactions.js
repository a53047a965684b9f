// Reactions: shown below a message, added and taken back by pressing.

import { h } from "./dom.js";
import { close, popover } from "./overlay.js";

const COMMON = "👍 👎 ❤️ 😂 🎉 🚀 👀 ✅ ❌ 🔥 🙏 💯 🤔 😮 😢 😡 👏 🛠️ 🐛 💤 ⏳ ⚠️ 🟢 🔴".split(" ");

const path = (message, emoji) => {
  const name = emoji.id ? `${emoji.name}:${emoji.id}` : emoji.name;
  return `/channels/${message.channel_id}/messages/${message.id}/reactions/${encodeURIComponent(name)}/@me`;
};

async function toggle(person, message, emoji, mine) {
  try {
    await person.request(mine ? "DELETE" : "PUT", path(message, emoji));
  } catch (error) {
    person.tell(message.channel_id, "", error.message);
  }
}

export function drawReactions(person, message) {
  return h("div", { class: "reactions" }, message.reactions.map((reaction) => h("button", {
    type: "button", class: `reaction${reaction.me ? " mine" : ""}`, "aria-pressed": String(Boolean(reaction.me)),
    "aria-label": `${reaction.emoji.name}, ${reaction.count}. ${reaction.me ? "Take yours back" : "Add yours"}`,
    onclick: () => toggle(person, message, reaction.emoji, reaction.me),
  }, h("span", { class: "emoji" }, reaction.emoji.id ? `:${reaction.emoji.name}:` : reaction.emoji.name), String(reaction.count))));
}

export function pickEmoji(person, message, anchor) {
  const has = (name) => (message.reactions ?? []).some((one) => one.me && one.emoji.name === name);
  const grid = h("div", { class: "emoji-grid", role: "menu", "aria-label": "Emoji" }, COMMON.map((name) => h("button", {
    type: "button", role: "menuitem", "aria-label": name, onclick: () => { close({ refocus: true }); toggle(person, message, { name }, has(name)); },
  }, name)));
  grid.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -8, ArrowDown: 8 }[event.key];
    if (!by) return;
    event.preventDefault();
    const all = [...grid.children];
    all[(all.indexOf(document.activeElement) + by + all.length) % all.length].focus();
  });
  popover(anchor, grid, { kind: "emoji-box" });
  grid.firstElementChild.focus();
}
