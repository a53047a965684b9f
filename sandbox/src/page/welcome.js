// The first minute: what this is, what to try, and the keys. Shown once a run, and again under "?".

import { $, h, icon } from "./dom.js";
import { be } from "./person.js";
import { state } from "./state.js";
import { show } from "./panel.js";

const KEYS = [
  ["/", "the bot's commands"], ["Tab", "takes a suggestion, goes on to the next option"], ["↑ in an empty line", "what you sent before"],
  ["Ctrl K", "go to a channel or an account"], ["Alt ↑ ↓", "the channel above or below"], ["Alt 1 … 9", "be the first, second … account"],
  ["Shift F10", "the menu of a message or a member"], ["Escape", "closes what is open"], ["?", "this"],
];

const write = (text) => document.dispatchEvent(new CustomEvent("write", { detail: text }));
const account = (name) => state.people.find((person) => person.account.name === name) ?? state.people[0];

const TRIES = [
  ["slash", "/server add", "Show the bot a server of yours", () => { be(account("admin")); write("/server add "); }],
  ["slash", "/server list", "See what it looks after", () => { be(account("admin")); write("/server list "); }],
  ["people", "Be member", "Try the same, and be refused", () => { be(account("member")); write("/server list "); }],
  ["pulse", "Look behind the scenes", "Every request the bot makes, live", () => show("did")],
];

export function openWelcome() {
  const dialog = $("dialog");
  if (dialog.open) return;
  const entry = ([sign, title, note, run]) => h("button", { type: "button", class: "try", onclick: () => { dialog.close(); run(); } }, icon(sign), h("span", {}, h("b", {}, title), h("small", {}, note)));
  dialog.replaceChildren(h("div", { class: "welcome" },
    h("button", { type: "button", class: "plain corner", "aria-label": "Close", onclick: () => dialog.close() }, icon("close")),
    h("h2", {}, "This is a Discord of your own"),
    h("p", {}, "It runs on this machine only, with the real Nebula in it."),
    h("p", {}, "Commands, buttons, forms and roles work as on Discord."),
    h("p", {}, "Nothing leaves it, and all is forgotten when you stop it."),
    h("h3", {}, "Try this first"), h("div", { class: "tries" }, TRIES.map(entry)),
    h("details", {}, h("summary", {}, "Keys"), h("dl", {}, KEYS.flatMap(([key, does]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, does)])))));
  dialog.showModal();
  dialog.querySelector(".try").focus();
}

export function start() {
  $("help").append(icon("help"));
  $("help").addEventListener("click", openWelcome);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches?.("input, textarea, select");
    if (event.key === "?" && (!typing || (event.target.id === "input" && !event.target.value))) { event.preventDefault(); openWelcome(); }
  });
  // A run is known by its tokens, which are made anew.
  const run = state.people[0]?.account.token;
  if (localStorage.getItem("welcomed") === run) return;
  localStorage.setItem("welcomed", run);
  openWelcome();
}
