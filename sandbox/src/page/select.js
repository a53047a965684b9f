// A select menu: a button that opens a list. Long lists can be searched; several values are marked and taken when it closes.

import { KIND, choosable } from "./discord.js";
import { avatar, h, icon } from "./dom.js";
import { close, isOpen, popover } from "./overlay.js";

/** A longer list gets a field to search in. */
const LONG = 8;

/**
 * Makes the menu of a component. `commit` is called with the values when the person has chosen; in a dialog there is none, and
 * `values()` says what is marked.
 */
export function makeSelect(person, component, { commit, disabled = false, label, chosen } = {}) {
  const options = choosable(person, component.type, component);
  const most = component.max_values ?? 1;
  const least = component.min_values ?? 1;
  const defaults = component.type === KIND.select ? options.filter((one) => one.default).map((one) => one.value) : (component.default_values ?? []).map((one) => one.id);
  let marked = chosen ?? defaults;
  const placeholder = component.placeholder ?? (most > 1 ? "Make selections" : "Make a selection");
  const node = h("button", {
    type: "button", class: "select", disabled, role: "combobox", "aria-haspopup": "listbox", "aria-expanded": "false", "aria-label": label ?? placeholder,
    dataset: { control: component.custom_id ?? "" }, onclick: () => (isOpen(node) ? close() : openList()),
    onkeydown: (event) => { if (["ArrowDown", "ArrowUp"].includes(event.key)) { event.preventDefault(); openList(); } },
  });

  const draw = () => {
    const shown = marked.map((value) => options.find((one) => one.value === value)?.label ?? value);
    node.replaceChildren(h("span", { class: shown.length ? "" : "placeholder" }, shown.length ? shown.join(", ") : placeholder), icon("down"));
  };

  function openList() {
    const before = marked.join();
    const list = h("div", { class: "options", role: "listbox", tabIndex: -1, "aria-multiselectable": String(most > 1) });
    const search = h("input", { type: "text", class: "search", placeholder: "Search", "aria-label": "Search the options", hidden: options.length <= LONG });
    const bounds = most > 1 && h("div", { class: "bounds" }, least === most ? `Choose ${most}.` : `Choose ${least} to ${Math.min(most, options.length)}.`);
    const fill = () => {
      const part = search.value.trim().toLowerCase();
      const fits = options.filter((one) => `${one.label} ${one.description ?? ""}`.toLowerCase().includes(part));
      list.replaceChildren(...fits.map(drawOption), fits.length ? "" : h("div", { class: "none" }, options.length ? "Nothing fits." : "There is nothing to choose from."));
    };
    const toggle = (value) => {
      if (most === 1) {
        marked = marked[0] === value && least === 0 ? [] : [value];
        close({ refocus: true });
        return;
      }
      if (marked.includes(value)) marked = marked.filter((other) => other !== value);
      else if (marked.length < most) marked = [...marked, value];
      const at = [...list.children].indexOf(document.activeElement);
      fill();
      if (at >= 0) list.children[at]?.focus();
    };
    const drawOption = (one) => {
      const is = marked.includes(one.value);
      const name = h("span", { class: "option-name" }, one.label, one.description && h("small", {}, one.description));
      if (one.colour) name.style.color = one.colour;
      const full = most > 1 && !is && marked.length >= most;
      return h("div", { class: `option${full ? " full" : ""}`, role: "option", tabIndex: -1, "aria-selected": String(is), onclick: () => toggle(one.value) },
        one.user && avatar(one.user, "tiny"), one.emoji && h("span", { class: "emoji" }, one.emoji.id ? `:${one.emoji.name}:` : one.emoji.name), name, most > 1 ? h("span", { class: "box" }, is && icon("check")) : is && icon("check"));
    };
    const box = h("div", { class: "select-box" }, search, bounds, list);
    box.addEventListener("keydown", (event) => {
      const all = [...list.querySelectorAll(".option")];
      const at = all.indexOf(document.activeElement);
      if (event.key === "ArrowDown") all[(at + 1) % all.length]?.focus();
      else if (event.key === "ArrowUp") at <= 0 && !search.hidden ? search.focus() : all.at(at - 1)?.focus();
      else if (event.key === "Enter" && at < 0) all[0]?.click();
      else if (["Enter", " "].includes(event.key) && at >= 0) all[at].click();
      else if (event.key === "Tab") close({ refocus: true });
      else if (event.key.length === 1 && at >= 0) all.slice(at + 1).concat(all).find((one) => one.textContent.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
      else return;
      event.preventDefault();
    });
    search.addEventListener("input", fill);
    fill();
    popover(node, box, {
      onclose: () => {
        const changed = marked.join() !== before;
        if (changed && commit && marked.length < least) marked = before ? before.split(",") : [];
        else if (changed && commit) commit(marked);
        draw();
      },
    });
    box.style.minWidth = `${node.offsetWidth}px`;
    (search.hidden ? list.querySelector('[aria-selected="true"]') ?? list.firstElementChild : search)?.focus();
  }

  draw();
  return { node, values: () => marked, bounds: [least, most] };
}
