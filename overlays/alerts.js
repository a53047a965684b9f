// Alerts, one after the other, in the order in which they came.

import { fileAt, run } from "./overlay.js";
import { filled, make, pause } from "./parts.js";

/** More would be shown long after they happened. */
const MOST = 200;
/** How long one takes to come or to go, in milliseconds. */
const MOVES = 600;

/** Alerts in a place of their own: whatever becomes of the place, each that came is seen, and nothing is heard where none can be. */
export function queue(place) {
  const waiting = [], wakes = [], time = pause();
  let isBusy = false, sounds = [], silenced = [];

  const next = () => {
    const one = waiting.shift();
    isBusy = one !== undefined;
    if (!one) return wakes.splice(0).forEach((wake) => wake());
    const { event, settings } = one;
    const alert = make("alert panel");
    alert.dataset.what = event.what;
    if (settings.image) {
      const picture = make("picture", undefined, "img");
      picture.alt = "";
      // What cannot be loaded any more leaves no frame of its own.
      picture.onerror = () => picture.remove();
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
      sounds = [...sounds.filter((one) => !one.paused), sound];
    }
    // It is there before it moves.
    requestAnimationFrame(() => requestAnimationFrame(() => alert.classList.add("seen")));
    time.wait(settings.duration * 1000, () => {
      alert.classList.add("gone");
      alert.classList.remove("seen");
      time.wait(MOVES, () => {
        alert.remove();
        time.wait(settings.rest * 100, next);
      });
    });
  };

  return {
    push(event, settings) {
      // Of what is to be left out nothing is said.
      if (!settings[event.what] || waiting.length >= MOST) return;
      waiting.push({ event, settings });
      if (!isBusy) next();
    },

    /** There is no place for them any more: none is over before it was seen, and what is heard falls silent. */
    hold() {
      time.hold();
      silenced = sounds.filter((sound) => !sound.paused);
      silenced.forEach((sound) => sound.pause());
    },

    /** They go on elsewhere, also the one that is seen. */
    move(to) {
      to.append(...place.children);
      place = to;
      silenced.splice(0).forEach((sound) => sound.play().catch(() => {}));
      time.go();
    },

    /** Once all that came was seen. */
    played: () => new Promise((resolve) => (isBusy ? wakes.push(resolve) : resolve())),
  };
}

if (document.documentElement.dataset.kind === "alerts") {
  const alerts = queue(document.getElementById("overlay"));
  run({
    show: (event, { settings }) => alerts.push(event, settings),
    played: alerts.played,
  });
}
