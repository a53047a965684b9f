// A question on a phone: what would be done is read, its details are opened, and another person decides.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { be, channel, last, launch, nothingWentWrong, open, picture, use, visit } from "./browser.mjs";

let browser;
let page;

before(async () => {
  await channel("decisions");
  browser = await launch();
  page = await visit(browser);
  await open(page, "decisions");
});
after(async () => {
  nothingWentWrong(page);
  await browser.close();
});

const says = (text) => page.locator("#log").getByText(text).first().waitFor();

test("a role holds something, and a policy says what asks another person", async () => {
  await use(page, "/grant role role:@everyone allow:grant.give on:*");
  await says("Granted");
  await use(page, "/grant role role:@everyone allow:server.run on:web-*");
  await says("on web-*");
  await use(page, "/policy set need:approve action:grant.give risk:change asker:person");
  await says("Policy set");
  await picture(page, "policy");
});

test("the question is read on a phone, and answered by somebody else", async () => {
  await be(page, "member");
  await open(page, "decisions");
  await use(page, "/grant person person:@guest allow:server.run on:web-1");
  const card = last(page);
  await card.getByText("Approve?").waitFor();
  await picture(page, "question");

  await card.getByRole("button", { name: "Approve" }).click();
  await page.locator("#log").getByText("Somebody else decides this").waitFor();

  const phone = await visit(browser, { width: 390, height: 844, touch: true, scale: 2 });
  await phone.getByRole("button", { name: "Channels", exact: true }).click();
  await open(phone, "decisions");
  const question = phone.locator("#log article", { hasText: "Approve?" }).last();
  await question.getByRole("button", { name: "Details" }).click();
  await phone.locator("#log").getByText("plan hash").waitFor();
  await picture(phone, "question-phone");
  await question.getByRole("button", { name: "Approve" }).click();
  await phone.locator("#log").getByText("approved by").first().waitFor();
  await picture(phone, "approved-phone");
  const widest = await phone.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(widest <= 390, `${widest} px wide`);
  nothingWentWrong(phone);
});

test("a no takes its reason in a form", async () => {
  await be(page, "member");
  await open(page, "decisions");
  await use(page, "/grant person person:@guest allow:server.run on:web-2");
  await last(page).getByText("Approve?").waitFor();
  await be(page, "admin");
  await open(page, "decisions");
  const question = page.locator("#log article", { hasText: "web-2" }).last();
  await question.getByRole("button", { name: "Deny" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Reason").fill("not without a ticket");
  await picture(page, "deny");
  await form.getByRole("button", { name: "Submit" }).click();
  await says("not without a ticket");
  await picture(page, "denied");
});
