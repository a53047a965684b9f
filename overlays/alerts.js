// Alerts, one after the other, in the order in which they came.

import { fileAt, run } from "./overlay.js";
import { filled, make } from "./parts.js";

/** More would be shown long after they happened. */
const MOST = 200;
/** How long one takes to come or to go, in milliseconds. */
const MOVES = 600;

/** Alerts in a place of their own. */
export function queue(place) {
  const waiting = [];
  let isBusy = false;

  const next = () => {
    const one = waiting.shift();
    isBusy = one !== undefined;
    if (!one) return;
    const { event, settings } = one;
    const alert = make("alert panel");
    alert.dataset.what = event.what;
    if (settings.image) {
      const picture = make("picture", undefined, "img");
      picture.alt = "";
      picture.src = fileAt(settings.image);
      alert.append(picture);
    }
    alert.append(make("headline", filled(settings[event.what], event)));
    if (settings.messages && event.message) alert.append(make("message", event.message));
    place.append(alert);
    if (settings.sound && settings.volume > 0) {
      const sound = new Audio(fileAt(settings.sound));
      sound.volume = settings.volume / 100;
      sound.play().catch(() => {});
    }
    // It is there before it moves.
    requestAnimationFrame(() => requestAnimationFrame(() => alert.classList.add("seen")));
    setTimeout(() => {
      alert.classList.add("gone");
      alert.classList.remove("seen");
      setTimeout(() => {
        alert.remove();
        setTimeout(next, settings.rest * 100);
      }, MOVES);
    }, settings.duration * 1000);
  };

  return (event, settings) => {
    if (!settings[event.what] || waiting.length >= MOST) return;
    waiting.push({ event, settings });
    if (!isBusy) next();
  };
}

if (document.documentElement.dataset.kind === "alerts") {
  let push;
  run({
    show(event, all, root) {
      push ??= queue(root);
      push(event, all.settings);
    },
  });
}
