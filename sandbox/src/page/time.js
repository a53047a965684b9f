// Times as people read them, and timestamps that tick.

import { h } from "./dom.js";

const STYLES = {
  t: { timeStyle: "short" }, T: { timeStyle: "medium" }, d: { dateStyle: "short" }, D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" }, F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" }, S: { dateStyle: "short", timeStyle: "medium" },
};
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3_600], ["minute", 60]];

const formatted = (date, style) => date.toLocaleString("en", STYLES[style] ?? STYLES.f);

export const fullTime = (date) => formatted(date, "F");
export const clock = (date) => formatted(date, "t");

/** The time beside an author's name: short today, with the day otherwise. */
export function when(date) {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days === 0) return clock(date);
  return days === 1 ? `Yesterday at ${clock(date)}` : formatted(date, "s");
}

export const dayOf = (date) => date.toLocaleDateString("en", { dateStyle: "long" });

export function relative(seconds) {
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return RELATIVE.format(Math.trunc(seconds / size), unit);
}

/** `<t:…:…>`; Discord's default is the long form without the weekday. */
export function stamp(seconds, style = "f") {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return "Invalid date";
  const node = h("time", { class: "stamp", dateTime: date.toISOString(), title: fullTime(date), dataset: { seconds, style } });
  tick(node);
  return node;
}

/** How long ago something was, ticking. */
export function ago(millis) {
  return h("time", { dateTime: new Date(millis).toISOString(), title: new Date(millis).toLocaleString("en", STYLES.S), dataset: { seconds: millis / 1000, style: "ago" } }, since(millis / 1000));
}

function since(seconds) {
  const past = Math.max(0, Date.now() / 1000 - seconds);
  if (past < 60) return `${Math.floor(past)} s`;
  return past < 3_600 ? `${Math.floor(past / 60)} min` : `${Math.floor(past / 3_600)} h`;
}

function tick(node) {
  const { seconds, style } = node.dataset;
  const words = style === "R" ? relative(Number(seconds) - Date.now() / 1000) : style === "ago" ? since(Number(seconds)) : formatted(new Date(seconds * 1000), style);
  if (node.textContent !== words) node.textContent = words;
}

setInterval(() => document.querySelectorAll('time[data-style="R"], time[data-style="ago"]').forEach(tick), 1000);
