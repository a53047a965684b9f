// Accounts, members, menus, reactions, threads, direct messages: what people do with each other and with messages.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ask, be, channel, isIn, last, launch, nothingWentWrong, open, picture, type, visit } from "./browser.mjs";

let browser;
let page;
let place;

before(async () => {
  const category = await channel("Club", { type: 4 });
  place = await channel("people", { parent_id: category.id });
  browser = await launch();
  page = await visit(browser);
  await open(page, "people");
});
after(async () => {
  nothingWentWrong(page);
  await browser.close();
});

async function say(text) {
  await page.locator("#input").fill(text);
  await page.keyboard.press("Enter");
  const message = page.locator("#log article", { hasText: text }).last();
  await message.locator(".body", { hasText: text }).waitFor();
  return message;
}

test("somebody new is made with a role, and listed under it", async () => {
  await page.getByRole("button", { name: "Somebody new" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("No Name!");
  await dialog.getByRole("button", { name: "Join" }).click();
  await dialog.getByText("small letters, digits").waitFor();
  await dialog.getByLabel("Name").fill("nightshift");
  await dialog.getByLabel("Operators").check();
  await dialog.getByRole("button", { name: "Join" }).click();
  await page.locator('#people [data-account="nightshift"][aria-checked="true"]').waitFor();
  await page.getByRole("button", { name: "Operators — 1" }).waitFor();
  await page.locator("#members").getByRole("button", { name: /^nightshift/ }).click();
  const profile = page.getByRole("dialog", { name: "nightshift" });
  await profile.getByText("Operators").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Operators — 1" }).click();
  await page.locator("#members").getByRole("button", { name: /^nightshift/ }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Operators — 1" }).click();
  await be(page, "admin");
});

test("accounts hear each other, and keep their own place", async () => {
  await open(page, "people");
  await be(page, "guest");
  await open(page, "ops");
  await be(page, "admin");
  await isIn(page, "people");
  const { id } = await ask("guest", "GET", "/users/@me");
  await ask("admin", "POST", `/channels/${place.id}/messages`, { content: `wake up <@${id}>` });
  await page.locator('#people [data-account="guest"] .badge').waitFor();
  await be(page, "guest");
  await isIn(page, "ops");
  await page.locator("#channels").getByRole("button", { name: "people, unread" }).click();
  await page.locator("#log article.mentioned", { hasText: "wake up" }).waitFor();
  await be(page, "admin");
});

test("a message's menu opens by right click and by keys, and does what it says", async () => {
  const message = await say("first draft");
  await message.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Edit message" }).click();
  await page.getByLabel("Edit the message").fill("final version");
  await page.keyboard.press("Enter");
  const edited = page.locator("#log article", { hasText: "final version" });
  await edited.getByText("(edited)").waitFor();

  await edited.focus();
  await page.keyboard.press("Shift+F10");
  await page.getByRole("menuitem", { name: "Pin message" }).press("Enter");
  await page.getByText("pinned").waitFor();
  await page.getByRole("button", { name: "Pinned messages" }).click();
  await page.locator(".popover").getByText("final version").waitFor();
  await page.keyboard.press("Escape");

  await edited.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Reply" }).click();
  await page.getByText("Replying to").waitFor();
  const reply = await say("I agree with myself");
  await reply.locator(".above.reply", { hasText: "final version" }).waitFor();

  await reply.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Delete message" }).click();
  await reply.waitFor({ state: "detached" });
});

test("whoever may not pin or delete is not offered it", async () => {
  await say("mine alone");
  await be(page, "guest");
  await open(page, "people");
  await page.locator("#log article", { hasText: "mine alone" }).click({ button: "right" });
  await page.getByRole("menuitem", { name: "Reply" }).waitFor();
  assert.equal(await page.getByRole("menuitem", { name: /Pin|Delete|Edit/ }).count(), 0);
  await page.keyboard.press("Escape");
  await be(page, "admin");
});

test("the bot's commands for messages and members are in their menus", async () => {
  // The real bot registers none; what it would register, the sandbox answers here.
  const more = (kind, name) => ({ id: String(kind), application_id: "1", version: "1", type: kind, name, description: "" });
  await page.route("**/application-command-index", async (route) => {
    const answer = await route.fetch();
    const json = await answer.json();
    await route.fulfill({ response: answer, json: { ...json, application_commands: [...json.application_commands, more(3, "Run this"), more(2, "Who is it")] } });
  });
  const sent = page.waitForRequest((request) => request.url().endsWith("/interactions"));
  await last(page).click({ button: "right" });
  await page.getByRole("menuitem", { name: "Run this" }).click();
  const { data } = (await sent).postDataJSON();
  assert.equal(data.type, 3);
  assert.match(data.target_id, /^\d+$/);
  await page.locator("#members").getByRole("button", { name: /^guest/ }).click({ button: "right" });
  await page.getByRole("menuitem", { name: "Who is it" }).waitFor();
  await page.keyboard.press("Escape");
  await page.unroute("**/application-command-index");
});

test("a reaction is added from the picker and taken back by pressing it", async () => {
  const message = await say("cake?");
  await message.hover();
  await message.getByRole("button", { name: "Add a reaction" }).click();
  await page.getByRole("menuitem", { name: "🎉" }).click();
  const mine = message.getByRole("button", { name: /🎉, 1/ });
  await mine.waitFor();
  assert.equal(await mine.getAttribute("aria-pressed"), "true");
  await mine.click();
  await mine.waitFor({ state: "detached" });
});

test("threads stand under their channel, and archived ones can be found", async () => {
  const thread = await ask("admin", "POST", `/channels/${place.id}/threads`, { name: "a long story", type: 11 });
  await page.locator("#channels .thread", { hasText: "a long story" }).click();
  await page.getByText("The start of this thread.").waitFor();
  await open(page, "people");
  await ask("admin", "PATCH", `/channels/${thread.id}`, { archived: true });
  await page.locator("#channels .thread", { hasText: "a long story" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Threads", exact: true }).click();
  await page.locator(".popover").getByText("Archived", { exact: true }).waitFor();
  await page.locator(".popover").getByRole("button", { name: /a long story/ }).click();
  await page.getByText("This thread is archived").waitFor();
  await say("awake again");
  await page.getByText("This thread is archived").waitFor({ state: "detached" });
  await open(page, "people");
});

test("two people talk in private", async () => {
  await page.locator("#members").getByRole("button", { name: /^member/ }).click();
  await page.getByRole("dialog", { name: "member" }).getByRole("button", { name: "Message" }).click();
  await page.getByText("Only you and member can read this.").waitFor();
  await say("just between us");
  await be(page, "member");
  await page.locator("#channels").getByRole("button", { name: /^admin/ }).click();
  await page.locator("#log").getByText("just between us").waitFor();
  await be(page, "guest");
  assert.equal(await page.locator("#channels").getByRole("button", { name: "Direct messages" }).count(), 0);
  await be(page, "admin");
});

test("a form has every kind of field, keeps what was put in, and says what is missing", async () => {
  const other = await browser.newContext();
  const form = await other.newPage();
  // The real bot's forms are made of text; this one is put on the wire as Discord would.
  let tell;
  await form.routeWebSocket(/\/gateway/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((frame) => {
      if (JSON.parse(frame).d?.user?.username === "admin") tell = (t, d) => socket.send(JSON.stringify({ op: 0, s: null, t, d }));
      socket.send(frame);
    });
  });
  await form.goto(process.env.PAGE_URL);
  await form.keyboard.press("Escape");
  await form.locator("#people").getByRole("radio", { name: /admin/ }).waitFor();
  await form.waitForFunction(() => document.querySelector("#channels .channel"));
  const label = (name, component, more) => ({ type: 18, label: name, component, ...more });
  const options = ["Small", "Large"].map((name) => ({ label: name, value: name.toLowerCase() }));
  tell("INTERACTION_MODAL_CREATE", { id: "1", nonce: "1", custom_id: "order", title: "Order", application: { id: "2", name: "Nebula" }, components: [
    label("Name", { type: 4, style: 1, custom_id: "name", max_length: 20 }, { description: "as it is on the door" }),
    label("Size", { type: 21, custom_id: "size", options }),
    label("Extras", { type: 22, custom_id: "extras", required: false, options }),
    label("Where", { type: 3, custom_id: "where", options: [{ label: "Here", value: "here" }, { label: "There", value: "there" }] }),
    label("Picture", { type: 19, custom_id: "file", required: false }),
  ] });
  const dialog = form.getByRole("dialog", { name: "Order" });
  await dialog.getByText("optional").first().waitFor();
  await dialog.getByLabel("Name").fill("Ada");
  await dialog.getByText("3 / 20").waitFor();
  await dialog.getByRole("button", { name: "Submit" }).click();
  await dialog.getByText("“Size” needs a choice.").waitFor();
  await dialog.getByLabel("Large").first().check();
  await dialog.getByText("“Size” needs a choice.").waitFor({ state: "hidden" });
  await dialog.getByLabel("Small").last().check();
  await dialog.getByRole("combobox", { name: "Where" }).click();
  await form.getByRole("option", { name: "There" }).click();
  for (let pressed = 0; pressed < 20; pressed += 1) {
    await form.keyboard.press("Tab");
    assert.ok(await form.evaluate(() => document.activeElement === document.body || document.getElementById("modal").contains(document.activeElement)), "the focus stays in the form");
  }
  const sent = form.waitForRequest((request) => request.url().endsWith("/interactions"));
  await dialog.getByRole("button", { name: "Submit" }).click();
  const { type: kind, data } = (await sent).postDataJSON();
  assert.equal(kind, 5);
  assert.deepEqual(data.components.map(({ component }) => component.value ?? component.values), ["Ada", "large", ["small"], ["there"], []]);
  await form.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await other.close();
});

test("a file is written with a message and can be read again", async () => {
  await page.locator("#file").waitFor({ state: "attached" });
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Attach files" }).click();
  await (await chooser).setFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("eggs\nmilk\n") });
  await page.locator("#uploads").getByText("notes.txt").waitFor();
  await type(page, "the list");
  await page.keyboard.press("Enter");
  await last(page).locator(".file pre", { hasText: "eggs" }).waitFor();
  await picture(page, "people");
});
