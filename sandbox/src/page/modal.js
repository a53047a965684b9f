// A form of the bot's. It stays with the person it was shown to while one is somebody else.

import { INTERACTION } from "./discord.js";
import { $, h } from "./dom.js";
import { drawField } from "./fields.js";
import { NO_ANSWER } from "./person.js";
import { draws, state } from "./state.js";

const dialog = $("modal");
let shown = null;

draws("modal", () => {
  const person = state.me;
  const form = person.modal;
  if (form === shown) return;
  shown = form;
  if (!form) {
    dialog.close();
    return;
  }
  draw(person, form);
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("input, textarea, [role=combobox]")?.focus();
});

function draw(person, form) {
  const fields = [];
  const rows = (form.components ?? []).map((row) => drawField(person, form, row, fields));
  const complaint = h("p", { class: "failed", role: "alert", hidden: true });
  const send = h("button", { class: "button primary", type: "submit" }, "Submit");
  const complain = (text) => { complaint.textContent = text; complaint.hidden = !text; };
  const submit = async (event) => {
    event.preventDefault();
    const wrong = fields.map((field) => field.wrong?.()).find(Boolean);
    if (wrong) { complain(wrong); return; }
    send.disabled = true;
    send.classList.add("busy");
    complain("");
    const files = [];
    const components = fields.map((field) => field.answer(files));
    const attachments = files.map((file, at) => ({ id: String(at), filename: file.name }));
    try {
      await person.interact(INTERACTION.modal, form.application?.id ?? form.application_id, form.channel_id ?? person.place, { id: form.id, custom_id: form.custom_id, components, ...(files.length && { attachments }) }, { files });
      if (person.modal === form) close(person);
    } catch (error) {
      complain(error.message === NO_ANSWER ? "Something went wrong. Try again." : error.message);
    }
    send.disabled = false;
    send.classList.remove("busy");
  };
  dialog.replaceChildren(h("form", { onsubmit: submit, oninput: () => complain("") },
    h("h2", { id: "modal-title" }, form.title), h("p", { class: "hint from" }, `This form will be sent to ${form.application?.name ?? person.botName()}.`),
    h("div", { class: "fields" }, rows), complaint,
    h("div", { class: "dialog-foot" }, h("button", { class: "button secondary", type: "button", onclick: () => close(person) }, "Cancel"), send)));
}

function close(person) {
  person.modal = null;
  if (person !== state.me) return;
  shown = null;
  dialog.close();
  $("input").focus();
}

export function start() {
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(state.me); });
  // In a paragraph Enter is a new line, so Ctrl-Enter sends.
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) dialog.querySelector("form").requestSubmit();
  });
}
