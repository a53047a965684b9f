// The line one types in: drafts of every place, replies, files, sending.

import { firstWanted, readOptions, typedCommand } from "./commands.js";
import { CHANNEL, displayName, isThread } from "./discord.js";
import { $, h, icon } from "./dom.js";
import { toEnd } from "./log.js";
import { picker, step } from "./picker.js";
import { STOPPED } from "./person.js";
import { draws, redraw, state } from "./state.js";
import { closePicker, suggestFor } from "./suggest.js";
import { commandData } from "./values.js";

const TYPING_AGAIN = 8_000; // ms between two words to others that one is typing

const sent = { lines: [], back: 0, typing: 0 };

/** What is being written here by this person; each place has its own. */
function draft() {
  const { drafts, place } = state.me;
  if (!drafts.has(place)) drafts.set(place, { text: "", picks: new Map(), files: new Map(), uploads: [], known: null });
  return drafts.get(place);
}

function complain(text) {
  $("complaint").textContent = text ?? "";
  $("complaint").hidden = !text;
}

/** Puts a text into the line, as if it had been typed. */
export function write(text) {
  const input = $("input");
  input.value = text;
  // On a phone the keyboard would come up and hide half the page.
  if (matchMedia("(pointer: fine)").matches || text) input.focus();
  input.setSelectionRange(text.length, text.length);
  typed();
}

function typed() {
  const input = $("input");
  draft().text = input.value;
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight}px`;
  complain("");
  suggestFor(input.value, draft(), { write, complain });
}

draws("draft", () => {
  const input = $("input");
  const { text } = draft();
  complain("");
  if (input.value !== text) {
    input.value = text;
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight}px`;
  }
  if (text.startsWith("/") && document.activeElement === input) suggestFor(text, draft(), { write, complain });
  else closePicker();
  redraw("reply", "typing");
});

draws("reply", () => {
  const person = state.me;
  const message = person.messages.get(person.place)?.get(person.replyTo);
  const stop = () => { person.replyTo = null; redraw("reply"); $("input").focus(); };
  $("replying").hidden = !message;
  $("replying").replaceChildren(...(message ? [h("span", {}, "Replying to ", h("b", {}, displayName(message.author))), h("button", { type: "button", class: "plain", "aria-label": "Do not reply", onclick: stop }, icon("close"))] : []));
  const { uploads } = draft();
  const drop = (file) => { uploads.splice(uploads.indexOf(file), 1); redraw("reply"); };
  $("uploads").hidden = !uploads.length;
  $("uploads").replaceChildren(...uploads.map((file) => h("span", { class: "upload" }, icon("file"), file.name, h("button", { type: "button", class: "plain", "aria-label": `Leave ${file.name} out`, onclick: () => drop(file) }, icon("close")))));
});

draws("typing", () => {
  const person = state.me;
  const now = [...person.typing].filter(([, { channel, until }]) => channel === person.place && until > Date.now()).map(([id]) => person.nameOf(id));
  $("typing").textContent = now.length ? `${now.slice(0, 3).join(", ")} ${now.length > 1 ? "are" : "is"} typing…` : "";
});

async function send() {
  const text = $("input").value.trim();
  const person = state.me;
  const channel = person.place;
  if (!channel || (!text && !draft().uploads.length)) return;
  if (state.stopped) complain(`${STOPPED} Start it again with “make try”; your text stays here.`);
  else if (text.startsWith("/")) await sendCommand(person, channel, text);
  else sendMessage(person, channel, text);
}

function sendMessage(person, channel, text) {
  const { uploads } = draft();
  const body = { content: text };
  if (person.replyTo) body.message_reference = { message_id: person.replyTo, channel_id: channel };
  if (uploads.length) body.attachments = uploads.map((file, at) => ({ id: String(at), filename: file.name }));
  person.replyTo = null;
  draft().uploads = [];
  done(person, channel, text);
  person.request("POST", `/channels/${channel}/messages`, body, uploads).catch((error) => person.tell(channel, text, error.message));
}

async function sendCommand(person, channel, text) {
  const mine = draft();
  if (!mine.known) await suggestFor(text, mine, { write, complain });
  const place = typedCommand(mine.known ?? [], text);
  if (!place) {
    if (mine.known) complain(`${person.botName()} has no such command.${mine.known.length || state.online ? "" : " It is offline."}`);
    return;
  }
  const { given, problem } = readOptions(text, place.start, place.entry.options);
  const wanted = firstWanted(place.entry, given);
  if (problem) {
    complain(problem);
    return;
  }
  if (wanted) {
    write(`${text} ${wanted}`);
    complain(`“${wanted.slice(0, -1)}” is required.`);
    return;
  }
  let call;
  try {
    call = commandData(person, mine, place.entry, given, null);
  } catch (error) {
    complain(error.message);
    return;
  }
  done(person, channel, text);
  person.use(channel, place.entry.command.application_id, call.data, text, call.files);
}

/** It is on its way: the line is empty, and what went wrong before is over. */
function done(person, channel, text) {
  if (text && sent.lines.at(-1) !== text) sent.lines.push(text);
  sent.back = 0;
  person.local.set(channel, (person.local.get(channel) ?? []).filter((line) => !line.wrong));
  write("");
  redraw("reply", "messages");
  toEnd();
}

function attach(files) {
  draft().uploads.push(...files);
  redraw("reply");
}

function sayTyping() {
  if (Date.now() - sent.typing < TYPING_AGAIN || !$("input").value || $("input").value.startsWith("/")) return;
  sent.typing = Date.now();
  state.me.request("POST", `/channels/${state.me.place}/typing`).catch(() => {});
}

function pressed(event) {
  if (event.isComposing) return;
  const input = $("input");
  const open = picker.suggestions.length > 0;
  const take = (action) => { event.preventDefault(); action(); };
  if (event.key === "Escape") {
    if (picker.title) closePicker();
    else if (state.me.replyTo) { state.me.replyTo = null; redraw("reply"); }
    complain("");
  } else if (event.altKey) return;
  else if (open && event.key === "ArrowDown") take(() => step(1));
  else if (open && event.key === "ArrowUp") take(() => step(-1));
  else if (open && !event.shiftKey && (event.key === "Tab" || (event.key === "Enter" && picker.eager))) take(() => picker.suggestions[picker.at].pick());
  // The value of an option is typed: on to the next one, as in Discord, and not out of the command.
  else if (event.key === "Tab" && !event.shiftKey && /^\/.*\S$/.test(input.value)) take(() => write(`${input.value} `));
  else if (event.key === "Enter" && !event.shiftKey) take(send);
  else if (event.key === "ArrowUp" && (!input.value || sent.back) && sent.lines.length) {
    take(() => {
      sent.back = Math.min(sent.back + 1, sent.lines.length);
      const back = sent.back;
      write(sent.lines.at(-back));
      sent.back = back;
      closePicker();
    });
  }
}

export function start() {
  const input = $("input");
  input.addEventListener("input", () => { sent.back = 0; typed(); sayTyping(); });
  input.addEventListener("keydown", pressed);
  input.addEventListener("paste", (event) => { if (event.clipboardData.files.length) { event.preventDefault(); attach(event.clipboardData.files); } });
  $("composer").addEventListener("submit", (event) => { event.preventDefault(); send(); });
  $("attach").append(icon("plus"));
  $("attach").addEventListener("click", () => {
    const field = $("file");
    field.value = "";
    field.multiple = true;
    field.onchange = () => attach(field.files);
    field.click();
  });
  const main = document.querySelector("main");
  main.addEventListener("dragover", (event) => event.preventDefault());
  main.addEventListener("drop", (event) => { event.preventDefault(); attach(event.dataTransfer.files); });
  document.addEventListener("write", ({ detail }) => write(detail.startsWith("<@") ? `${input.value}${detail}` : detail));
}

export const canWrite = (channel) => channel?.type === CHANNEL.text || isThread(channel);
