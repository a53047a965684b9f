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
 * Runs an overlay: `draw(all, root)` shows how it is, whenever that changes; `show(event, all, root)` shows what happens, once. What
 * takes its time is over once `played()` is: no newer page takes its place before.
 */
export function run({ draw = () => {}, show = () => {}, played = async () => {} }) {
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
    const end = () => {
      isOver = true;
      clearTimeout(dead);
      source.close();
    };
    const again = (after) => {
      if (isOver) return;
      end();
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
      // The pages themselves are newer than this one: what came is shown by this one, and what comes next by the new one.
      if (epoch && epoch !== page.epoch) {
        end();
        return void renew(played);
      }
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

/** Loads the page anew, once all that came was seen here. */
async function renew(played) {
  document.documentElement.dataset.connected = "no";
  await played();
  // Loaded from a server that does not answer, the page would be gone for ever.
  const answers = () => fetch(path, { cache: "no-store", signal: AbortSignal.timeout(SILENT) }).then(({ ok }) => ok, () => false);
  for (let wait = FIRST; !(await answers()); wait = Math.min(wait * 2, LONGEST)) {
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  location.replace(`${path}?after=${last}`);
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
