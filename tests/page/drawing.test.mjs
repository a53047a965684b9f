// What a message can be, as Discord draws it: posted through REST by the bot, looked at in the browser.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ask, channel, last, launch, nothingWentWrong, open, picture, visit } from "./browser.mjs";

const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC", "base64");
let browser;
let page;
let messages;

before(async () => {
  const place = await channel("drawing", { topic: "Everything a message can be" });
  messages = `/channels/${place.id}/messages`;
  browser = await launch();
  page = await visit(browser);
  await open(page, "drawing");
});
after(async () => {
  nothingWentWrong(page);
  await browser.close();
});

async function post(body, files, where = messages) {
  const message = await ask("bot", "POST", where, body, files);
  const drawn = page.locator(`article[data-id="${message.id}"]`);
  await drawn.waitFor();
  return drawn;
}

/** The body of a message as tags and text, without what only styles it. */
const shape = (drawn) => drawn.locator(".text").first().evaluate((root) => {
  const told = (node) => (node.nodeType === 3 ? node.data : node.tagName === "BR" ? "\n" : `<${node.tagName.toLowerCase()}>${[...node.childNodes].map(told).join("")}</>`);
  return [...root.childNodes].map(told).join("");
});

test("markdown is drawn as Discord draws it", async () => {
  const cases = [
    ["**b** *i* __u__ ~~s~~ `c` ***both***", "<p><strong>b</> <em>i</> <u>u</> <s>s</> <code>c</> <strong><em>both</></></>"],
    ["**bold\nover lines**", "<p><strong>bold\nover lines</></>"],
    ["snake_case_name 2*3*4 \\*not\\*", "<p>snake_case_name 2<em>3</>4 *not*</>"],
    ["# One\n## Two\n### Three\n#none", "<h3>One</><h4>Two</><h5>Three</><p>#none</>"],
    ["-# small\n> quoted\n> twice\nafter", "<small>small</><blockquote><p>quoted\ntwice</></><p>after</>"],
    [">>> all\nof it", "<blockquote><p>all\nof it</></>"],
    ["- a\n  - b\n    - c\n- d\n1. e\n2. f", "<ul><li>a<ul><li>b<ul><li>c</></></></></><li>d</></><ol><li>e</><li>f</></>"],
    ["[label](https://example.com) <https://example.org>", "<p><a>label</> <a>https://example.org</></>"],
    ["[x](javascript:alert(1)) <script>alert(1)</script>", "<p>[x](javascript:alert(1)) <script>alert(1)</script></>"],
    ["hi <:wave:123456789012345678> </server list:1>", "<p>hi <span>:wave:</> <button>/server list</></>"],
  ];
  for (const [content, wanted] of cases) assert.equal(await shape(await post({ content })), wanted, content);
});

test("mentions name people, roles and channels, and lead there", async () => {
  const guest = await page.locator('#people [data-account="guest"]').evaluate(() => fetch("/sandbox/accounts").then((answer) => answer.json()).then((all) => all.find((one) => one.name === "guest").id));
  const drawn = await post({ content: `<@${guest}> <#${messages.split("/")[2]}> @everyone <@&1> <#1>`, allowed_mentions: { parse: [] } });
  assert.equal(await drawn.locator(".body").innerText(), "@guest #drawing @everyone @deleted-role #unknown");
  await drawn.getByRole("button", { name: "@guest" }).click();
  await page.getByRole("dialog", { name: "guest" }).getByText("Member since").waitFor();
  await page.keyboard.press("Escape");
});

test("a relative time ticks, and the others are written out", async () => {
  const now = Math.floor(Date.now() / 1000);
  const drawn = await post({ content: `<t:${now + 3}:R> <t:0:F> <t:0:d> <t:0:T> <t:0>` });
  const times = drawn.locator("time.stamp");
  assert.match(await times.first().textContent(), /^in \d seconds?$/);
  await page.waitForFunction((node) => /ago$/.test(node.textContent), await times.first().elementHandle());
  assert.match(await times.nth(1).textContent(), /19(69|70)/);
  assert.match(await times.nth(4).textContent(), /^\w+ \d+, 19(69|70)/);
});

test("a spoiler hides until it is pressed, by mouse or keys", async () => {
  const drawn = await post({ content: "||one|| and ||two||" });
  const [one, two] = [drawn.locator(".spoiler").first(), drawn.locator(".spoiler").nth(1)];
  await one.click();
  await two.focus();
  await page.keyboard.press("Enter");
  assert.deepEqual(await drawn.locator(".spoiler.shown").allTextContents(), ["one", "two"]);
});

test("a terminal's colours can be read in both looks", async () => {
  const colours = [30, 31, 32, 33, 34, 35, 36, 37];
  const drawn = await post({ content: `\`\`\`ansi\n${colours.map((code) => `\u001b[${code}mc${code}\u001b[0m`).join(" ")}\n\`\`\`` });
  assert.equal(await drawn.locator(".language").textContent(), "ansi");
  for (const look of ["dark", "light"]) {
    if ((await page.locator("html").getAttribute("data-theme")) !== look) await page.locator("#theme").click();
    const ratios = await drawn.locator("pre").evaluate((pre) => {
      const light = (colour) => {
        const [r, g, b] = colour.match(/[\d.]+/g).map((part) => part / 255).map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const back = light(getComputedStyle(pre).backgroundColor);
      return [...pre.querySelectorAll("span")].map((span) => [span.className, light(getComputedStyle(span).color)]).filter(([name]) => name).map(([name, front]) => [name, (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05)]);
    });
    assert.equal(ratios.length, colours.length);
    for (const [name, ratio] of ratios) assert.ok(ratio >= 4.5, `${name} in ${look}: ${ratio.toFixed(2)}`);
  }
  await page.locator("#theme").click();
});

test("components v2 are drawn with their sections, pictures and files", async () => {
  const drawn = await post({ flags: 1 << 15, components: [
    { type: 17, accent_color: 0x3ba55d, components: [
      { type: 9, components: [{ type: 10, content: "**Deployed** `shop`" }, { type: 10, content: "3 hosts" }], accessory: { type: 2, style: 5, label: "Look", url: "https://example.com" } },
      { type: 14, spacing: 2 },
      { type: 12, items: [{ media: { url: "attachment://a.png" }, description: "a green square" }, { media: { url: "attachment://a.png" }, spoiler: true }] },
      { type: 13, file: { url: "attachment://deploy.log" } },
    ] },
    { type: 17, spoiler: true, components: [{ type: 10, content: "the ending" }] },
  ] }, [["a.png", PIXEL, "image/png"], ["deploy.log", Array.from({ length: 40 }, (_, at) => `step ${at + 1}`).join("\n"), "text/plain"]]);
  await drawn.getByRole("link", { name: "Look" }).waitFor();
  assert.equal(await drawn.locator(".container").first().evaluate((box) => getComputedStyle(box, "::before").backgroundColor), "rgb(59, 165, 93)");
  assert.equal(await drawn.locator(".attachment, .body > .file, .body > .frame").count(), 0, "a file that a component shows is not shown twice");
  await drawn.getByRole("button", { name: "Look at a green square" }).click();
  await page.locator("#lightbox[open] img").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#lightbox").waitFor({ state: "hidden" });
  await drawn.locator(".file pre").getByText("step 6").waitFor();
  assert.equal(await drawn.locator(".file").getByText("step 40").count(), 0);
  await drawn.getByRole("button", { name: "Expand (40 lines)" }).click();
  await drawn.locator(".file").getByText("step 40").waitFor();
  assert.equal(await drawn.getByRole("link", { name: "Download deploy.log" }).getAttribute("download"), "deploy.log");
  await drawn.locator("div.spoiler").last().click();
  await drawn.getByText("the ending").waitFor();
});

test("an embed shows every field", async () => {
  const drawn = await post({ embeds: [{
    title: "Report", url: "https://example.com", description: "**All** is well", color: 0xed4245, author: { name: "Watch" }, footer: { text: "every hour" }, timestamp: "2024-05-01T10:00:00Z",
    fields: [{ name: "up", value: "3", inline: true }, { name: "down", value: "0", inline: true }, { name: "note", value: "`none`" }],
  }] });
  const text = await drawn.locator(".embed").innerText();
  for (const part of ["Watch", "Report", "All is well", "up", "3", "down", "0", "note", "none", "every hour"]) assert.ok(text.includes(part), part);
  const tops = await drawn.locator(".embed .field").evaluateAll((fields) => fields.map((field) => field.getBoundingClientRect().top));
  assert.ok(tops[0] === tops[1] && tops[2] > tops[1], "inline fields stand side by side");
  await picture(page, "drawing");
});

test("an edit is marked, a reply leads to what it answers, a deleted message goes", async () => {
  const first = await post({ content: "first words" });
  const id = await first.getAttribute("data-id");
  await ask("bot", "PATCH", `${messages}/${id}`, { content: "second thoughts" });
  await first.getByText("(edited)").waitFor();
  const answer = await post({ content: "so it is", message_reference: { message_id: id } });
  await answer.getByRole("button", { name: /second thoughts/ }).click();
  await page.waitForFunction((wanted) => document.activeElement.dataset.id === wanted, id);
  await ask("bot", "DELETE", `${messages}/${id}`);
  await first.waitFor({ state: "detached" });
});

test("select menus choose one or several, and say so to the bot", async () => {
  const options = Array.from({ length: 12 }, (_, at) => ({ label: `Choice ${at + 1}`, value: `v${at + 1}`, description: at === 3 ? "the fourth" : undefined }));
  const row = (component) => ({ type: 1, components: [component] });
  const drawn = await post({ content: "choose", components: [
    row({ type: 3, custom_id: "one", placeholder: "Just one", options }),
    row({ type: 3, custom_id: "some", placeholder: "A few", options, min_values: 2, max_values: 3 }),
    row({ type: 5, custom_id: "who", placeholder: "Somebody" }),
    row({ type: 2, style: 4, label: "Not now", custom_id: "off", disabled: true }),
  ] });
  const told = () => page.waitForRequest((request) => request.url().endsWith("/interactions")).then((request) => request.postDataJSON().data);
  assert.ok(await drawn.getByRole("button", { name: "Not now" }).isDisabled());

  let said = told();
  await drawn.getByRole("combobox", { name: "Just one" }).click();
  await page.getByLabel("Search the options").fill("fourth");
  await page.getByRole("option", { name: "Choice 4" }).click();
  assert.deepEqual(await said, { component_type: 3, custom_id: "one", values: ["v4"] });

  said = told();
  await drawn.getByRole("combobox", { name: "A few" }).click();
  await page.getByText("Choose 2 to 3.").waitFor();
  for (const name of ["Choice 1", "Choice 2", "Choice 5", "Choice 6"]) await page.getByRole("option", { name, exact: true }).click();
  await page.keyboard.press("Escape");
  assert.deepEqual((await said).values, ["v1", "v2", "v5"], "no more than three are taken");

  said = told();
  await drawn.getByRole("combobox", { name: "Somebody" }).press("ArrowDown");
  await page.getByRole("option", { name: /guest/ }).press("Enter");
  assert.equal((await said).values.length, 1);
});

test("messages of one author are grouped, and a line marks where the new ones begin", async () => {
  // In a channel of its own: what the bot says of the menus above may still be on its way.
  const place = await channel("grouping");
  const here = `/channels/${place.id}/messages`;
  await open(page, "grouping");
  await ask("admin", "POST", here, { content: "listen" });
  const one = await post({ content: "group me" }, undefined, here);
  const two = await post({ content: "with this" }, undefined, here);
  assert.equal(await one.locator(".byline").count(), 1, "the first after others' has a head");
  await two.locator(".byline").waitFor({ state: "detached" });
  await open(page, "general");
  const { id } = await ask("bot", "POST", here, { content: "you were away" });
  await page.locator("#channels").getByRole("button", { name: "grouping, unread" }).waitFor();
  await open(page, "grouping");
  await page.locator(".divider.new + article").waitFor();
  assert.equal(await page.locator(".divider.new + article").getAttribute("data-id"), id);
  await page.locator("#channels").getByRole("button", { name: /grouping, unread/ }).waitFor({ state: "detached" });
  await ask("bot", "POST", here, { content: "while you look" });
  await last(page).getByText("while you look").waitFor();
  await page.locator("#channels .channel[aria-current].unread").waitFor({ state: "detached" });
});
