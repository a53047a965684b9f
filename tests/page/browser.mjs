// A person with a browser: what every story here needs.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import assert from "node:assert/strict";

const { PAGE_URL, BOT_TOKEN, GUILD, MODULES, SCREENSHOTS, PAGE_FILES } = process.env;
const { chromium } = createRequire(join(MODULES, "playwright-core/"))("playwright-core");
const FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
/** Longest wait for anything; a busy machine plays several stories at a time. */
const SOON = Number(process.env.SOON ?? 30_000);

/** A browser for the stories of one file, with these flags besides; `after(browser.close)` ends it. */
export async function launch(flags = []) {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: [...FLAGS.split(" "), ...flags, ...(PAGE_FILES ? ["--disable-features=LocalNetworkAccessChecks"] : [])], timeout: SOON });
}

/** Opens the page. It fails at the end if anything was written to the browser's console as an error. */
export async function visit(browser, { url = PAGE_URL, width = 1280, height = 800, colorScheme = "dark", welcome = false, touch = false, scale = 1 } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, hasTouch: touch, deviceScaleFactor: scale, locale: "en-GB" });
  const page = await context.newPage();
  page.setDefaultTimeout(SOON);
  page.wrong = [];
  page.on("pageerror", (error) => page.wrong.push(error.stack));
  page.on("console", (message) => { if (message.type() === "error" && /Content Security|Uncaught/.test(message.text())) page.wrong.push(message.text()); });
  if (PAGE_FILES) await fromDisk(page);
  await page.goto(url);
  await page.getByRole("heading", { name: "This is a Discord of your own" }).waitFor();
  if (!welcome) await page.keyboard.press("Escape");
  await page.locator("#channels .channel").first().waitFor({ state: "attached" });
  return page;
}

/** While one works on the page: `PAGE_FILES=…/sandbox/src/page` serves its files without building. */
async function fromDisk(page) {
  const kinds = { css: "text/css", js: "text/javascript", html: "text/html" };
  const serve = async (route) => {
    const name = new URL(route.request().url()).pathname.split("/").pop() || "index.html";
    return route.fulfill({ body: readFileSync(join(PAGE_FILES, name)), contentType: kinds[name.split(".").pop()] });
  };
  await page.route("**/page/*", serve);
  await page.route((url) => url.pathname === "/", serve);
}

export function nothingWentWrong(page) {
  assert.deepEqual(page.wrong, []);
}

/** Keeps a picture where `SCREENSHOTS` says so. */
export async function picture(page, name, options = {}) {
  if (!SCREENSHOTS) return;
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), ...options });
}

export async function be(page, name) {
  await page.locator(`#people [data-account="${name}"]`).click();
  await page.locator(`#people [data-account="${name}"][aria-checked="true"]`).waitFor();
}

/** Types into the line as a person does, key by key. */
export async function type(page, text) {
  await page.locator("#input").pressSequentially(text, { delay: 5 });
}

/** Types a whole command and sends it. */
export async function use(page, line) {
  await page.locator("#input").fill(line);
  // Enter takes what is suggested while something is missing; a complete command is sent.
  await page.locator("#picker").waitFor();
  await page.keyboard.press("Enter");
}

/** Waits until one is in a channel. */
export const isIn = (page, name) => page.locator("#place span", { hasText: name }).waitFor();

export const last = (page) => page.locator("#log article").last();

export async function open(page, channel) {
  await page.locator("#channels").getByRole("button", { name: new RegExp(`^${channel}(, unread)?$`) }).click();
}

/** A request to this Discord as the bot, or as somebody by name. */
export async function ask(who, method, path, body, files = []) {
  const headers = { authorization: who === "bot" ? `Bot ${BOT_TOKEN}` : await token(who) };
  let payload;
  // Nebula pings by name only, and the page's bot with it.
  if (who === "bot" && body) body = { allowed_mentions: { parse: [] }, ...body };
  if (files.length) {
    payload = new FormData();
    payload.append("payload_json", JSON.stringify(body));
    files.forEach(([name, bytes, kind], at) => payload.append(`files[${at}]`, new Blob([bytes], { type: kind }), name));
  } else if (body !== undefined) {
    headers["content-type"] = "application/json";
    payload = JSON.stringify(body);
  }
  const answer = await fetch(`${PAGE_URL}/api/v10${path}`, { method, headers, body: payload });
  const said = await answer.json().catch(() => null);
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${JSON.stringify(said)}`);
  return said;
}

async function token(name) {
  const accounts = await (await fetch(`${PAGE_URL}/sandbox/accounts`)).json();
  return accounts.find((account) => account.name === name).token;
}

/** A channel for one story, so that stories do not meet. */
export async function channel(name, more = {}) {
  return ask("admin", "POST", `/guilds/${GUILD}/channels`, { name, type: 0, ...more });
}

export { GUILD };
