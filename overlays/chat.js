// What is said in the chat, the last at the bottom.

import { run } from "./overlay.js";
import { make } from "./parts.js";

/** How long one takes to go, in milliseconds. */
const GOES = 400;

/** By which words each line is taken back. */
const words = new WeakMap();

/** What moderators took back is gone at once. */
function takeBack(word, root) {
  for (const line of [...root.children]) if (words.get(line)?.includes(word)) line.remove();
}

function leave(line) {
  line.classList.remove("seen");
  setTimeout(() => line.remove(), GOES);
}

run({
  draw({ settings }, root) {
    const lines = [...root.children];
    lines.slice(0, Math.max(0, lines.length - settings.lines)).forEach((line) => line.remove());
  },
  show(event, { settings }, root) {
    if (event.what === "gone") return takeBack(event.word, root);
    if (event.what !== "chat") return;
    const line = make("said panel");
    words.set(line, Object.values(event.said ?? {}));
    const name = make("name", event.name, "b");
    if (Number.isInteger(event.colour)) name.style.color = `#${event.colour.toString(16).padStart(6, "0")}`;
    line.append(name, make("words", event.message, "span"));
    root.append(line);
    requestAnimationFrame(() => requestAnimationFrame(() => line.classList.add("seen")));
    while (root.children.length > settings.lines) root.firstElementChild.remove();
    if (settings.fade) setTimeout(leave, settings.fade * 1000, line);
  },
});
