// What happened last, the newest on top.

import { run } from "./overlay.js";
import { filled, make, panel, say } from "./parts.js";

let known = [];

/** What is to be left out is not shown of before, either. */
const isWanted = ({ settings }) => (event) => settings[event.what] !== "";

function list(all, root) {
  const { settings } = all;
  const one = panel(root, ["label"], ["list", "ol"]);
  say(one, "label", settings.label);
  const rows = known.filter(isWanted(all)).slice(-settings.lines).reverse().map((event) => {
    const row = make("row", undefined, "li");
    row.dataset.what = event.what;
    row.append(make("words", filled(settings[event.what] ?? "{name}", event), "span"));
    return row;
  });
  one.querySelector(".list").replaceChildren(...rows);
  one.classList.toggle("seen", rows.length > 0);
  return one;
}

const isNew = (event) => !known.some((one) => one.number === event.number);

run({
  draw(all, root) {
    known = [...known, ...(all.recent ?? []).filter((event) => event.what !== "test" && isNew(event))];
    known.sort((one, other) => one.number - other.number);
    list(all, root);
  },
  show(event, all, root) {
    if (!isNew(event)) return;
    known = [...known, event].slice(-40);
    const one = list(all, root);
    if (isWanted(all)(event)) one.querySelector(".row").classList.add("new");
  },
});
