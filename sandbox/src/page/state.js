// Who there is, who one is, and what has to be drawn anew. Every other module reads this and none is needed by it.

import { batched } from "./dom.js";

/** `me` is the person whose screen this is; `online` says whether the bot is connected, `status` and `says` how it looks then. */
export const state = { people: [], me: null, online: true, status: "online", says: "", stopped: false, restarted: false };

const drawers = new Map();

/** A part of the page says how it is drawn. */
export function draws(part, how) {
  drawers.set(part, how);
}

/** Asks for parts to be drawn, once per batch of events. */
export const redraw = batched((parts) => {
  for (const [part, how] of drawers) if (parts.includes(part) || parts.includes("all")) how();
});

/** Redraws only what the current person sees. */
export function redrawFor(person, ...parts) {
  if (person === state.me) redraw(...parts);
}
