// What is seen and heard of an alert, and what is seen of a chat no longer.

import assert from "node:assert/strict";
import { hears, nothingWrong, open, pages, rest, say, seen, told, until } from "./staged.mjs";

const FREELY = ["--autoplay-policy=no-user-gesture-required"];
const REFUSED = ["--autoplay-policy=document-user-activation-required"];

/** Notes what becomes of every sound that is made. */
function listen() {
  window.sounds = [];
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    const sound = { of: this.src, volume: this.volume, heard: [] };
    window.sounds.push(sound);
    for (const what of ["canplay", "playing", "ended", "error"]) this.addEventListener(what, () => sound.heard.push(what));
    const playing = play.call(this);
    playing.catch((error) => sound.heard.push(error.name));
    return playing;
  };
}

export const HEARD = {
  // An alert's own picture and sound are really loaded and played; where a browser plays nothing by itself, alerts go on without.
  async sounds() {
    for (const [way, flags] of [["freely", FREELY], ["refused", REFUSED]]) {
      const page = await open(pages[0].url, { flags, first: listen, untouched: true });
      say(way);
      await hears("said");
      await seen(page, 1);
      await page.waitForFunction(() => document.querySelector(".alert .picture")?.complete, null, { polling: 20 });
      const picture = await page.evaluate(() => {
        const one = document.querySelector(".alert .picture");
        return { width: one.naturalWidth, isSeen: one.getBoundingClientRect().width > 0, from: one.src };
      });
      assert.ok(picture.width > 0 && picture.isSeen, JSON.stringify(picture));
      assert.ok(picture.from.startsWith(`${pages[0].url}/file/`), picture.from);
      // The one after it comes, whatever became of the sound.
      await seen(page, 2);
      await rest(500);
      const sounds = await page.evaluate(() => window.sounds);
      assert.deepEqual(sounds.map((sound) => [sound.of.startsWith(`${pages[0].url}/file/`), sound.volume]), [[true, 0.6], [true, 0.6]]);
      if (way === "freely") assert.deepEqual(sounds[0].heard.filter((what) => what !== "canplay"), ["playing", "ended"], JSON.stringify(sounds));
      else assert.ok(sounds[0].heard.includes("NotAllowedError") && !sounds[0].heard.includes("playing"), JSON.stringify(sounds));
      assert.deepEqual(page.shown, ["one follows", "two follows"]);
      nothingWrong(page);
      await page.context().close();
    }
  },

  // What moderators took back is gone from a page that is open, within the second.
  async gone() {
    const page = await open(pages[0].url);
    const lines = () => page.evaluate(() => [...document.querySelectorAll(".said .words")].map((one) => one.textContent));
    say("open");
    for (let wanted = await told(); wanted !== "over"; wanted = await told()) {
      const { lines: these, within } = JSON.parse(wanted);
      const since = Date.now();
      await until(wanted, async () => JSON.stringify(await lines()) === JSON.stringify(these), 20_000);
      const took = Date.now() - since;
      assert.ok(took <= within, `${wanted} after ${took} ms`);
      say("it is");
    }
    nothingWrong(page);
  },
};
