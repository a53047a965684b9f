// Who one is: a switch at the bottom left, and a dialog that makes somebody new.

import { connect } from "./connection.js";
import { $, arrows, avatar, h, icon } from "./dom.js";
import { Person, be } from "./person.js";
import { rolesOf } from "./discord.js";
import { draws, redraw, state } from "./state.js";

draws("people", () => {
  const { me, people } = state;
  const mentions = (person) => [...person.unread.values()].reduce((all, count) => all + count, 0);
  $("people").replaceChildren(...people.map((person) => {
    const is = person === me;
    const waits = !is && mentions(person) > 0;
    const user = person.user ?? { id: person.account.id, username: person.account.name };
    return h("button", {
      type: "button", role: "radio", "aria-checked": String(is), tabIndex: is ? 0 : -1, class: "account", dataset: { account: person.account.name },
      title: is ? `You are ${person.account.name}` : `Be ${person.account.name}`, onclick: () => { be(person); $("people").querySelector('[aria-checked="true"]')?.focus(); },
    }, h("span", { class: "with-status" }, avatar(user, "small"), h("i", { class: `status ${person.user ? "online" : "offline"}` })), h("span", { class: "account-name" }, person.account.name, h("small", {}, standing(person))), waits && h("b", { class: "badge", "aria-label": "has news" }, String(mentions(person))));
  }), h("button", { type: "button", class: "account add", onclick: openDialog }, h("span", { class: "round" }, icon("plus")), h("span", { class: "account-name" }, "Somebody new")));
});

/** What somebody is here, in a word or two. */
function standing(person) {
  if (person.guild && person.guild.owner_id === person.user?.id) return "owns the server";
  return rolesOf(person, person.members.get(person.user?.id)).map((role) => role.name).join(", ") || "no role";
}

function openDialog() {
  const dialog = $("dialog");
  const roles = [...state.me.roles.values()].filter((role) => role.id !== state.me.guild?.id && !role.managed).sort((a, b) => b.position - a.position);
  const name = h("input", { type: "text", id: "new-name", required: true, maxLength: 32, autocomplete: "off", placeholder: "nightshift" });
  const boxes = roles.map((role) => h("label", { class: "choice" }, h("input", { type: "checkbox", value: role.name }), role.name));
  const wrong = h("p", { class: "failed", role: "alert", hidden: true });
  const form = h("form", { method: "dialog", onsubmit: async (event) => {
    event.preventDefault();
    const held = boxes.map((box) => box.querySelector("input")).filter((box) => box.checked).map((box) => box.value);
    try {
      await make(name.value.trim(), held);
      dialog.close();
    } catch (error) {
      wrong.textContent = error.message;
      wrong.hidden = false;
      name.focus();
    }
  } }, h("h2", {}, "Somebody new"), h("p", { class: "hint" }, "They join this server at once, and you can be them in one press."),
    h("label", { class: "field", for: "new-name" }, h("b", { class: "must" }, "Name"), name),
    h("fieldset", { class: "field" }, h("legend", {}, "Roles", h("span", { class: "optional" }, "optional")), boxes.length ? boxes : h("p", { class: "hint" }, "There are no roles that can be given.")),
    wrong, h("div", { class: "dialog-foot" }, h("button", { type: "button", class: "button secondary", onclick: () => dialog.close() }, "Cancel"), h("button", { type: "submit", class: "button primary" }, "Join")));
  dialog.replaceChildren(form);
  dialog.showModal();
}

async function make(name, roles) {
  const answer = await fetch("/sandbox/accounts", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ name, roles }) })
    .catch(() => { throw new Error("This Discord has stopped."); });
  const account = await answer.json();
  if (!answer.ok) throw new Error(account.message);
  const person = new Person(account);
  state.people.push(person);
  connect(person);
  be(person);
  redraw("people");
}

export function start() {
  $("people").addEventListener("keydown", (event) => arrows(event, [...$("people").querySelectorAll("button")]) || arrows(event, [...$("people").querySelectorAll("button")], ["ArrowLeft", "ArrowRight"]));
}
