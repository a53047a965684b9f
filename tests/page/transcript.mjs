// A transcript of what is meant to do harm: nothing of it runs, loads anything from elsewhere, or leads anywhere but where it says.

import { test, after } from "node:test";
import assert from "node:assert/strict";
import { launch, picture } from "./browser.mjs";

const { SERVED, POSTED, COOKIE } = process.env;
const browser = await launch();
after(() => browser.close());

for (const [name, url] of [["served", SERVED], ["posted", POSTED]]) {
  test(`nothing runs in a transcript that is ${name}`, async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, colorScheme: "dark" });
    if (name === "served") await context.addCookies([{ name: "nebula", value: COOKIE, url: SERVED, httpOnly: true, sameSite: "Lax" }]);
    const page = await context.newPage();
    const asked = [], dialogs = [], tried = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("dialog", (dialog) => { dialogs.push(dialog.message()); return dialog.dismiss(); });
    page.on("console", (message) => { if (/Content Security|Refused|script/i.test(message.text())) tried.push(message.text()); });
    const began = Date.now();
    await page.goto(url, { waitUntil: "load" });
    assert.ok(Date.now() - began < 15_000, "it takes no longer, whatever is written");
    assert.equal(await page.evaluate(() => window.harm), undefined);
    assert.deepEqual(dialogs, []);
    assert.deepEqual(tried, [], "not even the policy has anything to refuse");
    const origin = new URL(url).origin;
    const elsewhere = asked.filter((one) => one !== url && !one.startsWith("data:") && !(name === "served" && one.startsWith(origin)));
    assert.deepEqual(elsewhere, []);
    // Only what we draw stands there: no element and no attribute of anybody else's.
    const odd = await page.evaluate(() => {
      const known = new Set("HTML HEAD META TITLE STYLE BODY MAIN H1 H2 P DIV ARTICLE HEADER B I TIME SMALL SPAN A CODE PRE STRONG IMG HR NAV DETAILS SUMMARY".split(" "));
      const all = [...document.querySelectorAll("*")];
      const names = all.filter((one) => !known.has(one.tagName)).map((one) => one.tagName);
      const hooks = all.flatMap((one) => one.getAttributeNames()).filter((attribute) => attribute.startsWith("on") || attribute === "style" || attribute === "srcdoc");
      const links = [...document.querySelectorAll("a")].map((one) => one.protocol).filter((one) => !["http:", "https:", "data:", "file:"].includes(one));
      return [...names, ...hooks, ...links];
    });
    assert.deepEqual(odd, []);
    assert.ok(await page.locator("article").count() > 60);
    // It fits a phone: nothing makes the page wider.
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 390, `${wide} wide`);
    await picture(page, `transcript-${name}`, { fullPage: false });
    await page.locator("article").nth(2).scrollIntoViewIfNeeded();
    await picture(page, `transcript-${name}-2`);
    await context.close();
  });
}
