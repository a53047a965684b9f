// Time that runs, up or down.

import { now, run } from "./overlay.js";
import { clock, every, panel, say } from "./parts.js";

let one, all;

const tick = () => {
  const { settings, state } = all;
  const ran = state.ran + (state.since ? Math.max(0, now() - state.since) : 0);
  const goesDown = settings.runs === "down";
  const left = state.seconds * 1000 - ran;
  const isOver = goesDown && left <= 0;
  const seconds = goesDown ? Math.ceil(Math.max(0, left) / 1000) : Math.floor(ran / 1000);
  say(one, "huge", isOver ? settings.over : clock(seconds));
  one.classList.toggle("over", isOver);
  if (isOver) return 0;
  return (goesDown ? left % 1000 : 1000 - (ran % 1000)) || 1000;
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
