// Setting a guild up on a phone: menus of channels and features, a step at a time, seen by one person only.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { channel, launch, nothingWentWrong, open, picture, use, visit } from "./browser.mjs";

let browser;
let phone;

before(async () => {
  await channel("beginnings");
  browser = await launch();
  phone = await visit(browser, { width: 390, height: 844, touch: true, scale: 2 });
  await phone.getByRole("button", { name: "Channels", exact: true }).click();
  await open(phone, "beginnings");
});
after(async () => {
  nothingWentWrong(phone);
  await browser.close();
});

const card = () => phone.locator("#log article", { hasText: "Set up" }).last();

test("the ops channel is chosen in a menu", async () => {
  await use(phone, "/setup start");
  await card().getByText("step 1 of 4").waitFor();
  await picture(phone, "setup-channel");
  await card().getByRole("combobox", { name: "Choose the ops channel" }).click();
  await phone.getByRole("option", { name: /beginnings/ }).click();
  await card().getByText("step 2 of 4").waitFor();
});

test("every step fits a phone, to the last", async () => {
  await card().getByRole("button", { name: "Next" }).click();
  await card().getByText("step 3 of 4").waitFor();
  await card().getByRole("button", { name: "Next" }).click();
  await card().getByText("step 4 of 4").waitFor();
  await picture(phone, "setup-features");
  await card().getByRole("button", { name: "Next" }).click();
  await card().getByText("this guild").waitFor();
  await picture(phone, "setup-done");
  const widest = await phone.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(widest <= 390, `${widest} px wide`);
});
