// What every story of overlays in a browser needs: pages as OBS opens them, and what is told and asked meanwhile.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { launch } from "./browser.mjs";

/** The pages that the story is about, by name and address. */
export const pages = JSON.parse(process.env.PAGES);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
export const told = async () => (await lines.next()).value;
/** Waits until it is told this. */
export const hears = async (wanted) => assert.equal(await told(), wanted);
export const say = (line) => process.stdout.write(`${line}\n`);
export const rest = (time) => new Promise((resolve) => setTimeout(resolve, time));
const browsers = new Map();

/** A browser with these flags, which ends with the story. */
async function browser(flags) {
  const key = flags.join(" ");
  if (!browsers.has(key)) browsers.set(key, await launch(flags));
  return browsers.get(key);
}

export const end = () => Promise.all([...browsers.values()].map((one) => one.close()));

/**
 * Opens one, and notes whatever should not be. `clock` has its time moved by the story; `flags` are its browser's; `first` runs before the
 * page's own scripts; `inside` is another page's context, for pages of one browser that share its connections. Whatever a story asks in a page counts as a person's touch: `untouched`, none does until an alert is there.
 */
export async function open(url, { viewport = { width: 1280, height: 720 }, scale = 1, clock = false, flags = [], first, inside, untouched = false } = {}) {
  const context = inside ?? (await (await browser(flags)).newContext({ viewport, deviceScaleFactor: scale }));
  const page = await context.newPage();
  Object.assign(page, { asked: [], loads: [], wrong: [], shown: [], opened: url });
  page.on("request", (request) => {
    page.asked.push(request.url());
    if (request.isNavigationRequest()) page.loads.push(request.url());
  });
  page.on("dialog", (dialog) => { page.wrong.push(`dialog ${dialog.message()}`); return dialog.dismiss(); });
  page.on("pageerror", (error) => page.wrong.push(error.stack));
  page.on("console", (message) => { if (/Content Security|Refused|Uncaught/i.test(message.text())) page.wrong.push(message.text()); });
  // Every alert that comes, in the order in which it does, also where the page is loaded anew.
  await page.exposeFunction("sees", (headline) => page.shown.push(headline));
  await page.exposeFunction("violates", (what) => page.wrong.push(what));
  await page.addInitScript(() => {
    const known = new WeakSet();
    new MutationObserver((changes) => {
      for (const one of changes.flatMap((change) => [...change.addedNodes])) {
        const headline = one.querySelector?.(".headline");
        if (!headline || known.has(one) || !one.matches(".alert:not(.element)")) continue;
        known.add(one);
        window.sees(headline.textContent);
      }
    }).observe(document, { childList: true, subtree: true });
    addEventListener("securitypolicyviolation", (event) => window.violates(`${event.violatedDirective} ${event.blockedURI}`));
  });
  if (first) await page.addInitScript(first);
  if (clock) await page.clock.install();
  const told = page.waitForResponse(`${url}/events`);
  await page.goto(url);
  await told;
  await (untouched ? rest(1_000) : connected(page));
  return page;
}

export const connected = (page, is = "yes") => page.waitForFunction((is) => document.documentElement.dataset.connected === is, is, { timeout: 30_000, polling: 20 });

/** Waits until it is so. */
export async function until(what, isSo, longest = 60_000) {
  for (const since = Date.now(); !(await isSo()); await rest(20)) assert.ok(Date.now() - since < longest, what);
}

/** Waits until so many alerts were seen. */
export const seen = (page, count) => until(`${count} alerts: ${page.shown}`, () => page.shown.length >= count);

/** Whether its server answers again. */
export async function answers(url) {
  const { hostname, port } = new URL(url);
  for (;;) {
    const socket = connect(Number(port), hostname);
    const is = await new Promise((resolve) => socket.once("connect", () => resolve(true)).once("error", () => resolve(false)));
    socket.destroy();
    if (is) return;
    await rest(10);
  }
}

/** Whether a browser only says that a server that is down does not answer. */
export const isCut = (said) => /^Failed to load resource: net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE)$/.test(said);

export function nothingWrong(page, { but = () => false } = {}) {
  assert.deepEqual(page.wrong.filter((said) => !but(said)), []);
  const { origin } = new URL(page.opened);
  assert.deepEqual(page.asked.filter((url) => !url.startsWith(origin) && !url.startsWith("data:")), [], "nothing is loaded from elsewhere");
}
