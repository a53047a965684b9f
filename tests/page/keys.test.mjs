// Without a mouse, on a phone, in both looks, and what is said when there is nobody to talk to.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { channel, isIn, launch, nothingWentWrong, open, picture, type, use, visit } from "./browser.mjs";

let browser;
before(async () => {
  await channel("keys");
  browser = await launch();
});
after(() => browser.close());

test("everything a newcomer is shown can be done with keys alone", async () => {
  const page = await visit(browser, { welcome: true });
  assert.equal(await page.evaluate(() => document.activeElement.className), "try", "the first suggestion has the focus");
  await picture(page, "welcome");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#input").inputValue(), "/server list ");
  await page.locator("#picker .signature").waitFor();
  await page.keyboard.press("Enter");
  await page.locator("#log").getByText("Servers").first().waitFor();

  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("Where would you like to go?").pressSequentially("key");
  await page.keyboard.press("Enter");
  await isIn(page, "keys");
  await type(page, "/server tes");
  await page.getByRole("option", { name: "/server test" }).waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.locator("#input").inputValue(), "/server test server:");
  await page.keyboard.press("Escape");
  assert.ok(await page.locator("#picker").isHidden());
  await page.locator("#input").fill("");

  await type(page, "hello keys");
  await page.keyboard.press("Enter");
  await page.locator("#log article", { hasText: "hello keys" }).waitFor();
  await page.keyboard.press("ArrowUp");
  assert.equal(await page.locator("#input").inputValue(), "hello keys", "the arrow brings back what was sent");
  await page.locator("#input").fill("");

  await page.locator("#messages").focus();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Shift+F10");
  await page.getByRole("menu", { name: "Message" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Escape");
  assert.ok(await page.evaluate(() => document.activeElement.matches("article")), "the focus is back on the message");

  await page.keyboard.press("Alt+2");
  await page.locator('#people [data-account="member"][aria-checked="true"]').waitFor();
  await page.keyboard.press("Alt+1");
  await page.locator("#messages").focus();
  await page.keyboard.press("?");
  await page.getByRole("heading", { name: "This is a Discord of your own" }).waitFor();
  await page.getByText("Keys", { exact: true }).press("Enter");
  await page.getByText("go to a channel or an account").waitFor();
  await page.keyboard.press("Escape");

  // Every stop of the focus can be seen.
  for (let stops = 0; stops < 25; stops += 1) {
    await page.keyboard.press("Tab");
    const seen = await page.evaluate(() => {
      const { outlineStyle } = getComputedStyle(document.activeElement);
      return document.activeElement === document.body || document.activeElement.id === "input" || outlineStyle !== "none" || document.activeElement.outerHTML.slice(0, 120);
    });
    assert.equal(seen, true);
  }
  nothingWentWrong(page);
});

test("it fits on a phone, without scrolling sideways", async () => {
  const page = await visit(browser, { width: 360, height: 740, touch: true, colorScheme: "light" });
  const fits = async (what) => {
    const [wide, inside] = await page.evaluate(() => [document.documentElement.scrollWidth, document.getElementById("messages").scrollWidth - document.getElementById("messages").clientWidth]);
    assert.ok(wide <= 360 && inside <= 0, `${what} is ${wide} wide, and ${inside} too wide inside`);
  };
  await page.getByRole("button", { name: "Channels", exact: true }).click();
  await picture(page, "phone-channels");
  await open(page, "keys");
  await use(page, "/server list");
  await page.locator("#log .container").first().waitFor();
  await fits("a card");
  await page.locator("#input").fill("/server ");
  await page.getByRole("option").first().waitFor();
  await fits("the picker");
  await picture(page, "phone");
  await page.locator("#input").fill("");
  await page.getByRole("button", { name: /What the bot did/ }).click();
  await page.locator("#requests .request").first().waitFor();
  await fits("what the bot did");
  await page.getByRole("button", { name: "Close this side" }).click();
  nothingWentWrong(page);
});

test("it follows the system's look, until somebody chooses another", async () => {
  const page = await visit(browser, { colorScheme: "light" });
  const is = (look) => page.locator(`html[data-theme="${look}"]`).waitFor();
  await is("light");
  await page.emulateMedia({ colorScheme: "dark" });
  await is("dark");
  await page.getByRole("button", { name: "Switch to light" }).click();
  await is("light");
  await page.reload();
  await page.locator("#channels .channel").first().waitFor();
  await is("light");
});

test("when this Discord has stopped, the page says so and comes back by itself", async () => {
  // One that the system gives to nobody by itself: other stories ask it for theirs.
  const port = String(20_000 + (process.pid % 10_000));
  const start = async () => {
    const nebula = spawn(process.env.NEBULA, ["try", "--port", port], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(nebula, "exit").then(([code]) => Promise.reject(new Error(`it ended with ${code}`)));
    await Promise.race([once(nebula.stdout, "data"), ended]);
    return nebula;
  };
  let nebula = await start();
  try {
    const page = await visit(browser, { url: `http://127.0.0.1:${port}` });
    nebula.kill("SIGTERM");
    await once(nebula, "exit");
    await page.getByText("This Discord has stopped.").first().waitFor();
    await page.getByRole("button", { name: "Nebula, offline" }).waitFor();
    await page.locator("#input").fill("/server list");
    await page.keyboard.press("Enter");
    await page.locator("#complaint").getByText("This Discord has stopped.").waitFor();
    assert.equal(await page.locator("#input").inputValue(), "/server list", "nothing that was typed is lost");
    await picture(page, "stopped");
    nebula = await start();
    await page.locator("#banner").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Nebula, online" }).waitFor();
  } finally {
    nebula.kill("SIGTERM");
  }
});
