// Making elements.
//
// Invariant: text of others becomes text nodes and nothing else. There is no markup from strings anywhere in this page.

export const $ = (id) => document.getElementById(id);

/** An element: properties, then children. Strings become text. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name.startsWith("aria-") || name === "role" || name === "for" || name === "list") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return element;
}

/** Outlines on a grid of 24, drawn with the colour of the text around them. */
const SHAPES = {
  hash: "M10 4 8 20M16 4l-2 16M4.5 9h16M3.5 15h16",
  thread: "M5 4v9a4 4 0 0 0 4 4h10m-4-4 4 4-4 4",
  voice: "M4 10v4h4l5 4V6l-5 4zm12-1a4 4 0 0 1 0 6m2.5-9a8 8 0 0 1 0 12",
  at: "M15.5 12a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0zm0-3.5V13a2.5 2.5 0 0 0 5 0v-1a8.5 8.5 0 1 0-3.4 6.8",
  down: "m6 9 6 6 6-6",
  right: "m9 6 6 6-6 6",
  menu: "M4 7h16M4 12h16M4 17h16",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zm-6 9c0-3.5 2.500-6 6-6s6 2.500 6 6M16 4.300a3.500 3.500 0 0 1 0 6.400m1.500 3.600c2.200.8 3.500 3 3.500 5.700",
  pulse: "M3 12h4l3-8 4 16 3-8h4",
  pin: "m14 3 7 7-4 1-4 4v5l-4-4-5 5 5-5-4-4h5l4-4z",
  reply: "M10 7 4 12l6 5v-3.500c5 0 8 1.500 10 5-.5-6-4-9-10-9z",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  close: "m6 6 12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  check: "m5 12.500 5 5L19 7",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  download: "M12 4v11m-5-5 5 5 5-5M5 20h14",
  moon: "M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zm0-6v2m0 16v2M2 12h2m16 0h2M5 5l1.400 1.400m11.200 11.200L19 19M19 5l-1.400 1.400M6.400 17.600 5 19",
  help: "M9 9a3 3 0 1 1 4.500 2.600c-1 .6-1.500 1.200-1.500 2.400m0 3.500v.01",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8.500 14c.8 1.300 2 2 3.500 2s2.700-.7 3.500-2M9 9.500v.01m6-.01v.01",
  crown: "M4 18h16l1-10-5 4-4-7-4 7-5-4z",
  eye: "M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7zm10-3a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  link: "M14 4h6v6m0-6-9 9M10 5H5v14h14v-5",
  slash: "M7 20 17 4",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  search: "M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zm5 11.500L20 20",
};

export function icon(name, label) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon i-${name}`);
  if (label) svg.setAttribute("aria-label", label);
  else svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

const COLOURS = ["#5865f2", "#747f8d", "#2d8a4e", "#b4690e", "#c4396b", "#0e7c86", "#8a4fd0"];

/** A circle with the first letters of a name; the colour stays with the account. */
export function avatar(user, kind = "") {
  const name = user.global_name ?? user.username ?? "?";
  const letters = name.split(/[\s._-]+/).filter(Boolean).slice(0, 2).map((part) => [...part][0].toUpperCase()).join("");
  const node = h("span", { class: `avatar ${kind}`, "aria-hidden": "true" }, user.bot ? planet() : letters || "?");
  node.style.background = user.bot ? "linear-gradient(135deg, #5865f2, #8a3ffc)" : COLOURS[Number(BigInt(user.id ?? 0) >> 22n) % COLOURS.length];
  return node;
}

/** The face of a bot: a small planet with its ring. */
function planet() {
  const svg = icon("at");
  svg.setAttribute("class", "icon i-planet");
  svg.firstChild.setAttribute("d", "M12 6.500a5.500 5.500 0 1 0 0 11 5.500 5.500 0 0 0 0-11zM7 14.500c-3 2-4.600 3.600-4 4.500.9 1.500 6.700-1 12-5.500s7.500-8.600 6-9.300c-.8-.4-2.600.6-4.800 2.200");
  return svg;
}

export const byId = (a, b) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

/** Runs a batch of drawing once, after the events that asked for it. */
export function batched(draw) {
  const wanted = new Set();
  return (...parts) => {
    if (!wanted.size) queueMicrotask(() => setTimeout(() => released(() => { const all = [...wanted]; wanted.clear(); draw(all); }), 0));
    parts.forEach((part) => wanted.add(part));
  };
}

/** A pointer held longer than this was let go where nobody heard of it, in ms. */
const HELD = 1500;
let held = 0;
let waiting = [];
addEventListener("pointerdown", () => { held = Date.now(); }, true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => {
  held = 0;
  // The click comes first: it is part of what the browser does now.
  setTimeout(() => { const all = waiting; waiting = []; all.forEach((run) => run()); }, 0);
}, true);

/** Runs something as soon as no pointer is pressed: a button drawn anew between press and release would lose its click. */
function released(run) {
  const left = held ? held + HELD - Date.now() : 0;
  if (left <= 0) return run();
  waiting.push(run);
  setTimeout(() => { if (waiting.includes(run)) { waiting = waiting.filter((other) => other !== run); run(); } }, left);
}

/** Moves the focus among `nodes` with the arrow keys, as in a toolbar or a menu. */
export function arrows(event, nodes, [back, forward] = ["ArrowUp", "ArrowDown"]) {
  const at = nodes.indexOf(document.activeElement);
  const to = { [back]: at - 1, [forward]: at + 1, Home: 0, End: nodes.length - 1 }[event.key];
  if (to === undefined || !nodes.length) return false;
  event.preventDefault();
  nodes[(to + nodes.length) % nodes.length].focus();
  return true;
}
