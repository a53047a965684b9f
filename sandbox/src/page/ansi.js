// A terminal's colours, as Discord shows them in a code block named ansi.

import { h } from "./dom.js";

const ESCAPE = /\u001b\[([\d;]*)([A-Za-z])/g;
const foreground = (code) => (code >= 30 && code <= 37) || (code >= 90 && code <= 97);
const background = (code) => code >= 40 && code <= 47;

export function ansi(text) {
  const nodes = [];
  let style = [];
  let at = 0;
  const flush = (end) => {
    if (end > at) nodes.push(h("span", { class: style.map((code) => `a${code}`).join(" ") }, text.slice(at, end)));
  };
  for (const match of text.matchAll(ESCAPE)) {
    flush(match.index);
    at = match.index + match[0].length;
    if (match[2] === "m") style = (match[1] || "0").split(";").map(Number).reduce(applied, style);
  }
  flush(text.length);
  return nodes;
}

function applied(style, code) {
  if (code === 0) return [];
  if (code === 22) return style.filter((other) => other !== 1 && other !== 2);
  if (code === 24) return style.filter((other) => other !== 4);
  if (code === 39 || foreground(code)) return [...style.filter((other) => !foreground(other)), ...(code === 39 ? [] : [code])];
  if (code === 49 || background(code)) return [...style.filter((other) => !background(other)), ...(code === 49 ? [] : [code])];
  return [...style.filter((other) => other !== code), code];
}
