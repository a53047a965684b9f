// One message: who said it, what it answers, what it says, and what one can do with it.

import { busyIn } from "./controls.js";
import { drawComponent, isShown } from "./cards.js";
import { COMMAND, EPHEMERAL, LOADING, displayName, nameColour } from "./discord.js";
import { avatar, h, icon } from "./dom.js";
import { drawEmbed } from "./embeds.js";
import { attachment } from "./files.js";
import { inline, markdown } from "./markdown.js";
import { NO_ANSWER, typedBy } from "./person.js";
import { pickEmoji, drawReactions } from "./reactions.js";
import { redraw } from "./state.js";
import { clock, fullTime, when } from "./time.js";

const GROUP_WITHIN = 7 * 60_000; // ms in which messages of one author share a head
const TOKEN_LASTS = 15 * 60_000; // ms after which an answer that was promised will not come
const [JOINED, PINNED, THREAD_MADE] = [7, 6, 18];
const V2 = 1 << 15;

/** What asked for a message: an interaction that a form or a button led to counts as the one that began it. */
function asked(message) {
  const metadata = message.interaction_metadata;
  const first = metadata?.triggering_interaction_metadata ?? metadata;
  if (first?.name) return { ...first, typed: typedBy.get(first.id) };
  return message.interaction?.name ? { ...message.interaction, command_type: COMMAND.slash } : null;
}

export function follows(message, before) {
  if (!before || message.referenced_message || asked(message) || [JOINED, PINNED, THREAD_MADE].includes(before.type ?? 0)) return false;
  return before.author?.id === message.author?.id && (before.flags & EPHEMERAL) === (message.flags & EPHEMERAL)
    && new Date(message.timestamp) - new Date(before.timestamp) < GROUP_WITHIN;
}

/** Everything a drawing depends on: while this stays the same, the old node is kept. */
export function drawingKey(person, message, before) {
  const late = message.flags & LOADING && Date.now() - new Date(message.timestamp) > TOKEN_LASTS;
  return JSON.stringify([message, follows(message, before), person.failed.get(message.id), person.account.id, busyIn(person, message), person.editing === message.id, late]);
}

export function drawMessage(person, message, before) {
  const date = new Date(message.timestamp ?? Date.now());
  const author = message.author ?? { id: "0", username: "?" };
  const isPrivate = Boolean(message.flags & EPHEMERAL);
  const joined = follows(message, before);
  const mentioned = message.mention_everyone || (message.mentions ?? []).some((user) => user.id === person.user?.id);
  const root = h("article", {
    class: `message${joined ? " follows" : ""}${isPrivate ? " private" : ""}${mentioned && author.id !== person.user?.id ? " mentioned" : ""}`,
    dataset: { id: message.id }, tabIndex: -1, "aria-label": `${displayName(author)}, ${when(date)}`,
  });
  if ([PINNED, JOINED].includes(message.type)) return systemLine(root, message, author, date);
  const head = above(person, message);
  if (head) root.append(head);
  if (joined) root.append(h("time", { class: "when aside", dateTime: date.toISOString(), title: fullTime(date) }, clock(date)));
  else {
    const name = h("button", { type: "button", class: "author", dataset: { member: author.id } }, displayName(author));
    name.style.color = nameColour(person, author.id) ?? "";
    root.append(h("button", { type: "button", class: "face", tabIndex: -1, "aria-hidden": "true", dataset: { member: author.id } }, avatar(author)),
      h("div", { class: "byline" }, name, author.bot && h("span", { class: "tag" }, "APP"), h("time", { class: "when", dateTime: date.toISOString(), title: fullTime(date) }, when(date))));
  }
  root.append(h("div", { class: "body" }, body(person, message)));
  if (message.reactions?.length) root.append(drawReactions(person, message));
  if (message.thread) root.append(threadCard(message.thread));
  const wrong = person.failed.get(message.id);
  if (wrong) root.append(h("div", { class: "failed", role: "alert" }, wrong));
  if (isPrivate) root.append(privately(person, message));
  root.append(tools(person, message));
  return root;
}

/** The line above a message: the message it replies to, or the command that asked for it. */
function above(person, message) {
  const of = message.referenced_message;
  if (of) {
    const text = of.content || (of.components?.length || of.embeds?.length ? "Press to see the card" : "Press to see the file");
    const name = h("b", {}, displayName(of.author));
    name.style.color = nameColour(person, of.author?.id) ?? "";
    return h("button", { type: "button", class: "above reply", dataset: { jump: of.id } }, avatar(of.author, "tiny"), of.author?.bot && h("span", { class: "tag" }, "APP"), name, h("span", {}, inline(text.split("\n")[0].slice(0, 120), person)));
  }
  if (message.message_reference && "referenced_message" in message) return h("div", { class: "above reply" }, h("i", {}, "The original message was deleted"));
  const use = asked(message);
  if (!use) return null;
  const name = h("button", { type: "button", class: "who", dataset: { member: use.user.id } }, displayName(use.user));
  name.style.color = nameColour(person, use.user.id) ?? "";
  if (use.command_type !== COMMAND.slash) return h("div", { class: "above" }, avatar(use.user, "tiny"), name, " used ", h("span", { class: "mention" }, use.name));
  const typed = use.typed ?? `/${use.name} `;
  const again = h("button", { type: "button", class: "mention", dataset: { type: typed }, title: `${typed.trim()}\nPress to use it again` }, `/${use.name}`);
  const options = typed.slice(use.name.length + 1).trim();
  return h("div", { class: "above" }, avatar(use.user, "tiny"), name, " used ", again, options && h("span", { class: "typed", title: options }, options));
}

function body(person, message) {
  if (message.flags & LOADING) {
    if (Date.now() - new Date(message.timestamp) > TOKEN_LASTS) return [h("div", { class: "failed" }, `! ${NO_ANSWER}`)];
    return [h("div", { class: "thinking" }, h("span", { class: "dots" }, h("i"), h("i"), h("i")), `${displayName(message.author)} is thinking…`)];
  }
  if (person.editing === message.id) return [editor(person, message)];
  const nodes = [];
  const edited = message.edited_timestamp && h("time", { class: "edited", title: fullTime(new Date(message.edited_timestamp)) }, "(edited)");
  if (message.type === THREAD_MADE) nodes.push(h("div", { class: "note" }, "started a thread"));
  else if (message.content) {
    const text = markdown(message.content, person);
    if (edited) (text.lastElementChild?.tagName === "P" ? text.lastElementChild : text).append(" ", edited);
    nodes.push(text);
  }
  for (const embed of message.embeds ?? []) nodes.push(drawEmbed(person, message, embed));
  for (const component of message.components ?? []) nodes.push(drawComponent(person, message, component));
  for (const file of message.attachments ?? []) if (!isShown(message, file)) nodes.push(attachment(file, message));
  if (edited && !message.content && !(message.flags & V2)) nodes.push(edited);
  return nodes;
}

function systemLine(root, message, author, date) {
  const words = message.type === PINNED ? [" pinned ", h("button", { type: "button", class: "inline-link", dataset: { jump: message.message_reference?.message_id ?? "" } }, "a message"), " to this channel."] : [" joined."];
  root.classList.add("system");
  root.append(h("span", { class: "face" }, icon(message.type === PINNED ? "pin" : "right")), h("div", { class: "body" }, h("button", { type: "button", class: "author", dataset: { member: author.id } }, displayName(author)), words, " ", h("time", { class: "when", title: fullTime(date) }, when(date))));
  return root;
}

function threadCard(thread) {
  const count = thread.message_count ?? 0;
  return h("button", { type: "button", class: "thread-card", dataset: { channel: thread.id } },
    h("b", {}, thread.name), h("span", {}, count ? `${count} message${count === 1 ? "" : "s"} ›` : "See thread ›"), thread.thread_metadata?.archived && h("small", {}, "archived"));
}

function privately(person, message) {
  const dismiss = () => { person.messages.get(message.channel_id)?.delete(message.id); redraw("messages"); };
  return h("div", { class: "note private-note" }, icon("eye"), "Only you can see this · ", h("button", { type: "button", class: "inline-link", onclick: dismiss }, "Dismiss message"));
}

/** What appears over a message when it is pointed at; the rest is in its menu. */
function tools(person, message) {
  const button = (name, label, props) => h("button", { type: "button", title: label, "aria-label": label, tabIndex: -1, ...props }, icon(name));
  const open = !(message.flags & (EPHEMERAL | LOADING));
  return h("div", { class: "tools", role: "toolbar", "aria-label": "What to do with this message" },
    open && button("smile", "Add a reaction", { onclick: (event) => pickEmoji(person, message, event.currentTarget) }),
    open && button("reply", "Reply", { dataset: { reply: message.id } }),
    button("more", "More", { dataset: { more: message.id } }));
}

function editor(person, message) {
  const stop = () => { person.editing = null; redraw("messages"); };
  const save = async () => {
    try {
      await person.request("PATCH", `/channels/${message.channel_id}/messages/${message.id}`, { content: text.value });
    } catch (error) {
      person.failed.set(message.id, error.message);
    }
    stop();
  };
  const text = h("textarea", { class: "editor", rows: 2, value: message.content, "aria-label": "Edit the message", onkeydown: (event) => {
    if (event.key === "Escape") { event.stopPropagation(); stop(); }
    else if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); save(); }
  } });
  setTimeout(() => text.focus(), 0);
  return h("div", {}, text, h("div", { class: "note" }, "Escape to ", h("button", { type: "button", class: "inline-link", onclick: stop }, "cancel"), " · Enter to ", h("button", { type: "button", class: "inline-link", onclick: save }, "save")));
}
