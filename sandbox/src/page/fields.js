// The fields of a form: each is drawn, keeps what was put in, and says it when the form is sent.

import { KIND, SELECTS } from "./discord.js";
import { h, icon } from "./dom.js";
import { markdown } from "./markdown.js";
import { makeSelect } from "./select.js";

let count = 0;

/** Draws one row and pushes `{ answer, wrong }` for each field in it onto `fields`. */
export function drawField(person, form, row, fields) {
  if (row.type === KIND.text) return markdown(row.content, person);
  const wrapped = row.type === KIND.label;
  const input = wrapped ? row.component : row.components?.[0];
  if (!input) return null;
  count += 1;
  const id = `field-${count}`;
  const title = (wrapped ? row.label : input.label) ?? "";
  const must = input.required ?? input.type !== KIND.checkbox;
  const kept = form.values.get(input.custom_id);
  const keep = (value) => form.values.set(input.custom_id, value);
  const made = (MAKERS[input.type] ?? (SELECTS.includes(input.type) ? select : unknown))({ person, input, id, must, title, kept, keep });
  fields.push({
    wrong: made.wrong,
    answer: (files) => {
      const component = { type: input.type, custom_id: input.custom_id, ...made.answer(files) };
      return wrapped ? { type: KIND.label, component } : { type: KIND.row, components: [component] };
    },
  });
  const note = row.description && h("span", { class: "hint", id: `${id}-note` }, row.description);
  const name = h("b", { class: must ? "must" : "", id: `${id}-name` }, title, must ? h("span", { class: "sr" }, " (required)") : input.type !== KIND.checkbox && h("span", { class: "optional" }, "optional"));
  const tag = made.group ? "fieldset" : "div";
  return h(tag, { class: "field", ...(made.group ? { role: "group", "aria-labelledby": `${id}-name` } : {}) }, made.group ? h("legend", {}, name) : h("label", { for: id }, name), note, made.node);
}

const MAKERS = { [KIND.input]: text, [KIND.upload]: upload, [KIND.radios]: radios, [KIND.checkboxes]: checkboxes, [KIND.checkbox]: checkbox };

function text({ input, id, must, kept, keep }) {
  const long = input.style === 2;
  const node = h(long ? "textarea" : "input", { id, required: must, value: kept ?? input.value ?? "", placeholder: input.placeholder ?? "", autocomplete: "off", spellcheck: false });
  if (!long) node.type = "text";
  const most = input.max_length ?? 4000;
  node.maxLength = most;
  if (input.min_length) node.minLength = input.min_length;
  const counter = h("span", { class: "counter", "aria-hidden": "true" });
  const show = () => {
    counter.textContent = `${node.value.length} / ${most}`;
    counter.hidden = !long && most === 4000;
    counter.classList.toggle("near", most - node.value.length < 10);
  };
  node.addEventListener("input", () => { keep(node.value); show(); });
  show();
  return { node: h("div", { class: "counted" }, node, counter), answer: () => ({ value: node.value }) };
}

function select({ person, input, id, must, title, kept, keep }) {
  const made = makeSelect(person, input, { label: title, chosen: kept, commit: keep });
  made.node.id = id;
  const [least] = made.bounds;
  const wrong = () => {
    const given = made.values().length;
    return (must || given) && given < least ? `“${title}” needs ${least === 1 ? "a choice" : `${least} choices`}.` : null;
  };
  return { node: made.node, wrong, answer: () => ({ values: made.values() }) };
}

const option = (type, name, one, checked, change) => h("label", { class: "choice" }, h("input", { type, name, value: one.value, checked, onchange: change }), h("span", {}, one.label, one.description && h("small", {}, one.description)));

function radios({ input, id, must, title, kept, keep }) {
  const node = h("div", { class: "choices" }, (input.options ?? []).map((one) => option("radio", id, one, kept ? kept === one.value : Boolean(one.default), (event) => keep(event.target.value))));
  const value = () => node.querySelector("input:checked")?.value ?? null;
  return { node, group: true, wrong: () => (must && value() === null ? `“${title}” needs a choice.` : null), answer: () => ({ value: value() }) };
}

function checkboxes({ input, id, must, title, kept, keep }) {
  const values = () => [...node.querySelectorAll("input:checked")].map((box) => box.value);
  const node = h("div", { class: "choices" }, (input.options ?? []).map((one) => option("checkbox", id, one, kept ? kept.includes(one.value) : Boolean(one.default), () => keep(values()))));
  const least = input.min_values ?? (must ? 1 : 0);
  const most = input.max_values ?? input.options?.length ?? 10;
  const wrong = () => {
    const given = values().length;
    if (given < least && (must || given)) return `“${title}” needs at least ${least}.`;
    return given > most ? `“${title}” takes at most ${most}.` : null;
  };
  return { node, group: true, wrong, answer: () => ({ values: values() }) };
}

function checkbox({ input, id, kept, keep, title }) {
  const node = h("input", { type: "checkbox", id, checked: kept ?? Boolean(input.default), onchange: () => keep(node.checked), "aria-label": title });
  return { node, answer: () => ({ value: node.checked }) };
}

function upload({ input, id, must, title, kept, keep }) {
  let chosen = kept ?? [];
  const [least, most] = [input.min_values ?? (must ? 1 : 0), input.max_values ?? 1];
  const names = h("div", { class: "uploads" });
  const show = () => names.replaceChildren(...chosen.map((file) => h("span", { class: "upload" }, icon("file"), file.name)));
  const types = (input.file_types ?? []).map((one) => (one.includes("/") || one.startsWith(".") ? one : `.${one}`)).join(",");
  const node = h("input", { type: "file", id, multiple: most > 1, accept: types, onchange: () => { chosen = [...node.files].slice(0, most); keep(chosen); show(); } });
  show();
  return {
    node: h("div", {}, node, names),
    wrong: () => (chosen.length < least ? `“${title}” needs ${least === 1 ? "a file" : `${least} files`}.` : null),
    answer: (files) => ({ values: chosen.map((file) => String(files.push(file) - 1)) }),
  };
}

function unknown({ input }) {
  return { node: h("p", { class: "failed" }, `(a component of type ${input.type}, which this page cannot draw)`), answer: () => ({}) };
}
