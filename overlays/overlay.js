// One overlay, for ever: it is told what happens, comes back by itself where it was cut off, and never needs a refresh.
//
// What others wrote reaches the page as text and as nothing else; what reaches a style is a colour, a number or one of a few words.

const path = location.pathname.replace(/\/+$/, "");
/** Hearing nothing for so long, not even that nothing happens, the connection is dead. */
const SILENT = 25_000;
/** Refused, it is tried again after so long, and then less and less often. */
const FIRST = 500, LONGEST = 15_000;

/** The last thing that was shown here. */
let last = new URLSearchParams(location.search).get("after");
let epoch, version = -1, offset = 0;

/** The time where the overlay is kept. */
export const now = () => Date.now() + offset;

/** Where one of its files is. */
export const fileAt = (hash) => `${path}/file/${hash}`;

/**
 * Runs an overlay: `draw(all, root)` shows how it is, whenever that changes; `show(event, all, root)` shows what happens, once.
 */
export function run({ draw = () => {}, show = () => {} }) {
  const root = document.getElementById("overlay");
  let all = null;

  const told = (page) => {
    if (page.version < version) return;
    version = page.version;
    offset = page.now - Date.now();
    all = { ...all, ...page };
    if (page.settings) look(page.settings);
    draw(all, root);
  };

  const connect = (wait) => {
    const source = new EventSource(`${path}/events${last === null ? "" : `?after=${last}`}`);
    let dead, isOver = false;
    const again = (after) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(dead);
      source.close();
      setTimeout(connect, after, Math.min(after * 2, LONGEST));
    };
    const heard = () => {
      clearTimeout(dead);
      dead = setTimeout(again, SILENT, FIRST);
    };
    const on = (name, hear) => source.addEventListener(name, (event) => {
      heard();
      hear(JSON.parse(event.data), event.lastEventId);
    });
    on("hello", (page, id) => {
      last = id;
      wait = FIRST;
      // The pages themselves are newer than this one: what comes next is shown by the new one.
      if (epoch && epoch !== page.epoch) return location.replace(`${path}?after=${last}`);
      epoch = page.epoch;
      version = -1;
      told(page);
      document.documentElement.dataset.connected = "yes";
    });
    on("now", told);
    on("show", (event, id) => {
      last = id;
      if (event.what === "test") badge(); else show({ ...event, number: Number(id) }, all, root);
    });
    on("beat", () => {});
    source.onerror = () => {
      document.documentElement.dataset.connected = "no";
      // Cut off, the browser comes back by itself; refused, it would not.
      if (source.readyState === EventSource.CLOSED) again(wait);
    };
    heard();
  };
  if (last !== null) history.replaceState(null, "", path);
  connect(FIRST);
}

/** What was set of how it looks. */
function look(settings) {
  const { style, dataset } = document.documentElement;
  style.setProperty("--accent", settings.accent);
  style.setProperty("--ink", settings.text);
  style.setProperty("--paper", settings.background);
  style.setProperty("--solid", String(settings.opacity / 100));
  style.setProperty("--size", String(settings.size / 100));
  dataset.place = settings.place ?? "";
  dataset.font = settings.font;
  dataset.animation = settings.animation ?? "fade";
}

/** That somebody tries it out. */
function badge() {
  const one = document.createElement("div");
  one.className = "badge";
  one.textContent = "Test";
  document.body.append(one);
  setTimeout(() => one.remove(), 3_000);
}
