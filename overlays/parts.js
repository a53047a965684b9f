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
