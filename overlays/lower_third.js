// Two lines about somebody or something.

import { now, run } from "./overlay.js";
import { panel, say } from "./parts.js";

let timer;

run({
  draw({ settings, state }, root) {
    const one = panel(root, ["headline"], ["line"]);
    const [title = "", line = ""] = state.words ?? [];
    say(one, "headline", title);
    say(one, "line", line);
    clearTimeout(timer);
    const left = settings.seconds && state.since ? state.since + settings.seconds * 1000 - now() : Infinity;
    // It is there before it moves.
    requestAnimationFrame(() => requestAnimationFrame(() => one.classList.toggle("seen", state.shown && left > 0)));
    if (state.shown && left > 0 && left < Infinity) timer = setTimeout(() => one.classList.remove("seen"), left);
  },
});
