// Overlays that are open for days: newer pages, other layouts and connections that die meanwhile lose nothing that was to be seen.

import assert from "node:assert/strict";
import { between } from "./between.mjs";
import { connected, hears, isCut, nothingWrong, open, pages, rest, say, seen, until } from "./staged.mjs";

const THREE = ["one follows", "two follows", "three follows"];

export const DAYS = {
  // Three alerts wait while the server comes back with newer pages: the page shows them to their end, and only then loads itself anew.
  async renewed() {
    const way = await between(pages[0].url);
    const page = await open(way.url);
    say("open");
    await hears("said");
    await seen(page, 1);
    say("one is seen");
    await hears("killed");
    way.epoch = "00000000000000aa";
    say("others are missed");
    await hears("back");
    await seen(page, 4);
    await connected(page);
    await rest(4_000);
    assert.deepEqual(page.shown, [...THREE, "four follows"]);
    assert.deepEqual(page.loads, [way.url, `${way.url}?after=3`], "it was loaded anew, once");
    nothingWrong(page, { but: isCut });
  },

  // Three alerts wait on a canvas while it is edited: its place for alerts is moved, then called something else.
  async edited() {
    const page = await open(pages[0].url);
    say("open");
    await hears("said");
    for (const step of ["moved", "renamed"]) {
      const before = page.shown.length + 1;
      await seen(page, before);
      say(step);
      await hears("changed");
      await page.waitForFunction((step) => document.querySelector(".text")?.textContent === step, step, { polling: 20 });
      assert.equal(page.shown.length, before, "it is edited while one is seen");
      const alert = await page.evaluate(() => {
        const one = document.querySelector(".element.alert > .alert");
        return { there: one?.querySelector(".headline").textContent, area: one?.parentElement.style.left, alone: document.querySelectorAll(".element").length };
      });
      assert.deepEqual(alert, { there: THREE[before - 1], area: step === "moved" ? "10%" : "20%", alone: 2 });
    }
    await seen(page, 3);
    await rest(3_000);
    assert.deepEqual(page.shown, THREE);
    nothingWrong(page);
  },

  // A connection over which nothing comes any more, and which nobody closed: it is given up, and what was lost on the way is shown once.
  async silent() {
    const way = await between(pages[0].url);
    const page = await open(way.url, { clock: true });
    say("open");
    await hears("said");
    await seen(page, 1);
    way.silence();
    say("silent");
    await hears("lost");
    await page.clock.fastForward(12_000);
    await rest(1_500);
    assert.deepEqual([page.shown.length, way.opened], [1, 1], "nothing came, and it is not given up before its time");
    await page.clock.fastForward(15_000);
    await until("it is given up", () => way.opened === 2);
    await seen(page, 4);
    await rest(4_000);
    assert.deepEqual([page.shown, way.opened], [["zero follows", ...THREE], 2]);
    // It goes on over the other one.
    say("again");
    await seen(page, 5);
    assert.equal(page.shown[4], "four follows");
    nothingWrong(page);
  },
};
