// What several overlays are made of.

/** An element of this class with this text. */
export function make(kind, text, tag = "div") {
  const one = document.createElement(tag);
  one.className = kind;
  if (text !== undefined) one.textContent = text;
  return one;
}

/** The panel that all of an overlay stands in, made once. */
export function panel(root, ...parts) {
  let one = root.querySelector(":scope > .panel");
  if (!one) {
    one = make("panel");
    one.append(...parts.map(([kind, tag]) => make(kind, "", tag)));
    root.append(one);
  }
  return one;
}

/** Sets a text where it is another one. */
export function say(within, kind, text) {
  const one = within.querySelector(`.${kind}`);
  if (one.textContent !== text) one.textContent = text;
  one.hidden = text === "";
  return one;
}

/** Seconds as a clock shows them. */
export function clock(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** What a timer says by now, and after how many milliseconds it says something else: 0 is never. */
export function reading({ since, ran, seconds, runs, over }, now) {
  const gone = ran + (since ? Math.max(0, now - since) : 0);
  const left = seconds * 1000 - gone;
  const goesDown = runs === "down";
  if (goesDown && left <= 0) return { text: over, isOver: true, wait: 0 };
  const text = clock(goesDown ? Math.ceil(left / 1000) : Math.floor(gone / 1000));
  return { text, isOver: false, wait: since ? (goesDown ? left % 1000 : 1000 - (gone % 1000)) || 1000 : 0 };
}

/** A number as it is read. */
export const number = (value) => value.toLocaleString("en").replaceAll(",", "\u202f");

/** How much something was, in words. */
export function amount(event) {
  if (event.what !== "donation") return number(event.amount);
  const money = (event.amount / 100).toFixed(event.amount % 100 ? 2 : 0);
  return event.currency ? `${money} ${event.currency}` : money;
}

/** A sentence with a name and an amount in it: what they are is never read as a sentence. */
export const filled = (sentence, event) =>
  sentence.replace(/\{(name|amount|message)\}/g, (_, what) =>
    what === "name" ? event.name : what === "amount" ? amount(event) : event.message ?? "");

/** A share from 0 to 1 of a bar. */
export function bar(within, share) {
  within.style.transform = `scaleX(${Math.min(1, Math.max(0, share)) || 0})`;
}

/** One wait at a time, which can be held: what is left of it is waited for once it goes on. */
export function pause() {
  let timer, then, left, since, isHeld = false;
  const begin = () => {
    since = performance.now();
    timer = setTimeout(() => {
      const now = then;
      then = undefined;
      now();
    }, left);
  };
  return {
    wait(time, what) {
      [left, then] = [time, what];
      if (!isHeld) begin();
    },
    hold() {
      if (isHeld) return;
      isHeld = true;
      clearTimeout(timer);
      left = Math.max(0, left - (performance.now() - since));
    },
    go() {
      if (!isHeld) return;
      isHeld = false;
      if (then) begin();
    },
  };
}

/** Calls it at each full second of something that runs, until the next time it is asked. */
export function every(tick) {
  let timer;
  return (isRunning) => {
    clearTimeout(timer);
    const step = () => {
      const wait = tick();
      if (isRunning && wait > 0) timer = setTimeout(step, wait);
    };
    step();
  };
}
