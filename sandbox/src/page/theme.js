// Dark or light: as the system prefers, until somebody says otherwise.

import { $, icon } from "./dom.js";

const system = matchMedia("(prefers-color-scheme: light)");
let chosen = localStorage.getItem("theme");

function apply() {
  const light = chosen ? chosen === "light" : system.matches;
  document.documentElement.dataset.theme = light ? "light" : "dark";
  const label = light ? "Switch to dark" : "Switch to light";
  $("theme").replaceChildren(icon(light ? "moon" : "sun"));
  $("theme").title = label;
  $("theme").setAttribute("aria-label", label);
}

export function start() {
  system.addEventListener("change", apply);
  $("theme").addEventListener("click", () => {
    chosen = document.documentElement.dataset.theme === "light" ? "dark" : "light";
    // Back to what the system prefers is back to following it.
    if ((chosen === "light") === system.matches) {
      chosen = null;
      localStorage.removeItem("theme");
    } else localStorage.setItem("theme", chosen);
    apply();
  });
  apply();
}
