// Where overlays are seen, and where they are not: places that are hidden, what is left out, and many of them in one browser.

import assert from "node:assert/strict";
import { between } from "./between.mjs";
import { hears, nothingWrong, open, pages, say, seen, until } from "./staged.mjs";

/** Longer than an alert is seen, so that one which goes on is over. */
const LONGER = 40_000;

/** Keeps every sound that is played. */
function keep() {
  window.played = new Set();
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    window.played.add(this);
    return play.call(this);
  };
}

export const PLACES = {
  // A place for alerts is hidden and taken out while one plays: it falls silent, waits, and goes on where there is a place again.
  async hidden() {
    const page = await open(pages[0].url, { clock: true, first: keep, flags: ["--autoplay-policy=no-user-gesture-required"] });
    const sounds = () => page.evaluate(() => [...window.played].map((one) => !one.paused));
    const alerts = () => page.evaluate(() => [...document.querySelectorAll(".element > .alert .headline")].map((one) => one.textContent));
    const changes = async (step) => {
      say(step);
      await hears("changed");
      await page.waitForFunction((step) => document.querySelector(".text")?.textContent === step, step, { polling: 20 });
    };
    say("open");
    await hears("said");
    for (const [at, [gone, there]] of [["hidden", "back"], ["taken out", "called something else"]].entries()) {
      await seen(page, at + 1);
      const one = page.shown[at];
      const isHeard = async () => (await sounds()).length === at + 1 && (await sounds()).at(-1);
      await until("it is heard", isHeard);
      await changes(gone);
      // Of the one before the sound goes on for longer than it is seen, and falls silent with it.
      assert.deepEqual([await sounds(), await alerts()], [Array(at + 1).fill(false), []], `nothing is seen or heard: ${gone}`);
      await page.clock.fastForward(LONGER);
      await changes(there);
      assert.deepEqual(await alerts(), [one], `it is there again: ${there}`);
      assert.equal(page.shown.length, at + 1, "and nothing else came meanwhile");
      await until("it is heard again", isHeard);
      // It is over once it was seen for as long as it is to be.
      await page.clock.fastForward(LONGER);
    }
    await until("all are over", async () => (await alerts()).length === 0);
    assert.deepEqual(page.shown, ["one follows", "two follows"]);
    nothingWrong(page);
  },

  // What is left out by now is not shown by a page that was away as it happened, and stands in no list any more.
  async off() {
    const way = await between(pages[0].url);
    const [away, list] = [await open(way.url, { clock: true }), await open(pages[1].url)];
    way.silence();
    say("open");
    await hears("off");
    const rows = () => list.evaluate(() => [...document.querySelectorAll(".row")].map((one) => one.textContent));
    await until("one row is left", async () => JSON.stringify(await rows()) === JSON.stringify(["two follows"]));
    await away.clock.fastForward(27_000);
    await until("it comes back", () => way.opened === 2);
    await seen(away, 1);
    assert.deepEqual(away.shown, ["two follows"]);
    [away, list].forEach((page) => nothingWrong(page));
  },

  // As many pages in one browser as a stream has: each has a connection that stays, and room for what it loads.
  async many() {
    const all = [];
    for (const { url } of pages) all.push(await open(url, { inside: all[0]?.context() }));
    say("open");
    await hears("said");
    for (const page of all) {
      await seen(page, 1);
      assert.deepEqual(page.shown, ["Ada follows"]);
      nothingWrong(page);
    }
  },
};
