// Texts, pictures, boxes and alerts wherever they were put.

import { fileAt, now, run } from "./overlay.js";
import { every, make, number, reading } from "./parts.js";
import { queue } from "./alerts.js";

const SIZES = { "16:9": [1920, 1080], "4:3": [1440, 1080], "1:1": [1080, 1080], "9:16": [1080, 1920] };
let canvas, all, looked, drawn = "";
/** Where alerts are shown: the queue of each place, by what the place is known by. */
let places = new Map();
/** The queues of places that are seen no more: they are held until there is a place again, their own before any other. */
const spare = [];

/** What a value is while there is none. */
const NONE = { goal: "0", counter: "0", timer: "0:00" };

/** What a value is now, and after how many milliseconds it may be another one by itself. */
function value(name, at) {
  if (name === "time") return [new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" }), 60_000 - (at % 60_000)];
  const known = all.bound?.[name];
  if (typeof known === "number") return [number(known), 0];
  if (typeof known === "object" && known) {
    const { text, wait } = reading(known, at);
    return [text, wait];
  }
  return [known || (NONE[name.split(":")[0]] ?? "–"), 0];
}

/** Texts as they are now: what stands in for a value is never read as one. */
function texts() {
  const at = now(), waits = [];
  for (const one of canvas.querySelectorAll(".text")) {
    const text = one.dataset.text.replace(/\{([a-z_]+(?::[\w.-]+)?)\}/g, (_, name) => {
      const [is, wait] = value(name, at);
      if (wait) waits.push(wait);
      return is;
    });
    if (one.textContent !== text) one.textContent = text;
  }
  return waits.length ? Math.min(...waits) : 0;
}
const go = every(texts);

/** An element as it is to look, made of one that is there where that stays. */
function element(one, it = make(`element ${one.type}`, undefined, one.type === "image" ? "img" : "div")) {
  const { style } = it;
  const [width, height] = [`${one.width}px`, `${one.height}px`];
  Object.assign(style, { left: `${one.x}%`, top: `${one.y}%`, width, height });
  style.opacity = String(one.style.opacity);
  style.fontSize = `${one.style.fontSize}px`;
  style.borderRadius = `${one.style.borderRadius}px`;
  style.color = one.style.fontColor;
  style.backgroundColor = one.style.backgroundColor;
  if (one.type === "text") it.dataset.text = one.content;
  if (one.type === "image") {
    it.alt = "";
    const source = one.content === "image" ? all.settings.image && fileAt(all.settings.image) : one.content;
    if (source) it.src = source; else it.hidden = true;
  }
  return it;
}

/** Lays all of it out. A place for alerts stays where it is in the page, with what is seen and what waits there. */
function lay(elements) {
  const kept = new Map();
  const nodes = elements.filter((one) => one.visible).map((one, at) => {
    const known = one.type === "alert" ? places.get(one.id) : undefined;
    const it = element(one, known?.it);
    // What comes later is in front, in whatever order they are in the page.
    it.style.zIndex = String(at);
    if (one.type === "alert") kept.set(one.id, { it, alerts: known?.alerts });
    return it;
  });
  const own = (id) => {
    const at = spare.findIndex((one) => one.id === id);
    return at < 0 ? undefined : spare.splice(at, 1)[0];
  };
  const anew = [...kept].filter(([, place]) => !place.alerts);
  for (const [id, place] of anew) place.alerts = own(id)?.alerts;
  // A place that is called something else now goes on with what waited.
  const left = [...places].filter(([id]) => !kept.has(id)).map(([id, { alerts }]) => ({ id, alerts }));
  for (const [, place] of anew) place.alerts ??= (left.shift() ?? spare.shift())?.alerts ?? queue(place.it);
  for (const { alerts } of left) alerts.hold();
  spare.push(...left);
  places = kept;
  for (const node of [...canvas.children].filter((node) => !nodes.includes(node))) node.remove();
  canvas.append(...nodes.filter((node) => node.parentNode !== canvas));
  for (const [, { it, alerts }] of anew) alerts.move(it);
}

function fit() {
  const [width, height] = SIZES[all.settings.aspect];
  const scale = Math.min(innerWidth / width, innerHeight / height);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  canvas.style.transform = `translate(${(innerWidth - width * scale) / 2}px, ${(innerHeight - height * scale) / 2}px) scale(${scale})`;
}
addEventListener("resize", () => canvas && fit());

run({
  draw(page, root) {
    all = page;
    if (!canvas) root.append(canvas = make("canvas"));
    // Most of what is told is what a value is now, and nothing of how it looks.
    if (page.settings !== looked) {
      looked = page.settings;
      const wanted = JSON.stringify([looked.elements, looked.image]);
      if (wanted !== drawn) {
        drawn = wanted;
        lay(looked.elements);
      }
    }
    fit();
    go(true);
  },
  show(event, { settings }) {
    for (const { alerts } of places.values()) alerts.push(event, settings);
  },
  // What is held would be over never: no newer page waits for it.
  played: () => Promise.all([...places.values()].map(({ alerts }) => alerts.played())),
});
