// A Discord client for the sandbox: the same routes and the same gateway that a real one uses, for every account at once.
//
// Invariant: text of others becomes text nodes and nothing else; there is no innerHTML and no inline code.
// Nothing polls. Events arrive over the gateway; the list of broken rules is fetched after a batch of them.

const API = "/api/v10";
const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const THREADS = [10, 11, 12];
const [VOICE, CATEGORY, DIRECT] = [2, 4, 1];
const ROW = 1, BUTTON = 2, SECTION = 9, TEXT = 10, THUMBNAIL = 11, GALLERY = 12, FILE = 13, SEPARATOR = 14, CONTAINER = 17, LABEL = 18;
const SELECTS = [3, 5, 6, 7, 8];
const OPTION = { subcommand: 1, group: 2, string: 3, integer: 4, boolean: 5, user: 6, channel: 7, role: 8, mentionable: 9, number: 10, attachment: 11 };
const TYPED = { 3: "text", 4: "whole number", 5: "true or false", 6: "a person", 7: "a channel", 8: "a role", 9: "a person or role", 10: "number", 11: "a file" };
const AUTOCOMPLETE_AFTER = 120; // ms without a key, so that fast typing asks once
const GROUP_WITHIN = 5 * 60_000; // ms in which messages of one author share a head
const NO_ANSWER = "The application did not respond";

const $ = (id) => document.getElementById(id);
const byId = (a, b) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

/** An element: properties, then children. Strings become text. */
function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name.startsWith("aria-") || name === "role" || name === "for") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// ---------------------------------------------------------------- one account's connection and what it has seen

let people = [];
let me = null;

class Person {
  constructor(account) {
    this.account = account;
    this.forget();
    this.drafts = {};
    this.retry = 500;
    this.unseen = false;
    this.place = null;
  }

  forget() {
    this.user = null;
    this.guild = null;
    this.channels = new Map();
    this.roles = new Map();
    this.members = new Map();
    this.messages ??= new Map();
    this.read = new Set();
    this.unread = new Set();
    this.pending ??= new Map();
    this.local ??= new Map();
    this.failed ??= new Map();
    this.modal ??= null;
  }

  connect() {
    const socket = new WebSocket(`${location.origin.replace("http", "ws")}/gateway?v=10&encoding=json`);
    let sequence = null;
    let beat = null;
    const send = (op, d) => socket.send(JSON.stringify({ op, d }));
    socket.onmessage = (frame) => {
      const { op, d, s, t } = JSON.parse(frame.data);
      sequence = s ?? sequence;
      if (op === 10) {
        beat = setInterval(() => send(1, sequence), d.heartbeat_interval);
        send(2, { token: this.account.token, properties: { os: "browser", browser: "sandbox", device: "" } });
      } else if (op === 1) send(1, sequence);
      else if (op === 7 || op === 9) socket.close();
      else if (op === 0) this.dispatch(t, d);
    };
    socket.onclose = ({ code }) => {
      clearInterval(beat);
      // Another sandbox listens here now, with accounts of its own.
      if (code === 4004) setTimeout(() => location.reload(), 1000);
      this.user = null;
      this.sayConnected();
      setTimeout(() => this.connect(), this.retry);
      this.retry = Math.min(this.retry * 2, 5000);
    };
  }

  sayConnected() {
    if (this === me) $("connection").textContent = this.user ? "" : "Connecting…";
  }

  async request(method, path, body, files = []) {
    const options = { method, headers: { authorization: this.account.token } };
    if (files.length) {
      options.body = new FormData();
      options.body.append("payload_json", JSON.stringify(body));
      files.forEach((file, at) => options.body.append(`files[${at}]`, file, file.name));
    } else if (body !== undefined) {
      options.headers["content-type"] = "application/json";
      options.body = JSON.stringify(body);
    }
    let response;
    try {
      response = await fetch(API + path, options);
    } catch {
      throw new Error("The sandbox does not answer.");
    }
    if (response.status === 204) return null;
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(refusal(answer, response.status));
    return answer;
  }

  /** Sends an interaction; resolves with what the bot opened or offered, rejects with what to show in red. */
  interact(type, application, channel, data, { message, files = [] } = {}) {
    const nonce = String(BigInt(Date.now()) << 22n | BigInt(Math.floor(Math.random() * 4194304)));
    const body = { type, application_id: application, guild_id: this.guild?.id, channel_id: channel, session_id: this.session, nonce, data };
    if (message) Object.assign(body, { message_id: message.id, message_flags: message.flags ?? 0 });
    return new Promise((resolve, reject) => {
      this.pending.set(nonce, { type, resolve, reject });
      this.request("POST", "/interactions", body, files).catch((error) => this.settle(nonce, (one) => one.reject(error)));
    });
  }

  settle(nonce, how) {
    const pending = this.pending.get(String(nonce));
    if (!pending) return;
    this.pending.delete(String(nonce));
    how(pending);
  }

  async commands() {
    const index = await this.request("GET", `/guilds/${this.guild.id}/application-command-index`);
    return index.application_commands.filter((command) => (command.type ?? 1) === 1).flatMap(entries).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async open(channel) {
    if (this.read.has(channel)) return;
    this.read.add(channel);
    try {
      const history = await this.request("GET", `/channels/${channel}/messages?limit=50`);
      history.forEach((message) => this.keep(message));
      if (this === me) redraw("messages");
    } catch (error) {
      this.read.delete(channel);
      this.tell(channel, "", error.message);
    }
  }

  keep(message) {
    const all = this.messages.get(message.channel_id) ?? new Map();
    this.messages.set(message.channel_id, all);
    const whole = { ...all.get(message.id), ...message };
    all.set(message.id, whole);
    return whole;
  }

  /** Something only this page says: a command under way, or what went wrong. */
  tell(channel, doing, wrong) {
    const line = { doing, wrong };
    this.local.set(channel, [...(this.local.get(channel) ?? []), line]);
    if (this === me) redraw("messages");
    return line;
  }

  untell(channel, line) {
    this.local.set(channel, (this.local.get(channel) ?? []).filter((other) => other !== line));
    if (this === me) redraw("messages");
  }

  dispatch(event, data) {
    (this[event] ?? (() => {})).call(this, data);
    checkRules();
  }

  READY(data) {
    this.forget();
    this.retry = 500;
    this.user = data.user;
    this.session = data.session_id;
    this.guild = data.guilds[0] ?? null;
    data.guilds.forEach((guild) => this.GUILD_CREATE(guild));
    (data.private_channels ?? []).forEach((channel) => this.channels.set(channel.id, channel));
    const text = [...this.channels.values()].filter((channel) => channel.type === 0);
    if (!this.channels.has(this.place)) this.place = (text.find((channel) => channel.name === "general") ?? text[0])?.id ?? null;
    this.sayConnected();
    if (this === me) {
      redraw("channels", "messages", "people");
      if (this.place) this.open(this.place);
    }
  }

  GUILD_CREATE(guild) {
    this.guild ??= guild;
    [...(guild.channels ?? []), ...(guild.threads ?? [])].forEach((channel) => this.channels.set(channel.id, channel));
    (guild.roles ?? []).forEach((role) => this.roles.set(role.id, role));
    (guild.members ?? []).forEach((member) => this.members.set(member.user.id, member));
  }

  channel(channel) {
    this.channels.set(channel.id, { ...this.channels.get(channel.id), ...channel });
    if (this === me) redraw("channels", "messages");
  }

  noChannel({ id }) {
    this.channels.delete(id);
    if (this.place === id) this.place = [...this.channels.values()].find((channel) => channel.type === 0)?.id ?? null;
    if (this === me) redraw("channels", "messages");
  }

  CHANNEL_CREATE(channel) { this.channel(channel); }
  CHANNEL_UPDATE(channel) { this.channel(channel); }
  CHANNEL_DELETE(channel) { this.noChannel(channel); }
  THREAD_CREATE(channel) { this.channel(channel); }
  THREAD_UPDATE(channel) { this.channel(channel); }
  THREAD_DELETE(channel) { this.noChannel(channel); }
  GUILD_MEMBER_ADD(member) { this.members.set(member.user.id, member); }
  GUILD_MEMBER_UPDATE(member) { this.members.set(member.user.id, member); }
  GUILD_MEMBER_REMOVE({ user }) { this.members.delete(user.id); }
  GUILD_ROLE_CREATE({ role }) { this.roles.set(role.id, role); }
  GUILD_ROLE_UPDATE({ role }) { this.roles.set(role.id, role); }
  GUILD_ROLE_DELETE({ role_id }) { this.roles.delete(role_id); }

  MESSAGE_CREATE(message) {
    this.keep(message);
    if (this !== me) {
      this.unseen ||= Boolean(message.flags & EPHEMERAL);
      redraw("people");
    } else if (message.channel_id === this.place) redraw("messages");
    if ((this !== me || message.channel_id !== this.place) && message.author?.id !== this.user?.id) {
      this.unread.add(message.channel_id);
      if (this === me) redraw("channels");
    }
  }

  MESSAGE_UPDATE(message) {
    const known = this.messages.get(message.channel_id)?.has(message.id);
    if (!known && !message.author) return;
    this.keep(message);
    if (this === me && message.channel_id === this.place) redraw("messages");
  }

  MESSAGE_DELETE({ id, channel_id }) {
    this.messages.get(channel_id)?.delete(id);
    if (this === me && channel_id === this.place) redraw("messages");
  }

  MESSAGE_DELETE_BULK({ ids, channel_id }) { ids.forEach((id) => this.MESSAGE_DELETE({ id, channel_id })); }

  INTERACTION_SUCCESS({ nonce }) {
    // A bot that was asked for choices answers with them, in an event of their own.
    if (this.pending.get(String(nonce))?.type !== 4) this.settle(nonce, (one) => one.resolve({}));
  }

  INTERACTION_FAILURE({ nonce }) { this.settle(nonce, (one) => one.reject(new Error(NO_ANSWER))); }

  INTERACTION_MODAL_CREATE(modal) {
    this.modal = modal;
    this.settle(modal.nonce, (one) => one.resolve({ modal }));
    if (this === me) showModal();
  }

  APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE({ nonce, choices }) {
    this.settle(nonce, (one) => one.resolve({ choices: choices ?? [] }));
  }

  nameOf(id) {
    const member = this.members.get(id);
    return member?.nick ?? member?.user.global_name ?? member?.user.username ?? id;
  }
}

/** Discord's error body in a sentence: its message and every field it complains about. */
function refusal(body, status) {
  const fields = [];
  const visit = (node, path) => {
    if (!node || typeof node !== "object") return;
    (node._errors ?? []).forEach((error) => fields.push(`${path.join(".")}: ${error.message}`));
    Object.entries(node).filter(([key]) => key !== "_errors").forEach(([key, value]) => visit(value, [...path, key]));
  };
  visit(body.errors, []);
  return [body.message ?? `Error ${status}`, ...fields].join(" · ");
}

// ---------------------------------------------------------------- text

const INLINE = new RegExp([
  String.raw`\\([\\*_~|\x60<>#\[\]()-])`, // 1 escaped
  String.raw`(\x60{1,2})([^\n]+?)\2(?!\x60)`, // 2, 3 code
  String.raw`\*\*\*(.+?)\*\*\*`, // 4 bold italic
  String.raw`\*\*(.+?)\*\*(?!\*)`, // 5 bold
  String.raw`__(.+?)__(?!_)`, // 6 underlined
  String.raw`\*([^\s*](?:[^*]*?[^\s*])?)\*(?!\*)`, // 7 italic
  String.raw`(?<![\p{L}\p{N}_])_([^_]+?)_(?![\p{L}\p{N}_])`, // 8 italic
  String.raw`~~(.+?)~~`, // 9 struck
  String.raw`\|\|(.+?)\|\|`, // 10 spoiler
  String.raw`<t:(-?\d{1,13})(?::([tTdDfFR]))?>`, // 11, 12 time
  String.raw`<@&(\d+)>`, // 13 role
  String.raw`<@!?(\d+)>`, // 14 person
  String.raw`<#(\d+)>`, // 15 channel
  String.raw`</([^:>]+):\d+>`, // 16 command
  String.raw`<a?:(\w+):\d+>`, // 17 emoji
  String.raw`\[([^\]]+)\]\(<?(https?:[^)\s>]+)>?\)`, // 18, 19 link
  String.raw`<?(https?://[^\s<>]*[^\s<>.,:;"'\])])>?`, // 20 address
  String.raw`(@everyone|@here)`, // 21
].join("|"), "gsu");

function inline(text, person) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > at) nodes.push(text.slice(at, match.index));
    at = match.index + match[0].length;
    nodes.push(piece(match, person));
  }
  if (at < text.length) nodes.push(text.slice(at));
  return nodes;
}

function piece(m, person) {
  const inner = (text) => inline(text, person);
  if (m[1] !== undefined) return m[1];
  if (m[3] !== undefined) return h("code", {}, m[3].trim() || m[3]);
  if (m[4] !== undefined) return h("strong", {}, h("em", {}, inner(m[4])));
  if (m[5] !== undefined) return h("strong", {}, inner(m[5]));
  if (m[6] !== undefined) return h("u", {}, inner(m[6]));
  if (m[7] !== undefined) return h("em", {}, inner(m[7]));
  if (m[8] !== undefined) return h("em", {}, inner(m[8]));
  if (m[9] !== undefined) return h("s", {}, inner(m[9]));
  if (m[10] !== undefined) return h("span", { class: "spoiler", title: "Spoiler", onclick: (e) => e.currentTarget.classList.add("shown") }, inner(m[10]));
  if (m[11] !== undefined) return stamp(Number(m[11]), m[12] ?? "f");
  if (m[13] !== undefined) return h("span", { class: "mention" }, `@${(person.roles.get(m[13])?.name ?? "role").replace(/^@/, "")}`);
  if (m[14] !== undefined) return h("span", { class: "mention" }, `@${person.nameOf(m[14])}`);
  if (m[15] !== undefined) {
    const channel = person.channels.get(m[15]);
    return channel ? h("a", { href: "#", class: "mention", onclick: (e) => { e.preventDefault(); go(m[15]); } }, `#${channel.name}`) : "#unknown";
  }
  if (m[16] !== undefined) return h("span", { class: "mention" }, `/${m[16]}`);
  if (m[17] !== undefined) return `:${m[17]}:`;
  if (m[19] !== undefined) return link(m[19], inner(m[18]));
  if (m[20] !== undefined) return link(m[20], m[20]);
  return h("span", { class: "mention" }, m[21]);
}

/** Only addresses of the web become links: a bot could send `javascript:`. */
function link(url, label) {
  if (!/^(https?:\/)?\//.test(url ?? "")) return h("span", {}, label);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}

const CODE = /```(?:([\w+#.-]*)\n)?([\s\S]*?)```/g;

/** Discord's Markdown as nodes. */
function markdown(text, person) {
  const root = h("div", { class: "text" });
  let at = 0;
  for (const match of (text ?? "").matchAll(CODE)) {
    blocks(text.slice(at, match.index), root, person);
    const code = match[2].replace(/\n$/, "");
    root.append(h("pre", {}, h("code", {}, match[1] === "ansi" ? ansi(code) : code)));
    at = match.index + match[0].length;
  }
  blocks((text ?? "").slice(at), root, person);
  return root;
}

function blocks(text, root, person) {
  const lines = text.replace(/^\n|\n$/g, "").split("\n");
  if (lines.length === 1 && !lines[0]) return;
  let open = null; // the paragraph, list or quotation that the next line may continue
  const into = (kind, tag) => {
    if (open?.kind !== kind) {
      open = { kind, node: h(tag) };
      root.append(open.node);
    }
    return open.node;
  };
  const add = (node, nodes) => {
    if (node.childNodes.length) node.append(h("br"));
    node.append(...nodes);
  };
  for (const line of lines) {
    const heading = /^(#{1,3}) +(.+)/.exec(line);
    const small = /^-# +(.+)/.exec(line);
    const item = /^( *)[-*] +(.+)/.exec(line);
    const numbered = /^ *(\d+)\. +(.+)/.exec(line);
    const quote = /^> ?(.*)/.exec(line);
    if (heading) {
      open = null;
      root.append(h(`h${heading[1].length + 2}`, {}, inline(heading[2], person)));
    } else if (small) {
      open = null;
      root.append(h("small", {}, inline(small[1], person)));
    } else if (item) into("list", "ul").append(h("li", {}, inline(item[2], person)));
    else if (numbered) into("numbers", "ol").append(h("li", { value: Number(numbered[1]) }, inline(numbered[2], person)));
    else if (quote) add(into("quote", "blockquote"), inline(quote[1], person));
    else add(into("text", "p"), inline(line, person));
  }
}

/** A terminal's colours, as Discord shows them in a block named ansi. */
function ansi(text) {
  const nodes = [];
  let style = new Set();
  let at = 0;
  const flush = (end) => {
    if (end > at) nodes.push(h("span", { class: [...style].map((code) => `a${code}`).join(" ") }, text.slice(at, end)));
  };
  for (const match of text.matchAll(/\u001b\[([\d;]*)([A-Za-z])/g)) {
    flush(match.index);
    at = match.index + match[0].length;
    if (match[2] !== "m") continue;
    for (const code of (match[1] || "0").split(";").map(Number)) {
      const group = (from, to) => [...style].filter((other) => other < from || other > to);
      if (code === 0) style = new Set();
      else if (code === 39) style = new Set(group(30, 37).filter((other) => other < 90));
      else if (code === 49) style = new Set(group(40, 47));
      else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) style = new Set([...group(30, 37).filter((other) => other < 90), code]);
      else if (code >= 40 && code <= 47) style = new Set([...group(40, 47), code]);
      else style.add(code);
    }
  }
  flush(text.length);
  return nodes;
}

const STYLES = {
  t: { timeStyle: "short" }, T: { timeStyle: "medium" }, d: { dateStyle: "short" }, D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" }, F: { dateStyle: "full", timeStyle: "short" },
};
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

function stamp(seconds, style) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return "Invalid date";
  const node = h("time", { class: "stamp", dateTime: date.toISOString(), title: date.toLocaleString("en", STYLES.F), dataset: { seconds, style } });
  tick(node);
  return node;
}

function tick(node) {
  const { seconds, style } = node.dataset;
  const words = style === "R" ? relative(Number(seconds) - Date.now() / 1000) : new Date(seconds * 1000).toLocaleString("en", STYLES[style]);
  if (node.textContent !== words) node.textContent = words;
}

function relative(seconds) {
  const units = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return RELATIVE.format(Math.trunc(seconds / size), unit);
}

setInterval(() => document.querySelectorAll('time.stamp[data-style="R"]').forEach(tick), 1000);

// ---------------------------------------------------------------- messages

/** Files of Discord's CDN are served by this listener; anything else stays where it is. */
function local(url, message) {
  if (!url) return "";
  if (url.startsWith("attachment://")) {
    const named = (message.attachments ?? []).find((file) => file.filename === url.slice("attachment://".length));
    return named ? local(named.url, message) : "";
  }
  return url.replace(/^https?:\/\/(cdn\.discordapp\.com|media\.discordapp\.net)(?=\/attachments\/)/, "");
}

function size(bytes) {
  if (bytes === undefined || bytes === null) return "";
  return bytes < 1000 ? `${bytes} B` : bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function picture(url, description, message, kind = "picture") {
  const address = local(url, message);
  if (!address.startsWith("/")) return link(address, description || address);
  return h("a", { href: address, target: "_blank", rel: "noopener" }, h("img", { class: kind, src: address, alt: description ?? "", title: description ?? "" }));
}

function fileLine(name, bytes, url, message) {
  return h("div", { class: "file" }, link(local(url, message), name), h("span", {}, size(bytes)));
}

function colour(number, fallback) {
  return typeof number === "number" ? `#${number.toString(16).padStart(6, "0")}` : fallback;
}

function accented(node, number) {
  if (typeof number === "number") node.style.setProperty("--accent", colour(number));
  return node;
}

function drawMessage(person, message, before) {
  const when = new Date(message.timestamp ?? Date.now());
  const author = message.author ?? { id: "0", username: "?" };
  const used = message.interaction_metadata?.name ?? message.interaction?.name;
  const follows = before && !used && !message.message_reference && before.author?.id === author.id && (before.flags & EPHEMERAL) === (message.flags & EPHEMERAL) && when - new Date(before.timestamp) < GROUP_WITHIN;
  const isPrivate = message.flags & EPHEMERAL;
  const root = h("article", { class: `message${follows ? " follows" : ""}${isPrivate ? " private" : ""}`, dataset: { id: message.id } });
  if (used) root.append(h("div", { class: "used" }, `${message.interaction_metadata?.user?.username ?? message.interaction?.user?.username ?? "Somebody"} used /${used}`));
  if (message.referenced_message) root.append(h("div", { class: "used" }, `↱ ${message.referenced_message.author?.username ?? ""} ${(message.referenced_message.content ?? "").slice(0, 80)}`));
  if (!follows) {
    const name = author.global_name ?? author.username;
    const avatar = h("div", { class: "avatar", "aria-hidden": "true" }, name.slice(0, 1).toUpperCase());
    avatar.style.background = ["#5865f2", "#757e8a", "#3ba55c", "#c27c0e", "#d0447a", "#0e8a8a"][Number(BigInt(author.id) >> 22n) % 6];
    root.append(avatar, h("div", { class: "byline" }, h("span", { class: "author" }, name), author.bot && h("span", { class: "tag" }, "APP"), h("time", { class: "when", dateTime: when.toISOString(), title: when.toLocaleString("en") }, when.toLocaleTimeString("en", { timeStyle: "short" }))));
  }
  if (message.flags & LOADING) {
    root.append(h("div", { class: "thinking" }, h("i"), h("i"), h("i"), ` ${author.username} is thinking…`));
  } else {
    drawBody(person, message, root);
  }
  if (message.thread) root.append(h("a", { class: "chip", href: "#", onclick: (e) => { e.preventDefault(); go(message.thread.id); } }, `Thread: ${message.thread.name} ›`));
  const wrong = person.failed.get(message.id);
  if (wrong) root.append(h("div", { class: "failed", role: "alert" }, wrong));
  if (isPrivate) {
    const dismiss = (e) => { e.preventDefault(); person.messages.get(message.channel_id)?.delete(message.id); redraw("messages"); };
    root.append(h("div", { class: "note" }, "Only you can see this · ", h("a", { href: "#", onclick: dismiss }, "Dismiss message")));
  }
  return root;
}

function drawBody(person, message, root) {
  if (message.content) {
    const text = markdown(message.content, person);
    root.append(text);
  } else if (message.type === 18) root.append(h("div", { class: "note" }, "started a thread"));
  for (const embed of message.embeds ?? []) root.append(drawEmbed(person, message, embed));
  for (const component of message.components ?? []) root.append(draw(person, message, component));
  const shown = JSON.stringify(message.components ?? []);
  for (const file of message.attachments ?? []) {
    if (shown.includes(`/${file.id}/`) || shown.includes(`attachment://${file.filename}`)) continue;
    const isPicture = (file.content_type ?? "").startsWith("image/");
    root.append(isPicture ? picture(file.url, file.description, message) : fileLine(file.filename, file.size, file.url, message));
  }
  if (message.edited_timestamp && !(message.flags & (1 << 15))) root.append(h("span", { class: "edited" }, "(edited)"));
}

function drawEmbed(person, message, embed) {
  const root = accented(h("div", { class: "embed" }), embed.color);
  if (embed.author?.name) root.append(h("div", { class: "used" }, embed.author.name));
  if (embed.title) root.append(h("b", {}, embed.url ? link(embed.url, embed.title) : inline(embed.title, person)));
  if (embed.description) root.append(markdown(embed.description, person));
  if (embed.fields?.length) {
    root.append(h("div", { class: "fields" }, embed.fields.map((field) => h("div", { class: field.inline ? "inline" : "" }, h("b", {}, inline(field.name, person)), markdown(field.value, person)))));
  }
  for (const image of [embed.image, embed.thumbnail]) if (image?.url) root.append(picture(image.url, "", message));
  const small = [embed.footer?.text, embed.timestamp && new Date(embed.timestamp).toLocaleString("en")].filter(Boolean).join(" · ");
  if (small) root.append(h("div", { class: "note" }, small));
  return root;
}

function draw(person, message, component) {
  const inner = () => (component.components ?? []).map((one) => draw(person, message, one));
  switch (component.type) {
    case ROW: return h("div", { class: "row" }, inner());
    case BUTTON: return drawButton(person, message, component);
    case SECTION: return h("div", { class: "section" }, h("div", {}, inner()), component.accessory && draw(person, message, component.accessory));
    case TEXT: return markdown(component.content, person);
    case THUMBNAIL: return picture(component.media?.url, component.description, message, "thumbnail");
    case GALLERY: return h("div", { class: "gallery" }, (component.items ?? []).map((item) => picture(item.media?.url, item.description, message)));
    case FILE: {
      const url = component.file?.url ?? "";
      return fileLine(component.name ?? decodeURIComponent(url.split("?")[0].split("/").pop()), component.size, url, message);
    }
    case SEPARATOR: return h("div", { class: `separator${component.spacing === 2 ? " wide" : ""}${component.divider === false ? " blank" : ""}`, role: "separator" });
    case CONTAINER: {
      const box = accented(h("div", { class: `container${component.spoiler ? " spoiler" : ""}` }, inner()), component.accent_color);
      if (component.spoiler) box.addEventListener("click", () => box.classList.add("shown"));
      return box;
    }
    default:
      if (SELECTS.includes(component.type)) return drawSelect(person, message, component);
      return h("div", { class: "note" }, `(a component of type ${component.type}, which this page cannot draw)`);
  }
}

/** Presses or chooses: busy until the bot has answered, red below the message if it does not. */
async function use(person, message, data, node) {
  person.failed.delete(message.id);
  node.classList.add("busy");
  node.disabled = true;
  try {
    await person.interact(3, message.application_id ?? message.author.id, message.channel_id, data, { message });
  } catch (error) {
    person.failed.set(message.id, error.message);
  }
  drawn.delete(message.id); // what was busy is drawn anew, also where the bot changed nothing
  if (person === me) redraw("messages");
}

function drawButton(person, message, button) {
  const label = [button.emoji && !button.emoji.id && button.emoji.name, button.label].filter(Boolean).join(" ") || button.emoji?.name || "…";
  if (button.style === 5) return h("a", { class: "button", href: /^https?:/.test(button.url ?? "") ? button.url : "#", target: "_blank", rel: "noopener noreferrer" }, `${label} ↗`);
  return h("button", {
    class: `button s${button.style}`, type: "button", disabled: Boolean(button.disabled),
    onclick: (e) => use(person, message, { component_type: BUTTON, custom_id: button.custom_id }, e.currentTarget),
  }, label);
}

/** What can be chosen in a menu or offered for an option: own options, or what the guild has. */
function choosable(person, type, options) {
  const members = () => [...person.members.values()].map((member) => ({ label: `@${member.user.username}`, value: member.user.id }));
  const roles = () => [...person.roles.values()].map((role) => ({ label: `@${role.name.replace(/^@/, "")}`, value: role.id }));
  const channels = () => [...person.channels.values()].filter((channel) => channel.type !== DIRECT).map((channel) => ({ label: `#${channel.name}`, value: channel.id }));
  return { 3: () => options ?? [], 5: members, 6: roles, 7: () => [...members(), ...roles()], 8: channels }[type]();
}

function drawSelect(person, message, select) {
  const options = choosable(person, select.type, select.options);
  const data = (values) => ({ component_type: select.type, custom_id: select.custom_id, values });
  const placeholder = select.placeholder ?? "Make a selection";
  if ((select.max_values ?? 1) > 1) {
    const boxes = options.map((option) => h("label", {}, h("input", { type: "checkbox", value: option.value, checked: Boolean(option.default) }), option.label));
    const done = h("button", { class: "button s2", type: "button", onclick: (e) => use(person, message, data([...e.currentTarget.parentNode.querySelectorAll("input:checked")].map((box) => box.value)), e.currentTarget) }, "Choose");
    return h("details", {}, h("summary", {}, placeholder), boxes, done);
  }
  const node = h("select", { disabled: Boolean(select.disabled), "aria-label": placeholder, onchange: (e) => use(person, message, data([e.currentTarget.value]), e.currentTarget) });
  const chosen = options.find((option) => option.default);
  node.append(h("option", { value: "", selected: !chosen, disabled: true, hidden: true }, placeholder));
  for (const option of options) node.append(h("option", { value: option.value, selected: option === chosen, title: option.description ?? "" }, option.description ? `${option.label} — ${option.description}` : option.label));
  return node;
}

// ---------------------------------------------------------------- dialogs

const modal = $("modal");

function showModal() {
  const person = me;
  const shown = person.modal;
  if (!shown) {
    modal.close();
    return;
  }
  const fields = [];
  const rows = (shown.components ?? []).map((row) => drawField(person, row, fields));
  const complaint = h("p", { class: "failed", role: "alert", hidden: true });
  const send = h("button", { class: "button s1", type: "submit" }, "Submit");
  const cancel = h("button", { class: "button", type: "button", onclick: () => dismissModal() }, "Cancel");
  const form = h("form", {
    onsubmit: async (e) => {
      e.preventDefault();
      send.disabled = true;
      complaint.hidden = true;
      const data = { id: shown.id, custom_id: shown.custom_id, components: fields.map((field) => field()) };
      try {
        await person.interact(5, shown.application?.id ?? shown.application_id, shown.channel_id ?? person.place, data);
        if (person.modal === shown) person.modal = null;
        if (person === me && !person.modal) modal.close();
      } catch (error) {
        complaint.textContent = error.message === NO_ANSWER ? "Something went wrong. Try again." : error.message;
        complaint.hidden = false;
        send.disabled = false;
      }
    },
  }, h("h2", {}, shown.title), rows, complaint, h("div", { class: "row" }, cancel, send));
  modal.replaceChildren(form);
  if (!modal.open) modal.showModal();
  modal.querySelector("input, textarea, select")?.focus();
}

function dismissModal() {
  me.modal = null;
  modal.close();
}
modal.addEventListener("cancel", () => { me.modal = null; });

/** One row of a dialog; pushes onto `fields` what it will say when submitted. */
function drawField(person, row, fields) {
  if (row.type === TEXT) return markdown(row.content, person);
  const wrapped = row.type === LABEL;
  const input = wrapped ? row.component : row.components?.[0];
  if (!input) return null;
  const must = input.required !== false;
  const say = (answer) => fields.push(() => {
    const component = { type: input.type, custom_id: input.custom_id, ...answer() };
    return wrapped ? { type: LABEL, component } : { type: ROW, components: [component] };
  });
  const name = h("b", { class: must ? "must" : "" }, (wrapped ? row.label : input.label) ?? "");
  const note = row.description ? h("span", { class: "hint" }, row.description) : null;
  if (input.type === 4) {
    const node = h(input.style === 2 ? "textarea" : "input", { required: must, value: input.value ?? "", placeholder: input.placeholder ?? "" });
    if (input.max_length !== undefined && input.max_length !== null) node.maxLength = input.max_length;
    if (input.min_length) node.minLength = input.min_length;
    say(() => ({ value: node.value }));
    return h("label", { class: "field" }, name, note, node);
  }
  if (SELECTS.includes(input.type) || input.type === 21 || input.type === 22) {
    const options = choosable(person, SELECTS.includes(input.type) ? input.type : 3, input.options);
    const many = input.type === 22 || (input.max_values ?? 1) > 1;
    const node = h("select", { required: must, multiple: many });
    if (!many) node.append(h("option", { value: "" }, input.placeholder ?? "Make a selection"));
    for (const option of options) node.append(h("option", { value: option.value, selected: Boolean(option.default) }, option.label));
    say(() => {
      const values = [...node.selectedOptions].map((option) => option.value).filter(Boolean);
      return input.type === 21 ? { value: values[0] ?? null } : { values };
    });
    return h("label", { class: "field" }, name, note, node);
  }
  if (input.type === 23) {
    const node = h("input", { type: "checkbox", checked: Boolean(input.default) });
    say(() => ({ value: node.checked }));
    return h("label", { class: "field" }, name, note, node);
  }
  return h("p", { class: "failed" }, `This page cannot fill in "${name.textContent}" (a component of type ${input.type}).`);
}

// ---------------------------------------------------------------- drawing the whole, once per batch of events

const dirty = new Set();

function redraw(...parts) {
  if (!dirty.size) setTimeout(flush, 0);
  parts.forEach((part) => dirty.add(part));
}

function flush() {
  const parts = [...dirty];
  dirty.clear();
  if (parts.includes("people")) drawPeople();
  if (!me) return;
  if (parts.includes("channels")) drawChannels();
  if (parts.includes("messages")) drawMessages();
}

function drawPeople() {
  $("people").replaceChildren(...people.map((person) => h("button", {
    type: "button", role: "radio", "aria-checked": String(person === me), class: person.unseen && person !== me ? "new" : "",
    title: `Be ${person.account.name}`, onclick: () => be(person),
  }, person.account.name)));
}

function drawChannels() {
  const all = [...me.channels.values()];
  const order = (a, b) => (a.position ?? 0) - (b.position ?? 0) || byId(a.id, b.id);
  const nodes = [];
  const one = (channel, kind = "") => {
    const isThread = THREADS.includes(channel.type);
    const name = channel.type === DIRECT ? (channel.recipients ?? []).map((user) => user.username).join(", ") : channel.name;
    nodes.push(h("button", {
      type: "button", class: `channel ${kind}${me.unread.has(channel.id) ? " unread" : ""}`, "aria-current": String(channel.id === me.place),
      onclick: () => go(channel.id),
    }, isThread ? "↳" : channel.type === VOICE ? "♪" : channel.type === DIRECT ? "@" : "#", h("span", {}, name)));
    all.filter((thread) => THREADS.includes(thread.type) && thread.parent_id === channel.id && (!thread.thread_metadata?.archived || thread.id === me.place))
      .sort((a, b) => byId(a.id, b.id)).forEach((thread) => one(thread, "thread"));
  };
  const top = all.filter((channel) => ![CATEGORY, DIRECT, ...THREADS].includes(channel.type)).sort(order);
  top.filter((channel) => !channel.parent_id).forEach((channel) => one(channel));
  for (const category of all.filter((channel) => channel.type === CATEGORY).sort(order)) {
    nodes.push(h("div", { class: "category" }, category.name));
    top.filter((channel) => channel.parent_id === category.id).forEach((channel) => one(channel));
  }
  const direct = all.filter((channel) => channel.type === DIRECT);
  if (direct.length) nodes.push(h("div", { class: "category" }, "Direct messages"));
  direct.forEach((channel) => one(channel));
  $("channels").replaceChildren(...nodes);
  $("guild").textContent = me.guild?.name ?? "…";
  const here = me.channels.get(me.place);
  const name = here ? (here.type === DIRECT ? "Direct message" : `${THREADS.includes(here.type) ? "↳ " : "#"}${here.name}`) : "…";
  $("place").textContent = name;
  $("input").placeholder = `Message ${name} or type /`;
}

/** Drawn messages by id, each with the JSON it was drawn from, so that unchanged ones keep their node. */
let drawn = new Map();

function drawMessages() {
  const log = $("messages");
  const messages = [...(me.messages.get(me.place)?.values() ?? [])].sort((a, b) => byId(a.id, b.id));
  const next = new Map();
  const nodes = [];
  let before = null;
  for (const message of messages) {
    const key = JSON.stringify([message, before?.author?.id, before?.flags, me.failed.get(message.id), me.account.id]);
    const old = drawn.get(message.id);
    const entry = old?.key === key ? old : { key, node: drawMessage(me, message, before) };
    next.set(message.id, entry);
    nodes.push(entry.node);
    before = message;
  }
  for (const line of me.local.get(me.place) ?? []) {
    nodes.push(h("article", { class: "message private" }, h("div", { class: "used" }, line.doing), line.wrong
      ? h("div", { class: "failed", role: "alert" }, line.wrong, " ", h("a", { href: "#", onclick: (e) => { e.preventDefault(); me.untell(me.place, line); } }, "Dismiss"))
      : h("div", { class: "thinking" }, h("i"), h("i"), h("i"), " Sending command…")));
  }
  drawn = next;
  const head = `${me.channels.get(me.place)?.name} ${messages.length > 0}`;
  const same = log.dataset.head === head && log.childNodes.length === nodes.length + 1 && nodes.every((node, at) => log.childNodes[at + 1] === node);
  if (!same) log.replaceChildren(welcome(messages.length), ...nodes);
  log.dataset.head = head;
  me.unread.delete(me.place);
  if (pinned || log.dataset.place !== me.place) toEnd();
  log.dataset.place = me.place ?? "";
}

/** The reader is at the newest message, and stays there when more comes or a picture has loaded. */
let pinned = true;

function toEnd() {
  pinned = true;
  $("messages").scrollTop = $("messages").scrollHeight;
}

$("messages").addEventListener("scroll", ({ currentTarget: log }) => { pinned = log.scrollHeight - log.scrollTop - log.clientHeight < 60; });
$("messages").addEventListener("load", () => { if (pinned) toEnd(); }, true);

function welcome(count) {
  const here = me.channels.get(me.place);
  const type = (text) => h("button", { type: "button", onclick: () => { setInput(text); } }, text.trim());
  const isThread = here && THREADS.includes(here.type);
  return h("div", { class: "welcome" },
    h("h3", {}, isThread ? here.name : `Welcome to #${here?.name ?? "…"}`),
    h("p", { class: "hint" }, count ? "This is where it begins." : "Nothing has been said here yet."),
    !count && !isThread && h("p", {}, "Type ", type("/server add "), " to show the bot its first server, or ", type("/"), " to see everything it can do."),
    !count && !isThread && h("p", { class: "hint" }, "At the top you choose who you are: admin owns this guild, member is an ordinary member, guest has just come in."));
}

function go(channel) {
  if (!me.channels.has(channel)) return;
  me.drafts[me.place] = $("input").value;
  me.place = channel;
  me.unread.delete(channel);
  setInput(me.drafts[channel] ?? "");
  $("places").classList.remove("open");
  redraw("channels", "messages");
  me.open(channel);
}

function be(person) {
  if (me) me.drafts[me.place] = $("input").value;
  me = person;
  me.unseen = false;
  drawn = new Map();
  setInput(me.drafts[me.place] ?? "");
  me.sayConnected();
  redraw("people", "channels", "messages");
  if (me.place && me.user) me.open(me.place);
  showModal();
}

// ---------------------------------------------------------------- typing commands

const input = $("input");
const composer = { suggestions: [], at: 0, title: "", eager: false, closedFor: null, asked: 0, picks: {}, files: {}, sent: [], back: 0, index: null };

/** Every command a person can type: subcommands are commands of their own. */
function entries(command) {
  const all = (options, name, description, wrap) => {
    const inner = (options ?? []).filter((option) => option.type <= OPTION.group);
    if (!inner.length) return [{ command, name, description, options: options ?? [], wrap }];
    return inner.flatMap((option) => all(option.options, `${name} ${option.name}`, option.description, (given) => wrap([{ type: option.type, name: option.name, options: given }])));
  };
  return all(command.options, command.name, command.description, (given) => given);
}

/** The command a text begins with and where its options start; null while its name is being typed. */
function typedCommand(text) {
  const found = (composer.index ?? []).filter((entry) => new RegExp(`^/${entry.name.replaceAll(" ", "\\s+")}(\\s|$)`).test(text));
  const entry = found.sort((a, b) => b.name.length - a.name.length)[0];
  if (!entry) return null;
  const start = new RegExp(`^/${entry.name.replaceAll(" ", "\\s+")}`).exec(text)[0].length;
  return { entry, start };
}

/** Reads `name:value …` as the script's client does: a quoted value ends at its quote, another at the next known option. */
function readOptions(text, start, options) {
  const given = [];
  const known = (name) => options.find((option) => option.name === name);
  let at = start;
  for (;;) {
    while (/\s/.test(text[at] ?? "")) at += 1;
    if (at >= text.length) return { given };
    const name = /^[\p{L}\p{N}_'-]+(?=:)/u.exec(text.slice(at))?.[0];
    if (!name) return { given, problem: `“${text.slice(at).split(/\s/)[0]}” is not an option: write name:value`, rest: at };
    const option = known(name);
    if (!option) return { given, problem: `There is no option “${name}” (there are: ${options.map((one) => one.name).join(", ") || "none"})`, rest: at };
    if (given.some((one) => one.option === option)) return { given, problem: `“${name}” is given twice`, rest: at };
    let from = at + name.length + 1;
    while (text[from] === " ") from += 1;
    const one = { option, from: at + name.length + 1, value: "", closed: false };
    given.push(one);
    if (text[from] === '"' || text[from] === "'") {
      let end = from + 1;
      while (end < text.length && text[end] !== text[from]) {
        // A backslash stands before a quote or another backslash; any other is the person's own, as in `printf 'a\n'`.
        if (text[end] === "\\" && /["'\\]/.test(text[end + 1] ?? "")) end += 1;
        one.value += text[end];
        end += 1;
      }
      if (end >= text.length) return { given, problem: `The quote of “${name}” is never closed` };
      one.closed = true;
      at = end + 1;
      if (at < text.length && !/\s/.test(text[at])) return { given, problem: `Leave a space after the quoted value of “${name}”` };
      continue;
    }
    const next = [...text.slice(from).matchAll(/\s([\p{L}\p{N}_'-]+):/gu)].find((match) => known(match[1]));
    const end = next ? from + next.index : text.length;
    one.value = text.slice(from, end).trim();
    one.spaced = !next && /\s/.test(text.slice(from).trimStart());
    at = end;
  }
}

/** A value as the interaction carries it; throws what to tell the person. */
function typedValue(option, text) {
  const picked = composer.picks[option.name];
  if (picked?.text === text) return picked.value;
  const wrong = (wanted) => new Error(`“${option.name}” cannot be “${text}”: it takes ${wanted}`);
  if (!text) throw new Error(`“${option.name}” needs a value`);
  if (option.choices?.length) {
    const choice = option.choices.find((one) => one.name === text || String(one.value) === text);
    if (!choice) throw wrong(`one of ${option.choices.map((one) => one.name).join(", ")}`);
    return choice.value;
  }
  const named = (type) => choosable(me, type).find((one) => one.value === text || one.label === text || one.label.slice(1) === text)?.value;
  switch (option.type) {
    case OPTION.integer: if (!/^-?\d+$/.test(text)) throw wrong("a whole number"); return Number(text);
    case OPTION.number: if (text.trim() === "" || !Number.isFinite(Number(text))) throw wrong("a number"); return Number(text);
    case OPTION.boolean: if (!/^(true|false)$/i.test(text)) throw wrong("true or false"); return text.toLowerCase() === "true";
    case OPTION.user: case OPTION.channel: case OPTION.role: case OPTION.mentionable: {
      const value = named({ 6: 5, 7: 8, 8: 6, 9: 7 }[option.type]);
      if (!value) throw wrong(TYPED[option.type]);
      return value;
    }
    case OPTION.attachment: if (composer.files[option.name]?.name !== text) throw new Error(`Choose the file for “${option.name}” with Tab`); return null;
    default: return text;
  }
}

function commandData(entry, given, focused) {
  const files = [];
  const options = given.map((one) => {
    if (one === focused) return { type: one.option.type, name: one.option.name, value: one.value, focused: true };
    let value = typedValue(one.option, one.value);
    if (one.option.type === OPTION.attachment) {
      files.push(composer.files[one.option.name]);
      value = String(files.length - 1);
    }
    return { type: one.option.type, name: one.option.name, value };
  });
  const attachments = files.map((file, at) => ({ id: String(at), filename: file.name }));
  const { id, name, version } = entry.command;
  return { data: { id, name, type: 1, version, options: entry.wrap(options), attachments }, files };
}

function suggest(title, suggestions, eager) {
  Object.assign(composer, { title, suggestions, eager, at: 0 });
  drawPicker();
}

function drawPicker() {
  const picker = $("picker");
  const { suggestions, title, at } = composer;
  picker.hidden = !title;
  picker.replaceChildren(h("div", { class: "title" }, title), ...suggestions.map((one, index) => h("div", {
    class: "suggestion", role: "option", id: `suggestion-${index}`, "aria-selected": String(index === at),
    onmousedown: (e) => { e.preventDefault(); one.pick(); }, onmousemove: () => { if (composer.at !== index) { composer.at = index; markPicked(); } },
  }, h("b", {}, one.label), ...(one.keys ?? []).map((key) => h("kbd", {}, key)), h("span", {}, one.description ?? ""))));
  markPicked();
}

function markPicked() {
  [...$("picker").querySelectorAll(".suggestion")].forEach((node, index) => {
    node.setAttribute("aria-selected", String(index === composer.at));
    if (index === composer.at) node.scrollIntoView({ block: "nearest" });
  });
  if (composer.suggestions.length) input.setAttribute("aria-activedescendant", `suggestion-${composer.at}`);
  else input.removeAttribute("aria-activedescendant");
}

function closePicker() {
  composer.asked += 1;
  suggest("", [], false);
}

function complain(text) {
  $("complaint").textContent = text ?? "";
  $("complaint").hidden = !text;
}

function setInput(text) {
  input.value = text;
  // On a phone the keyboard would come up and hide half the page.
  if (matchMedia("(pointer: fine)").matches || text) input.focus();
  input.setSelectionRange(text.length, text.length);
  typed();
}

async function typed() {
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight}px`;
  complain("");
  const text = input.value;
  if (!text.startsWith("/")) {
    composer.index = null;
    composer.picks = {};
    composer.files = {};
    closePicker();
    return;
  }
  if (!composer.index) {
    const index = await me.commands().catch((error) => { complain(error.message); return null; });
    if (!index || !input.value.startsWith("/")) return;
    composer.index = index;
    typed();
    return;
  }
  const place = typedCommand(text);
  if (!place || text.length === place.start) suggestCommands(text.slice(1));
  else suggestInside(text, place);
}

function suggestCommands(part) {
  const wanted = part.toLowerCase().replace(/\s+/g, " ");
  const fits = composer.index.filter((entry) => entry.name.includes(wanted.trimEnd()));
  const rank = (entry) => (entry.name.startsWith(wanted) ? 0 : 1);
  const items = fits.sort((a, b) => rank(a) - rank(b)).map((entry) => ({
    label: `/${entry.name}`, description: entry.description, keys: entry.options.map((option) => option.name + (option.required ? "" : "?")),
    pick: () => setInput(`/${entry.name} ${firstWanted(entry, [])}`),
  }));
  suggest(items.length ? "Commands" : "The bot has no such command", items, true);
}

/** The next option that must be given, ready to be typed into. */
function firstWanted(entry, given) {
  const next = entry.options.find((option) => option.required && !given.some((one) => one.option.name === option.name));
  return next ? `${next.name}:` : "";
}

function suggestInside(text, { entry, start }) {
  const { given, problem } = readOptions(text, start, entry.options);
  const last = given.at(-1);
  const word = /\S*$/.exec(text)[0];
  const left = entry.options.filter((option) => !given.some((one) => one.option === option));
  const between = !last || last.closed || (last.value && /\s$/.test(text)) || (last.spaced && word && left.some((option) => option.name.startsWith(word)));
  if (!between) {
    suggestValues(text, entry, given, last);
    return;
  }
  const part = last && !last.closed && !/\s$/.test(text) ? word : problem && !word.includes(":") ? word : "";
  const items = left.filter((option) => option.name.startsWith(part)).map((option) => ({
    label: `${option.name}:`, keys: [option.required ? "required" : "optional"], description: option.description,
    pick: () => setInput(`${text.slice(0, text.length - part.length).trimEnd()} ${option.name}:`),
  }));
  composer.asked += 1;
  const unknown = problem && word.includes(":");
  suggest(items.length ? `/${entry.name}` : "", items, Boolean(firstWanted(entry, given)) && !unknown);
}

async function suggestValues(text, entry, given, one) {
  const { option, value } = one;
  const asked = (composer.asked += 1);
  const title = `${option.name} · ${option.description} · ${TYPED[option.type] ?? ""}`;
  const pick = (choice) => {
    composer.picks[option.name] = { text: choice.name, value: choice.value };
    const quoted = /^["']|[\s]/.test(choice.name) ? `"${choice.name.replace(/[\\"]/g, "\\$&")}"` : choice.name;
    const before = `${text.slice(0, one.from)}${quoted} `;
    setInput(before + firstWanted(entry, given));
  };
  const offer = (choices, eager = true) => {
    const known = choices.some((choice) => choice.name === value || String(choice.value) === value);
    suggest(title, choices.map((choice) => ({ label: choice.name, description: "", pick: () => pick(choice) })), eager && !known && choices.length > 0);
  };
  const filtered = (choices) => choices.filter((choice) => choice.name.toLowerCase().includes(value.toLowerCase())).slice(0, 25);
  const own = { 6: 5, 7: 8, 8: 6, 9: 7 }[option.type];
  if (composer.picks[option.name]?.text === value && value) suggest(title, [], false);
  else if (option.choices?.length) offer(filtered(option.choices));
  else if (option.type === OPTION.boolean) offer(filtered([{ name: "true", value: true }, { name: "false", value: false }]));
  else if (own) offer(filtered(choosable(me, own).map((choice) => ({ name: choice.label, value: choice.value }))));
  else if (option.type === OPTION.attachment) suggest(title, [{ label: "Choose a file…", pick: () => chooseFile(text, one, entry, given) }], !composer.files[option.name]);
  else if (!option.autocomplete) suggest(title, [], false);
  else {
    suggest(`${title} · …`, [], false);
    await new Promise((resolve) => setTimeout(resolve, AUTOCOMPLETE_AFTER));
    if (asked !== composer.asked) return;
    try {
      const readable = given.filter((other) => other === one || other.value);
      const { data } = commandData(entry, readable, one);
      const { choices } = await me.interact(4, entry.command.application_id, me.place, data);
      if (asked === composer.asked) offer(choices);
    } catch (error) {
      if (asked === composer.asked) suggest(`${title} · ${error.message === NO_ANSWER ? "Loading options failed" : error.message}`, [], false);
    }
  }
}

function chooseFile(text, one, entry, given) {
  const picker = $("file");
  picker.value = "";
  picker.onchange = () => {
    const file = picker.files[0];
    if (!file) return;
    composer.files[one.option.name] = file;
    const quoted = /\s/.test(file.name) ? `"${file.name}"` : file.name;
    setInput(`${text.slice(0, one.from)}${quoted} ${firstWanted(entry, given)}`);
  };
  picker.click();
}

async function send() {
  const text = input.value.trim();
  if (!text || !me?.place) return;
  const person = me;
  const channel = me.place;
  if (!text.startsWith("/")) {
    sent(text);
    person.request("POST", `/channels/${channel}/messages`, { content: text }).catch((error) => person.tell(channel, text, error.message));
    return;
  }
  composer.index ??= await person.commands().catch(() => []);
  const place = typedCommand(text);
  if (!place) {
    complain("The bot has no such command.");
    return;
  }
  const { given, problem } = readOptions(text, place.start, place.entry.options);
  const wanted = firstWanted(place.entry, given);
  if (problem || wanted) {
    if (problem) complain(problem);
    else {
      setInput(`${text} ${wanted}`);
      complain(`“${wanted.slice(0, -1)}” is required.`);
    }
    return;
  }
  let call;
  try {
    call = commandData(place.entry, given, null);
  } catch (error) {
    complain(error.message);
    return;
  }
  sent(text);
  const line = person.tell(channel, text, "");
  try {
    await person.interact(2, place.entry.command.application_id, channel, call.data, { files: call.files });
    person.untell(channel, line);
  } catch (error) {
    person.untell(channel, line);
    person.tell(channel, text, error.message);
  }
}

function sent(text) {
  composer.sent.push(text);
  composer.back = 0;
  setInput("");
  toEnd();
}

input.addEventListener("input", typed);
$("composer").addEventListener("submit", (e) => { e.preventDefault(); send(); });
input.addEventListener("keydown", (e) => {
  if (e.isComposing) return;
  const { suggestions, eager } = composer;
  const open = suggestions.length > 0;
  const step = (by) => { e.preventDefault(); composer.at = (composer.at + by + suggestions.length) % suggestions.length; composer.eager = true; markPicked(); };
  if (e.key === "Escape") closePicker();
  else if (open && e.key === "ArrowDown") step(1);
  else if (open && e.key === "ArrowUp") step(-1);
  else if (open && (e.key === "Tab" || (e.key === "Enter" && eager && !e.shiftKey))) { e.preventDefault(); suggestions[composer.at].pick(); }
  else if (e.key === "Tab" && !e.shiftKey && /^\/.*\S$/.test(input.value)) {
    // The value of an option is typed: on to the next one, as in Discord, and not out of the command.
    e.preventDefault();
    setInput(`${input.value} `);
  }
  else if (e.key === "Enter" && !e.shiftKey) { e.preventDefault(); send(); }
  else if (e.key === "ArrowUp" && (!input.value || composer.back) && composer.sent.length) {
    e.preventDefault();
    composer.back = Math.min(composer.back + 1, composer.sent.length);
    setInput(composer.sent.at(-composer.back));
    closePicker();
  }
});

// ---------------------------------------------------------------- rules

let checking = null;

function checkRules() {
  checking ??= setTimeout(async () => {
    checking = null;
    try {
      drawRules(await (await fetch("/sandbox/violations")).json());
    } catch {
      // The gateway says that the sandbox is gone; there is nothing to add.
    }
  }, 250);
}

function drawRules(violations) {
  const items = violations.map((one) => h("li", {}, h("b", {}, one.rule), one.detail, one.request && h("code", {}, one.request)));
  $("violations").replaceChildren(...(items.length ? items.reverse() : [h("li", { class: "none" }, "The bot has broken none so far.")]));
  $("open-rules").classList.toggle("broken", items.length > 0);
  $("open-rules").textContent = items.length ? `${items.length} broken` : "rules";
}

$("open-rules").addEventListener("click", () => $("rules").classList.toggle("open"));
$("open-places").addEventListener("click", () => $("places").classList.toggle("open"));

// ---------------------------------------------------------------- start

async function start() {
  try {
    const accounts = await (await fetch("/sandbox/accounts")).json();
    people = accounts.map((account) => new Person(account));
  } catch {
    $("connection").textContent = "The sandbox does not answer; trying again…";
    setTimeout(start, 2000);
    return;
  }
  be(people[0]);
  people.forEach((person) => person.connect());
  checkRules();
}

start();
