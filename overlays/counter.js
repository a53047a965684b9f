// A number.

import { run } from "./overlay.js";
import { number, panel, say } from "./parts.js";

let before;

run({
  draw({ settings, state }, root) {
    const one = panel(root, ["label"], ["huge"]);
    say(one, "label", settings.label);
    const huge = say(one, "huge", number(state.value));
    if (before !== undefined && before !== state.value) {
      huge.classList.remove("bump");
      requestAnimationFrame(() => requestAnimationFrame(() => huge.classList.add("bump")));
    }
    before = state.value;
    one.classList.add("seen");
  },
});
