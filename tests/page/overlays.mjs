// Overlays in a real browser, as OBS opens them. What is to happen meanwhile is told on standard input, and asked for on standard output.

import assert from "node:assert/strict";
import { picture } from "./browser.mjs";
import { CANVASES } from "./canvases.mjs";
import { DAYS } from "./days.mjs";
import { HEARD } from "./heard.mjs";
import { PLACES } from "./places.mjs";
import { answers, connected, end, isCut, nothingWrong, open, pages, rest, say, seen, told } from "./staged.mjs";

const { WAY, SCREENSHOTS } = process.env;

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
    assert.deepEqual(page.shown, ["one follows", "two follows", "three follows"]);
    // Killed once more while one of them is seen, nothing comes twice.
    say("again");
    assert.equal(await told(), "killed");
    await connected(page, "no");
    say("cut off");
    assert.equal(await told(), "back");
    await connected(page);
    await rest(6_000);
    assert.equal(page.shown.length, 3);
    say("one more");
    await seen(page, 4);
    assert.equal(page.shown[3], "four follows");
    nothingWrong(page, { but: isCut });
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

  // How each moves while something happens four times a second.
  async moving() {
    const times = Number(await told());
    for (const { name, url } of pages) {
      const page = await open(url, { viewport: { width: 1920, height: 1080 } });
      const devtools = await page.context().newCDPSession(page);
      await devtools.send("Performance.enable");
      const work = async () => {
        const { metrics } = await devtools.send("Performance.getMetrics");
        const parts = metrics.filter((one) => ["ScriptDuration", "LayoutDuration", "RecalcStyleDuration"].includes(one.name));
        return parts.reduce((sum, one) => sum + one.value, 0);
      };
      const [before, since] = [await work(), performance.now()];
      await page.evaluate(() => {
        [window.drawn, window.animated] = [[], new Set()];
        // What began is asked for by its name: where a picture takes long it is over before anybody is told that it began.
        const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
        const keyframes = (name) => rules.filter((rule) => rule instanceof CSSKeyframesRule && rule.name === name).flatMap((rule) => [...rule.cssRules]);
        const moves = (name) => { for (const what of keyframes(name).flatMap((frame) => [...frame.style])) window.animated.add(what); };
        document.addEventListener("transitionrun", (began) => window.animated.add(began.propertyName), true);
        document.addEventListener("animationstart", (began) => moves(began.animationName), true);
        for (const one of document.getAnimations()) one.transitionProperty ? window.animated.add(one.transitionProperty) : moves(one.animationName);
        const draw = (at) => { window.drawn.push(at); requestAnimationFrame(draw); };
        requestAnimationFrame(draw);
      });
      for (let time = 0; time < times; time++) {
        say(`more ${name}`);
        await rest(250);
      }
      // What a busy machine shows later than asked still counts; a page that never moves is told of.
      await page.waitForFunction(() => window.animated.size > 0, null, { timeout: 10_000 }).catch(() => {});
      const [took, busy] = [(performance.now() - since) / 1_000, await work() - before];
      const [drawn, animated] = await page.evaluate(() => [window.drawn, [...window.animated]]);
      const gaps = drawn.slice(1).map((at, n) => at - drawn[n]).sort((a, b) => a - b);
      nothingWrong(page);
      say(`moved ${JSON.stringify({ name, frames: drawn.length / took, longest: gaps[Math.floor(gaps.length * 0.99)], busy: busy / took, animated })}`);
      await page.context().close();
    }
    say("over");
  },

  // Each kind, as it looks over a stream.
  async kinds() {
    const all = [];
    for (const { name, url } of pages) all.push({ name, page: await open(url, { viewport: { width: 640, height: 360 } }) });
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
  await { ...WAYS, ...CANVASES, ...DAYS, ...HEARD, ...PLACES }[WAY]();
  say("done");
} catch (error) {
  say(`failed: ${error.stack}`.replaceAll("\n", " ⏎ "));
  process.exitCode = 1;
} finally {
  await end();
  process.exit();
}
