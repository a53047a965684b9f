// Time that runs, up or down.

import { now, run } from "./overlay.js";
import { every, panel, reading, say } from "./parts.js";

let one, all;

const tick = () => {
  const { text, isOver, wait } = reading({ ...all.settings, ...all.state }, now());
  say(one, "huge", text);
  one.classList.toggle("over", isOver);
  return wait;
};
const go = every(tick);

run({
  draw(page, root) {
    all = page;
    one = panel(root, ["label"], ["huge"]);
    say(one, "label", page.settings.label);
    one.classList.add("seen");
    go(Boolean(page.state.since));
  },
});
