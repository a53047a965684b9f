// Texts, pictures, boxes and alerts wherever they were put.

import { fileAt, now, run } from "./overlay.js";
import { every, make, number } from "./parts.js";
import { queue } from "./alerts.js";

const SIZES = { "16:9": [1920, 1080], "4:3": [1440, 1080], "1:1": [1080, 1080], "9:16": [1080, 1920] };
let canvas, all, drawn = "", places = [];

function value(name) {
  if (name === "time") return new Date(now()).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const known = all.bound?.[name];
  return known === undefined ? (name.startsWith("last_") ? "–" : "0") : typeof known === "number" ? number(known) : known;
}

/** Texts as they are now: what stands in for a value is never read as one. */
function texts() {
  for (const one of canvas.querySelectorAll(".text")) {
    const text = one.dataset.text.replace(/\{([a-z_]+(?::[\w.-]+)?)\}/g, (_, name) => value(name));
    if (one.textContent !== text) one.textContent = text;
  }
  return 60_000 - (now() % 60_000);
}
const go = every(texts);

function element(one) {
  const it = make(`element ${one.type}`, undefined, one.type === "image" ? "img" : "div");
  const { style } = it;
  const [width, height] = [`${one.width}px`, `${one.height}px`];
  Object.assign(style, { left: `${one.x}%`, top: `${one.y}%`, width, height });
  style.opacity = String(one.style.opacity);
  style.fontSize = `${one.style.fontSize}px`;
  style.borderRadius = `${one.style.borderRadius}px`;
  if (one.style.fontColor) style.color = one.style.fontColor;
  if (one.style.backgroundColor) style.backgroundColor = one.style.backgroundColor;
  if (one.type === "text") it.dataset.text = one.content;
  if (one.type === "image") {
    it.alt = "";
    const source = one.content === "image" ? all.settings.image && fileAt(all.settings.image) : one.content;
    if (source) it.src = source; else it.hidden = true;
  }
  if (one.type === "alert") places.push(queue(it));
  return it;
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
    // An alert that is seen goes on: the rest is made anew only where it is another.
    const wanted = JSON.stringify([page.settings.elements, page.settings.image]);
    if (wanted !== drawn) {
      drawn = wanted;
      places = [];
      canvas.replaceChildren(...page.settings.elements.filter((one) => one.visible).map(element));
    }
    fit();
    go(true);
  },
  show(event, page) {
    places.forEach((push) => push(event, page.settings));
  },
});
