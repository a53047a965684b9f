// What one can do with a message or a member: by right click, long press, the menu key or Shift-F10.

import { COMMAND, EPHEMERAL, INTERACTION, displayName, hex, may, rolesOf } from "./discord.js";
import { $, avatar, h } from "./dom.js";
import { close, menu, popover } from "./overlay.js";
import { NO_ANSWER, go } from "./person.js";
import { pickEmoji } from "./reactions.js";
import { redraw, state } from "./state.js";
import { fullTime } from "./time.js";

const LONG_PRESS = 500; // ms

const copy = (text) => navigator.clipboard?.writeText(text).catch(() => {});

/** The bot's commands of a type, as entries of a menu; none if it registered none. */
function apps(person, type, target, data) {
  const found = (person.index ?? []).filter((command) => command.type === type);
  if (!found.length) return [];
  const run = async (command) => {
    const line = person.tell(person.place, command.name, "");
    const { id, name, version, application_id } = command;
    const failed = await person.interact(INTERACTION.command, application_id, person.place, { id, name, type, version, target_id: target, ...data }).then(() => null, (error) => error);
    person.untell(person.place, line);
    if (failed) person.tell(person.place, command.name, failed.message === NO_ANSWER && !state.online ? `${NO_ANSWER}: ${person.botName()} is offline.` : failed.message);
  };
  return [{ heading: "Apps" }, ...found.map((command) => ({ label: command.name, icon: "bolt", run: () => run(command) }))];
}

async function withIndex(person) {
  await person.commands().catch(() => null);
}

async function messageMenu(person, id, at) {
  const message = person.messages.get(person.place)?.get(id);
  if (!message) return;
  await withIndex(person);
  const open = !(message.flags & EPHEMERAL);
  const own = message.author?.id === person.user?.id;
  const path = `/channels/${message.channel_id}/messages`;
  const ask = (method, where, body) => person.request(method, where, body).catch((error) => person.tell(message.channel_id, "", error.message));
  const anchor = at ?? document.querySelector(`article[data-id="${id}"] .tools`);
  menu(anchor, [
    open && { label: "Add reaction", icon: "smile", run: () => pickEmoji(person, message, document.querySelector(`article[data-id="${id}"] .tools`) ?? anchor) },
    own && open && { label: "Edit message", run: () => { person.editing = id; redraw("messages"); } },
    open && { label: "Reply", icon: "reply", run: () => reply(person, id) },
    open && !message.thread && message.type !== 18 && person.channels.get(person.place)?.type === 0 && { label: "Create thread", icon: "thread", run: () => ask("POST", `${path}/${id}/threads`, { name: (message.content || "Thread").slice(0, 40) }) },
    open && may(person, person.place, "pin") && { label: message.pinned ? "Unpin message" : "Pin message", icon: "pin", run: () => ask(message.pinned ? "DELETE" : "PUT", `${path}/pins/${id}`) },
    ...apps(person, COMMAND.message, id),
    { heading: "" },
    { label: "Copy text", run: () => copy(textOf(message)) },
    { label: "Copy message ID", run: () => copy(id) },
    open && (own || may(person, person.place, "manageMessages")) && { label: "Delete message", danger: true, run: () => ask("DELETE", `${path}/${id}`) },
    !open && { label: "Dismiss message", run: () => { person.messages.get(person.place)?.delete(id); redraw("messages"); } },
  ], "Message");
}

/** What a message says, its components' texts included. */
export function textOf(message) {
  const texts = [message.content];
  const visit = (one) => {
    if (one.content) texts.push(one.content);
    (one.components ?? []).forEach(visit);
  };
  (message.components ?? []).forEach(visit);
  (message.embeds ?? []).forEach((embed) => texts.push(embed.title, embed.description));
  return texts.filter(Boolean).join("\n");
}

export function reply(person, id) {
  person.replyTo = id;
  redraw("reply");
  $("input").focus();
}

async function memberMenu(person, id, at) {
  await withIndex(person);
  const member = person.members.get(id);
  menu(at, [
    { label: "Profile", run: () => memberCard(person, id, at) },
    { label: "Mention", icon: "at", run: () => document.dispatchEvent(new CustomEvent("write", { detail: `<@${id}> ` })) },
    id !== person.user?.id && !(member?.user.bot && !state.online) && { label: "Message", run: () => direct(person, id) },
    ...apps(person, COMMAND.user, id),
    { heading: "" },
    { label: "Copy user ID", run: () => copy(id) },
  ], "Member");
}

async function direct(person, id) {
  try {
    const channel = await person.request("POST", "/users/@me/channels", { recipient_id: id });
    person.channels.set(channel.id, channel);
    redraw("channels");
    go(channel.id);
  } catch (error) {
    person.tell(person.place, "", error.message);
  }
}

/** Who somebody is: names, roles, since when. */
export function memberCard(person, id, anchor) {
  const member = person.members.get(id);
  if (!member) return;
  const { user } = member;
  const roles = rolesOf(person, member);
  const pill = (role) => {
    const dot = h("i", { class: "dot" });
    if (role.color) dot.style.background = hex(role.color);
    return h("span", { class: "role" }, dot, role.name);
  };
  const owner = person.guild?.owner_id === id;
  const away = user.bot && !state.online;
  const face = h("div", { class: "profile-face" }, avatar(user, "big"), h("i", { class: `status ${away ? "offline" : "online"}` }));
  const message = id !== person.user?.id && h("button", { type: "button", class: "button primary", onclick: () => { close(); direct(person, id); } }, "Message");
  const card = h("div", { class: "profile", role: "dialog", "aria-label": displayName(user) }, h("div", { class: "banner" }), face,
    h("h3", {}, member.nick ?? displayName(user), user.bot && h("span", { class: "tag" }, "APP")),
    h("p", { class: "hint" }, user.username, owner && " · owns this server", away && " · offline"),
    h("h4", {}, "Roles"), h("div", { class: "roles" }, roles.length ? roles.map(pill) : h("span", { class: "hint" }, "none")),
    h("h4", {}, "Member since"), h("p", {}, fullTime(new Date(member.joined_at))), message);
  card.querySelector(".banner").style.background = card.querySelector(".avatar").style.background;
  card.tabIndex = -1;
  popover(anchor, card, { kind: anchor instanceof Element && anchor.closest("#members") ? "profile-box beside" : "profile-box" });
  (card.querySelector("button") ?? card).focus();
}

function openFor(event) {
  const keyboard = event.type === "keydown" || event.pointerType === "" || (event.clientX === 0 && event.clientY === 0);
  const target = keyboard ? document.activeElement : event.target;
  const member = target.closest?.("[data-member]");
  const message = target.closest?.("article[data-id]");
  if (!member && !message) return;
  // Selected text keeps the browser's own menu, and so does a link.
  if (!keyboard && (target.closest("a") || String(getSelection()))) return;
  event.preventDefault();
  const box = (member ?? message).getBoundingClientRect();
  const at = keyboard ? { x: box.left + 72, y: box.top + 12 } : { x: event.clientX, y: event.clientY };
  if (member) memberMenu(state.me, member.dataset.member, at);
  else messageMenu(state.me, message.dataset.id, at);
}

export function start() {
  document.addEventListener("contextmenu", openFor);
  document.addEventListener("keydown", (event) => {
    if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) openFor(event);
  });
  // iOS has no contextmenu event.
  let timer = null;
  document.addEventListener("pointerdown", (event) => {
    clearTimeout(timer);
    if (event.pointerType === "touch") timer = setTimeout(() => openFor(event), LONG_PRESS);
  });
  for (const over of ["pointerup", "pointermove", "pointercancel", "scroll"]) document.addEventListener(over, () => clearTimeout(timer), true);
  document.addEventListener("click", ({ target }) => {
    const found = (name) => target.closest(`[data-${name}]`);
    if (found("more")) messageMenu(state.me, found("more").dataset.more, found("more"));
    else if (found("reply")) reply(state.me, found("reply").dataset.reply);
    else if (found("channel")) go(found("channel").dataset.channel);
    else if (found("type")) document.dispatchEvent(new CustomEvent("write", { detail: found("type").dataset.type }));
    else if (found("member")) memberCard(state.me, found("member").dataset.member, found("member"));
  });
}
