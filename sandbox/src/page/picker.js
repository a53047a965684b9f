// The list above the line one types in: what could come next. It only shows; what to suggest is in suggest.js.

import { $, avatar, h } from "./dom.js";

export const picker = { suggestions: [], at: 0, title: null, eager: false };

/**
 * Shows suggestions `{ label, description, keys, user, pick }` below a title. `eager` means that Enter takes the marked one instead
 * of sending.
 */
export function suggest(title, suggestions, eager) {
  Object.assign(picker, { title, suggestions, eager, at: 0 });
  const box = $("picker");
  box.hidden = !title;
  box.replaceChildren(h("div", { class: "title" }, title ?? ""), h("div", { class: "suggestions" }, suggestions.map((one, index) => h("div", {
    class: "suggestion", role: "option", id: `suggestion-${index}`, "aria-selected": "false",
    onmousedown: (event) => { event.preventDefault(); one.pick(); }, onmousemove: () => { if (picker.at !== index) { picker.at = index; mark(); } },
  }, one.user && avatar(one.user, "tiny"), h("div", {}, h("b", {}, one.label), (one.keys ?? []).map((key) => h("kbd", { class: key.kind ?? "" }, key.text ?? key)), one.description && h("small", {}, one.description)), one.from && h("span", { class: "from" }, one.from)))));
  $("input").setAttribute("aria-expanded", String(Boolean(title)));
  mark();
}

export function mark() {
  [...$("picker").querySelectorAll(".suggestion")].forEach((node, index) => {
    node.setAttribute("aria-selected", String(index === picker.at));
    if (index === picker.at) node.scrollIntoView({ block: "nearest" });
  });
  if (picker.suggestions.length) $("input").setAttribute("aria-activedescendant", `suggestion-${picker.at}`);
  else $("input").removeAttribute("aria-activedescendant");
}

export function step(by) {
  picker.at = (picker.at + by + picker.suggestions.length) % picker.suggestions.length;
  picker.eager = true;
  mark();
}
