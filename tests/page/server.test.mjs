// The first ten minutes with Nebula: a server is added by hand, a command runs live, somebody else may not.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { be, channel, last, launch, nothingWentWrong, open, picture, type, use, visit } from "./browser.mjs";

const { SERVER_ADDRESS, SERVER_USER, SERVER_KEY } = process.env;
let browser;
let page;

before(async () => {
  await channel("servers");
  browser = await launch();
  page = await visit(browser);
  await open(page, "servers");
});
after(async () => {
  nothingWentWrong(page);
  await browser.close();
});

test("a command is picked, its form is filled in, and a button finishes it", async () => {
  await type(page, "/server a");
  await page.getByRole("option", { name: "/server add" }).waitFor();
  await picture(page, "picker");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#input").inputValue(), "/server add name:");
  await type(page, "shop");
  await page.keyboard.press("Tab");
  await page.getByRole("option", { name: /address.*required/ }).waitFor();
  await page.keyboard.press("Enter");
  await type(page, `${SERVER_ADDRESS} user:${SERVER_USER}`);
  await page.keyboard.press("Enter");

  const form = page.getByRole("dialog");
  await form.getByText("Private key").waitFor();
  assert.ok(await form.getByText("optional").count() > 0, "what may be left out says so");
  await picture(page, "form");
  await form.getByLabel("Private key").fill(SERVER_KEY);
  await form.getByRole("button", { name: "Submit" }).click();
  await form.waitFor({ state: "hidden" });

  const card = last(page);
  await card.getByText("SHA256:").waitFor();
  await card.getByText("admin used").waitFor();
  await card.getByRole("button", { name: "Pin this key" }).click();
  await page.locator("#log").getByText("Added", { exact: true }).waitFor();
});

test("the bot completes a name, and a live card moves until it is cancelled", async () => {
  await type(page, "/server run server:sh");
  await page.getByRole("option", { name: "shop" }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.getElementById("input").value.startsWith("/server run server:shop command:"));
  await type(page, `"for n in $(seq 1 600); do printf '\\033[32m%s\\033[0m requests served\\n' $n; sleep 0.2; done"`);
  await page.keyboard.press("Enter");
  const card = last(page);
  await card.getByText("3 requests served").waitFor();
  const seen = await card.locator("pre").textContent();
  await page.waitForFunction((before) => [...document.querySelectorAll("#log article")].at(-1).querySelector("pre")?.textContent !== before, seen);
  await picture(page, "live");
  await card.getByRole("button", { name: "Cancel" }).click();
  await page.locator("#log").getByText("cancelled").first().waitFor();
  const log = page.locator("#log .file").last();
  await log.getByRole("button", { name: /^Expand/ }).click();
  await log.getByRole("button", { name: "Collapse" }).waitFor();
  assert.match(await log.locator("pre").textContent(), /1 requests served[\s\S]*7 requests served/);
});

test("a command above an answer can be pressed to have it again", async () => {
  await use(page, "/server show server:shop");
  await page.locator("#log").getByText("host key").waitFor();
  await last(page).getByRole("button", { name: "/server show" }).click();
  assert.equal(await page.locator("#input").inputValue(), "/server show server:shop");
  await page.locator("#input").fill("");
});

test("somebody who may not is told so alone, and can dismiss it", async () => {
  await page.locator("#input").fill("half a thought");
  await be(page, "member");
  await open(page, "servers");
  await use(page, "/server run server:shop command:id");
  const refusal = last(page);
  await refusal.getByText("Only you can see this").waitFor();
  await refusal.getByText("You may not").waitFor();
  await picture(page, "refused");
  await refusal.getByRole("button", { name: "Dismiss message" }).click();
  await page.getByText("You may not").waitFor({ state: "detached" });
  await be(page, "admin");
  assert.equal(await page.locator("#input").inputValue(), "half a thought", "each account keeps its own draft");
  assert.equal(await page.getByText("You may not").count(), 0);
  await page.locator("#input").fill("");
});

test("a wrong command complains, until one types on", async () => {
  await use(page, "/server run server:shop minutes:soon command:id");
  await page.locator("#complaint").getByText("it takes").waitFor();
  await type(page, " ");
  await page.locator("#complaint").waitFor({ state: "hidden" });
  await page.locator("#input").fill("/server dance");
  await page.keyboard.press("Enter");
  await page.locator("#complaint").getByText("has no such command").waitFor();
  await page.locator("#input").fill("");
  await page.locator("#complaint").waitFor({ state: "hidden" });
});

test("what the bot did is listed as it happens", async () => {
  await page.getByRole("button", { name: "What the bot did" }).click();
  await page.locator("#filter").fill("callback");
  const before = await page.locator("#requests .request").count();
  assert.ok(before > 0);
  await use(page, "/server list");
  await page.waitForFunction((count) => document.querySelectorAll("#requests .request").length > count, before);
  await page.locator("#requests .request").first().click();
  await page.locator("#requests pre").getByText('"type"').first().waitFor();
  await page.getByText("It has broken no rule so far.").waitFor();
  await picture(page, "did");
});

test("what goes wrong can be chosen from a menu, and healed", async () => {
  await page.getByRole("tab", { name: "Faults" }).click();
  await page.getByRole("button", { name: /Silent heartbeat/ }).click();
  await page.locator("#active-faults").getByText("Silent heartbeat 1 left").waitFor();
  await picture(page, "faults");
  await page.getByRole("button", { name: "Heal everything" }).click();
  await page.locator("#active-faults li").waitFor({ state: "detached" });
});
