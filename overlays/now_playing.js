// The track that is playing.

import { run } from "./overlay.js";
import { make, panel, say } from "./parts.js";

run({
  draw({ settings, state }, root) {
    const one = panel(root, ["bars"], ["label"], ["title"], ["line"]);
    const bars = one.querySelector(".bars");
    if (!bars.children.length) bars.append(...[1, 2, 3, 4].map(() => make("bar")));
    const [title = "", artist = ""] = state.words ?? [];
    const plays = state.shown && title !== "";
    say(one, "label", settings.label);
    say(one, "title", plays ? title : "Nothing plays");
    say(one, "line", plays ? artist : "");
    one.classList.toggle("still", !plays);
    one.classList.toggle("seen", plays || !settings.hides);
  },
});
