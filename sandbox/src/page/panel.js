// The right side's second face: every request the bot made, every rule it broke, and what can be made to go wrong.

import { $, h, icon } from "./dom.js";
import { news } from "./live.js";
import { draws, redraw, state } from "./state.js";
import { ago } from "./time.js";

const TABS = ["members", "did", "faults"];
const opened = new Set();
let rows = new Map();

/** Shows a face of the right side, or hides the side if that face is there already. */
export function show(tab, { toggle = false } = {}) {
  const hide = toggle && document.body.classList.contains("side-open") && $("side").dataset.tab === tab;
  document.body.classList.toggle("side-open", !hide);
  $("side").dataset.tab = tab;
  for (const one of TABS) {
    $(`tab-${one}`).setAttribute("aria-selected", String(one === tab));
    $(`tab-${one}`).tabIndex = one === tab ? 0 : -1;
    $(`face-${one}`).hidden = one !== tab;
  }
  redraw("panel");
}

draws("panel", () => {
  const broken = news.violations.length;
  $("broken").hidden = !broken;
  $("broken").textContent = broken > 99 ? "99+" : String(broken);
  $("open-did").setAttribute("aria-label", broken ? `What the bot did: ${broken} rules broken` : "What the bot did");
  $("tab-did").replaceChildren("What the bot did", broken ? h("b", { class: "badge" }, String(broken)) : "");
  if ($("face-did").hidden) return;
  const part = $("filter").value.trim().toLowerCase();
  const fits = (text) => !part || text.toLowerCase().includes(part);
  $("violations").replaceChildren(...news.violations.filter((one) => fits(`${one.rule} ${one.detail} ${one.request}`)).map(drawViolation).reverse());
  $("no-violations").hidden = broken > 0;
  const next = new Map();
  const shown = news.requests.filter((one) => fits(`${one.method} ${one.path} ${one.status}`)).slice(-200).reverse();
  $("requests").replaceChildren(...shown.map((one) => {
    const row = rows.get(one.number) ?? drawRequest(one);
    next.set(one.number, row);
    return row;
  }), shown.length ? "" : h("li", { class: "hint" }, part ? "Nothing fits." : "The bot has asked for nothing yet."));
  rows = next;
});

function drawViolation(one) {
  return h("li", {}, h("b", {}, one.rule), h("span", {}, one.detail), one.request && h("code", {}, one.request));
}

/** Tokens are long and say nothing; ids say little at a glance. */
const withoutTokens = (path) => path.replace(/\/[\w=-]{40,}/g, "/…");
const short = (path) => withoutTokens(path.split("?")[0]).replace(/\/\d{15,}/g, "/…").replace(/(\/…)+/g, "/…");

function drawRequest(one) {
  const kind = one.status < 300 ? "good" : one.status === 429 ? "slow" : "bad";
  const said = one.body && JSON.stringify(one.body, null, 2);
  const row = h("li", { class: kind });
  const head = h("button", { type: "button", class: "request", title: `${one.method} ${one.path}`, "aria-expanded": "false", onclick: () => { opened.has(one.number) ? opened.delete(one.number) : opened.add(one.number); unfold(); } },
    h("b", {}, one.method), h("span", {}, short(one.path)), h("i", {}, String(one.status)), ago(one.at));
  const unfold = () => {
    const open = opened.has(one.number);
    head.setAttribute("aria-expanded", String(open));
    row.replaceChildren(head, ...(open ? [h("p", { class: "hint" }, withoutTokens(one.path)), h("pre", { tabIndex: 0 }, said && said !== "{}" ? said : "no body")] : []));
  };
  unfold();
  return row;
}

export function start() {
  for (const tab of TABS) $(`tab-${tab}`).addEventListener("click", () => show(tab));
  $("tabs").addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    const all = TABS.filter((tab) => !$(`tab-${tab}`).hidden);
    const next = all[(all.indexOf($("side").dataset.tab) + by + all.length) % all.length];
    show(next);
    $(`tab-${next}`).focus();
  });
  $("open-members").append(icon("people"));
  $("open-did").prepend(icon("pulse"));
  $("open-members").addEventListener("click", () => show("members", { toggle: true }));
  $("open-did").addEventListener("click", () => show("did", { toggle: true }));
  $("close-side").addEventListener("click", () => document.body.classList.remove("side-open"));
  $("filter").addEventListener("input", () => redraw("panel"));
  show("members");
  document.body.classList.toggle("side-open", innerWidth > 1000);
  state.showPanel = show;
}
