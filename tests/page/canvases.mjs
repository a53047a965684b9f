// Canvases: their shapes, and what the values in their texts are.

import assert from "node:assert/strict";
import { hears, nothingWrong, open, pages, say, told } from "./staged.mjs";

/** Whether an element is there on the screen, but for less than a pixel. */
async function stands(page, of, wanted, why) {
  const found = await page.evaluate((of) => {
    const { x, y, width, height } = document.querySelector(of).getBoundingClientRect();
    return [x, y, width, height];
  }, of);
  assert.ok(found.every((is, at) => Math.abs(is - wanted[at]) < 1), `${why}: ${found} and not ${wanted}`);
}

/** Waits until the texts are these, as a person reads them. */
async function reads(page, wanted) {
  const texts = () => page.evaluate(() => [...document.querySelectorAll(".text")].map((one) => one.textContent));
  for (const since = Date.now(); ; ) {
    const found = await texts();
    if (wanted.every((text, at) => text === found[at])) return;
    if (Date.now() - since > 15_000) assert.deepEqual(found, wanted);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export const CANVASES = {
  // A canvas is as large as fits into a window of whatever shape, in the middle, and what stands on it keeps its place.
  async shapes() {
    const [wide, high] = [await open(pages[0].url, { viewport: { width: 1280, height: 720 } }), await open(pages[0].url, { viewport: { width: 540, height: 960 } })];
    say("open");
    for (let shape = await told(); shape !== "over"; shape = await told()) {
      const [width, height] = shape.split(":").map(Number);
      for (const [page, inside] of [[wide, [1280, 720]], [high, [540, 960]]]) {
        await page.waitForFunction((shape) => document.querySelector(".text")?.textContent === shape, shape, { polling: 20 });
        const scale = Math.min(inside[0] / width, inside[1] / height);
        const [w, h] = [width * scale, height * scale];
        const [x, y] = [(inside[0] - w) / 2, (inside[1] - h) / 2];
        await stands(page, ".canvas", [x, y, w, h], `${shape} in ${inside}`);
        // A quarter from the left, half from the top, 540 of its own pixels wide: half of a canvas whose shorter side is 1080.
        const part = (Math.min(w, h) / 1080) * 540;
        await stands(page, ".box", [x + w / 4, y + h / 2, part, part / 2], `the box, ${shape} in ${inside}`);
      }
      say("it is");
    }
    [wide, high].forEach((page) => nothingWrong(page));
  },

  // Every value that a text may hold is shown, and changes as it does, by itself where it is a time.
  async values() {
    const page = await open(pages[0].url);
    say("open");
    for (let wanted = await told(); wanted !== "over"; wanted = await told()) {
      await reads(page, JSON.parse(wanted));
      say("it reads so");
    }
    const timer = () => page.evaluate(() => document.querySelector(".text").textContent);
    say("start");
    await hears("started");
    await page.waitForFunction(() => document.querySelector(".text").textContent.startsWith("4:5"), null, { polling: 20 });
    const [first, asked] = [await timer(), page.asked.length];
    await page.waitForFunction((first) => document.querySelector(".text").textContent !== first, first, { polling: 20 });
    const second = await timer();
    assert.ok(/^4:5\d$/.test(second) && second < first, `it runs by itself: ${first}, ${second}`);
    assert.equal(page.asked.length, asked, "and asks nobody");
    nothingWrong(page);
  },
};
