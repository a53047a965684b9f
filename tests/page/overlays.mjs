// Overlays in a real browser, as OBS opens them. What is to happen meanwhile is told on standard input, and asked for on standard output.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { launch, picture } from "./browser.mjs";

const { WAY, PAGES, SCREENSHOTS } = process.env;
const pages = JSON.parse(PAGES);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const told = async () => (await lines.next()).value;
const say = (line) => process.stdout.write(`${line}\n`);
const rest = (time) => new Promise((resolve) => setTimeout(resolve, time));
const browser = await launch();

/** Opens one, and notes whatever should not be. */
async function open(url, viewport = { width: 1280, height: 720 }, scale = 1) {
  const context = await browser.newContext({ viewport, deviceScaleFactor: scale });
  const page = await context.newPage();
  Object.assign(page, { asked: [], wrong: [], opened: url });
  page.on("request", (request) => page.asked.push(request.url()));
  page.on("dialog", (dialog) => { page.wrong.push(`dialog ${dialog.message()}`); return dialog.dismiss(); });
  page.on("pageerror", (error) => page.wrong.push(error.stack));
  page.on("console", (message) => { if (/Content Security|Refused|Uncaught/i.test(message.text())) page.wrong.push(message.text()); });
  // Every alert that comes, in the order in which it does.
  await page.addInitScript(() => {
    window.seen = [];
    new MutationObserver((changes) => {
      for (const one of changes.flatMap((change) => [...change.addedNodes])) {
        const headline = one.querySelector?.(".headline");
        if (one.classList?.contains("alert") && headline) window.seen.push(headline.textContent);
      }
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto(url);
  await connected(page);
  return page;
}

const connected = (page, is = "yes") => page.waitForFunction((is) => document.documentElement.dataset.connected === is, is, { timeout: 30_000, polling: 20 });
const seen = (page, count) => page.waitForFunction((count) => window.seen.length >= count, count, { timeout: 60_000, polling: 50 });

/** Whether its server answers again. */
async function answers(url) {
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
const isCut = (said) => said === "Failed to load resource: net::ERR_CONNECTION_REFUSED";

function nothingWrong(page) {
  assert.deepEqual(page.wrong, []);
  const { origin } = new URL(page.opened);
  assert.deepEqual(page.asked.filter((url) => !url.startsWith(origin) && !url.startsWith("data:")), [], "nothing is loaded from elsewhere");
}

const WAYS = {
  // The server is killed, three alerts are missed, and shown once in their order when it is back.
  async missed() {
    const page = await open(pages[0].url);
    say("open");
    assert.equal(await told(), "killed");
    await connected(page, "no");
    say("cut off");
    await answers(pages[0].url);
    const since = Date.now();
    await connected(page);
    const took = Date.now() - since;
    assert.ok(took < 2_000, `it is back in view after ${took} ms`);
    assert.equal(await told(), "back");
    await seen(page, 3);
    assert.deepEqual(await page.evaluate(() => window.seen), ["one follows", "two follows", "three follows"]);
    // Killed once more while one of them is seen, nothing comes twice.
    say("again");
    assert.equal(await told(), "killed");
    await connected(page, "no");
    say("cut off");
    assert.equal(await told(), "back");
    await connected(page);
    await rest(6_000);
    assert.equal((await page.evaluate(() => window.seen)).length, 3);
    say("one more");
    await seen(page, 4);
    assert.equal((await page.evaluate(() => window.seen))[3], "four follows");
    nothingWrong({ ...page, wrong: page.wrong.filter((said) => !isCut(said)) });
    // The same page all the time, and one question for each time it was cut off.
    assert.equal(page.asked.filter((url) => url === pages[0].url).length, 1);
  },

  // Whatever others write, no script of theirs runs and no element of theirs is there.
  async hostile() {
    const all = [];
    for (const { url } of pages) all.push(await open(url));
    say("open");
    assert.equal(await told(), "said");
    await rest(4_000);
    const known = new Set("HTML HEAD META TITLE LINK SCRIPT BODY MAIN DIV B SPAN OL LI IMG".split(" "));
    let words = 0;
    for (const page of all) {
      nothingWrong(page);
      const found = await page.evaluate(() => {
        const all = [...document.querySelectorAll("*")];
        const hooks = all.flatMap((one) => one.getAttributeNames()).filter((name) => name.startsWith("on") || name === "href" && name !== "href" || name === "srcdoc");
        return { names: all.map((one) => one.tagName), hooks, harm: window.harm, scripts: document.scripts.length, text: document.body.textContent.length, wide: document.documentElement.scrollWidth - innerWidth };
      });
      assert.deepEqual(found.names.filter((name) => !known.has(name)), []);
      assert.deepEqual([found.hooks, found.harm, found.scripts], [[], undefined, 1]);
      assert.ok(found.wide <= 0, "nothing makes a page wider");
      words += found.text;
    }
    assert.ok(words > 500, `they show what was said: ${words}`);
  },

  // A page that is told does not ask: one question, however long it is open.
  async told() {
    const page = await open(pages[0].url);
    const before = page.asked.length;
    say("open");
    assert.equal(await told(), "said");
    await seen(page, 1);
    await rest(3_000);
    assert.equal(page.asked.length, before, `${page.asked.slice(before)}`);
    nothingWrong(page);
  },

  // Each kind, as it looks over a stream.
  async kinds() {
    const all = [];
    for (const { name, url } of pages) all.push({ name, page: await open(url, { width: 640, height: 360 }) });
    say("open");
    assert.equal(await told(), "said");
    await rest(2_500);
    for (const { name, page } of all) {
      nothingWrong(page);
      const text = await page.evaluate(() => document.body.innerText.trim());
      assert.ok(text.length > 3, `${name} shows something: ${text}`);
      // A stream is not in the page: what shows it is put behind for the picture alone.
      await page.evaluate(() => { document.documentElement.style.background = "linear-gradient(135deg, #2f4468, #1c2536 55%, #4a2f5e)"; });
      if (SCREENSHOTS) await picture(page, `overlay-${name}`);
    }
  },
};

try {
  await WAYS[WAY]();
  say("done");
} catch (error) {
  say(`failed: ${error.stack}`.replaceAll("\n", " ⏎ "));
  process.exitCode = 1;
} finally {
  await browser.close();
  process.exit();
}
