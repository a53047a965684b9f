// That it begins soon, and when.

import { now, run } from "./overlay.js";
import { bar, clock, every, make, panel, say } from "./parts.js";

let one, all;

const tick = () => {
  const { settings, state } = all;
  const whole = state.seconds * 1000;
  const left = whole - (state.since ? Math.max(0, now() - state.since) : 0);
  const isOver = state.since && left <= 0;
  say(one, "huge", whole ? (isOver ? settings.over : clock(Math.ceil(Math.max(0, left) / 1000))) : "");
  bar(one.querySelector(".filled"), whole ? 1 - left / whole : 0);
  one.classList.toggle("over", Boolean(isOver));
  return left > 0 ? left % 1000 || 1000 : 0;
};
const go = every(tick);

run({
  draw(page, root) {
    all = page;
    one = panel(root, ["headline"], ["huge"], ["line"], ["track"]);
    const track = one.querySelector(".track");
    if (!track.children.length) track.append(make("filled"));
    say(one, "headline", page.settings.title);
    say(one, "line", page.settings.line);
    track.hidden = !page.state.seconds;
    one.classList.toggle("seen", page.state.shown);
    go(Boolean(page.state.since));
  },
});
