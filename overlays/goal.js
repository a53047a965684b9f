// How far something is from where it should be.

import { run } from "./overlay.js";
import { bar, make, number, panel, say } from "./parts.js";

run({
  draw({ settings, state }, root) {
    const one = panel(root, ["headline"], ["line"], ["track"]);
    const track = one.querySelector(".track");
    if (!track.children.length) track.append(make("filled"));
    say(one, "headline", settings.label);
    const unit = settings.unit ? ` ${settings.unit}` : "";
    const share = state.value / settings.target;
    say(one, "line", `${number(state.value)} of ${number(settings.target)}${unit} · ${Math.floor(share * 100)} %`);
    bar(track.firstElementChild, share);
    one.classList.toggle("reached", share >= 1);
    one.classList.add("seen");
  },
});
