// A guild's page for everybody, as a stranger reads it: on a phone and on a desk, in the dark and in the light. `STATUS_URL` is its
// address, `NAMES` what may stand on it, `PRIVATE` what may not, `OPEN` and `OVER` what its incidents touch.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, picture } from "./browser.mjs";

const { STATUS_URL, NAMES, PRIVATE, OPEN, OVER } = process.env;
let browser;

before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });

for (const [name, width, colorScheme] of [["phone-dark", 360, "dark"], ["phone-light", 360, "light"], ["desk-light", 1280, "light"]]) {
  test(`it is read on a ${name}`, async () => {
    const context = await browser.newContext({ viewport: { width, height: 780 }, colorScheme, deviceScaleFactor: 2, javaScriptEnabled: true });
    const page = await context.newPage();
    const wrong = [];
    page.on("console", (message) => { if (message.type() === "error") wrong.push(message.text()); });
    await page.goto(STATUS_URL);
    for (const shown of JSON.parse(NAMES)) await page.getByText(shown, { exact: true }).first().waitFor();
    const html = await page.content();
    for (const hidden of JSON.parse(PRIVATE)) assert.ok(!html.includes(hidden), hidden);
    assert.equal(await page.locator("script").count(), 0);
    const bars = await page.locator(".bars").evaluateAll((all) => all.map((one) => one.children.length));
    assert.deepEqual(bars, JSON.parse(NAMES).map(() => 90));
    for (const [where, names] of [[".open", OPEN], [".over li", OVER]]) {
      assert.deepEqual(await page.locator(`${where} b`).allTextContents(), JSON.parse(names));
    }
    const fits = await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
    assert.ok(fits, "nothing runs out at the side");
    const thin = await page.locator(".bars i").last().evaluate((bar) => bar.getBoundingClientRect().width);
    assert.ok(thin >= 2, `a day is ${thin} wide`);
    await picture(page, `status-${name}`, { fullPage: true });
    assert.deepEqual(wrong.filter((text) => !/favicon/.test(text)), []);
    await context.close();
  });
}
