// What floats above the page: popovers beside something, and menus. One at a time, closed by Escape or a press elsewhere.

import { arrows, h, icon } from "./dom.js";

let open = null;

/** Shows `content` beside `anchor` (an element, or a point {x, y}). Returns a function that closes it. */
export function popover(anchor, content, { onclose, kind = "" } = {}) {
  close();
  const element = anchor instanceof Element ? anchor : null;
  const box = h("div", { class: `popover ${kind}`, popover: "manual" }, content);
  // Everything outside an open dialog is inert, so what belongs to one floats inside it.
  const home = element?.closest("dialog") ?? document.body;
  home.append(box);
  const before = document.activeElement;
  open = { box, element, onclose, before };
  box.showPopover();
  place(box, element ? element.getBoundingClientRect() : new DOMRect(anchor.x, anchor.y, 0, 0), kind);
  element?.setAttribute("aria-expanded", "true");
  return close;
}

function place(box, at, kind) {
  const { width, height } = box.getBoundingClientRect();
  const edge = 8;
  const beside = kind.includes("beside");
  const left = beside ? (at.left > width + 2 * edge ? at.left - width - edge : at.right + edge) : at.left;
  const below = beside ? at.top : at.bottom + 4;
  const top = below + height > innerHeight - edge && !beside ? at.top - height - 4 : below;
  box.style.left = `${Math.max(edge, Math.min(left, innerWidth - width - edge))}px`;
  box.style.top = `${Math.max(edge, Math.min(top, innerHeight - height - edge))}px`;
}

export function close({ refocus = false } = {}) {
  if (!open) return;
  const { box, element, onclose, before } = open;
  open = null;
  const inside = box.contains(document.activeElement);
  box.remove();
  element?.setAttribute("aria-expanded", "false");
  if (refocus || inside) (before?.isConnected ? before : element)?.focus?.();
  onclose?.();
}

export const isOpen = (element) => Boolean(open) && (!element || open.element === element);

document.addEventListener("pointerdown", (event) => {
  if (open && !open.box.contains(event.target) && !open.element?.contains(event.target)) close();
}, true);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !open) return;
  event.preventDefault();
  event.stopPropagation();
  close({ refocus: true });
}, true);
addEventListener("resize", () => close());

/** A menu of `{ label, icon, run, danger, heading, chosen }`; falsy entries are left out. */
export function menu(anchor, items, label) {
  const list = h("div", { class: "menu", role: "menu", "aria-label": label });
  for (const item of items.filter(Boolean)) {
    if (item.heading !== undefined) {
      list.append(h("div", { class: "heading", role: "presentation" }, item.heading));
      continue;
    }
    const role = item.chosen === undefined ? "menuitem" : "menuitemradio";
    list.append(h("button", {
      type: "button", role, tabIndex: -1, class: item.danger ? "danger" : "", "aria-checked": item.chosen === undefined ? null : String(item.chosen),
      onclick: () => { close({ refocus: true }); item.run(); },
    }, item.node ?? null, h("span", {}, item.label, item.note && h("small", {}, item.note)), item.chosen ? icon("check") : item.icon && icon(item.icon)));
  }
  list.addEventListener("keydown", (event) => {
    if (arrows(event, [...list.querySelectorAll("button")])) return;
    if (event.key === "Tab") { event.preventDefault(); close({ refocus: true }); }
  });
  popover(anchor, list, { kind: "menu-box" });
  list.querySelector("button")?.focus();
}
