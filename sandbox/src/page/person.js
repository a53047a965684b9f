// One account: what it has seen, where it is, and the requests it makes. The page holds several at once.

import { INTERACTION, refusal } from "./discord.js";
import { redraw, redrawFor, state } from "./state.js";

const API = "/api/v10";
export const NO_ANSWER = "The application did not respond";
export const STOPPED = "This Discord has stopped.";

/** What was typed, by interaction: the head above an answer can show and repeat it, whoever of this page asked. */
export const typedBy = new Map();

export class Person {
  constructor(account) {
    this.account = account;
    this.place = null;
    this.retry = 500;
    this.drafts = new Map(); // by channel
    this.messages = new Map(); // by channel, then by id
    this.local = new Map(); // by channel: lines that only this page says
    this.failed = new Map(); // by message: what went wrong when it was pressed
    this.unread = new Map(); // by channel: how many mentions wait there
    this.lastSeen = new Map(); // by channel: the newest message that was looked at
    this.newFrom = null; // the message above which the line "new" is drawn
    this.replyTo = null;
    this.pending = new Map();
    this.modal = null;
    this.typing = new Map();
    this.forget();
  }

  /** What a new connection tells anew. */
  forget() {
    this.user = null;
    this.guild = null;
    this.index = null;
    this.channels = new Map();
    this.roles = new Map();
    this.members = new Map();
    this.read = new Set();
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
      throw new Error(STOPPED);
    }
    if (response.status === 204) return null;
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(refusal(answer, response.status));
    return answer;
  }

  /** Sends an interaction; resolves with what the bot opened or offered, rejects with what to show in red. */
  interact(type, application, channel, data, { message, files = [], typed } = {}) {
    const nonce = String((BigInt(Date.now()) << 22n) | BigInt(Math.floor(Math.random() * 4194304)));
    const guild = this.channels.get(channel)?.guild_id;
    const body = { type, application_id: application, guild_id: guild, channel_id: channel, session_id: this.session, nonce, data };
    if (message) Object.assign(body, { message_id: message.id, message_flags: message.flags ?? 0 });
    return new Promise((resolve, reject) => {
      this.pending.set(nonce, { type, resolve, reject, typed });
      this.request("POST", "/interactions", body, files).catch((error) => this.settle(nonce, (one) => one.reject(error)));
    });
  }

  settle(nonce, how) {
    const pending = this.pending.get(String(nonce));
    if (!pending) return;
    this.pending.delete(String(nonce));
    how(pending);
  }

  /** The connection is gone: nothing that was asked will be answered. */
  abandon() {
    for (const nonce of [...this.pending.keys()]) this.settle(nonce, (one) => one.reject(new Error("The connection was lost before the bot answered.")));
  }

  /** Everything the bot has registered for this person here, of all three types. */
  async commands() {
    const index = await this.request("GET", `/guilds/${this.guild.id}/application-command-index`);
    this.index = index.application_commands;
    return this.index;
  }

  /** Reads a channel's newest messages, once per connection. */
  async open(channel) {
    if (!channel || this.read.has(channel)) return;
    this.read.add(channel);
    try {
      const history = await this.request("GET", `/channels/${channel}/messages?limit=100`);
      history.forEach((message) => this.keep(message));
      if (!this.lastSeen.has(channel) && history[0]) this.lastSeen.set(channel, history[0].id);
    } catch (error) {
      this.read.delete(channel);
      if (error.message !== STOPPED) this.tell(channel, "", error.message);
    }
    redrawFor(this, "messages");
  }

  /** Goes to a channel, and remembers from which message on it is new. */
  goTo(channel) {
    this.place = channel;
    const seen = this.lastSeen.get(channel);
    const news = this.unread.has(channel) ? this.inOrder(channel).find((message) => !seen || BigInt(message.id) > BigInt(seen)) : null;
    this.newFrom = news?.id ?? null;
    this.look();
    this.open(channel);
  }

  /** The person looks at the place where they are: nothing is unread there. */
  look() {
    this.unread.delete(this.place);
    const last = this.inOrder(this.place).at(-1);
    if (last) this.lastSeen.set(this.place, last.id);
  }

  inOrder(channel) {
    const all = [...(this.messages.get(channel)?.values() ?? [])];
    return all.sort((a, b) => a.id.length - b.id.length || (a.id < b.id ? -1 : 1));
  }

  keep(message) {
    const all = this.messages.get(message.channel_id) ?? new Map();
    this.messages.set(message.channel_id, all);
    const whole = { ...all.get(message.id), ...message };
    all.set(message.id, whole);
    return whole;
  }

  /** Something only this page says: a command under way, or what went wrong with it. */
  tell(channel, doing, wrong) {
    const line = { doing, wrong, at: Date.now() };
    this.local.set(channel, [...(this.local.get(channel) ?? []), line]);
    redrawFor(this, "messages");
    return line;
  }

  untell(channel, line) {
    this.local.set(channel, (this.local.get(channel) ?? []).filter((other) => other !== line));
    redrawFor(this, "messages");
  }

  /** Uses a command and shows that it is on its way, and in the end what went wrong. */
  async use(channel, application, data, typed, files = []) {
    const line = this.tell(channel, typed, "");
    try {
      await this.interact(INTERACTION.command, application, channel, data, { files, typed });
      this.untell(channel, line);
    } catch (error) {
      this.untell(channel, line);
      const offline = error.message === NO_ANSWER && !state.online;
      this.tell(channel, typed, offline ? `${NO_ANSWER}: ${this.botName()} is offline.` : error.message);
    }
  }

  botName() {
    return [...this.members.values()].find((member) => member.user.bot)?.user.username ?? "the bot";
  }

  member(id) {
    return this.members.get(id);
  }

  nameOf(id) {
    const member = this.members.get(id);
    return member?.nick ?? member?.user.global_name ?? member?.user.username ?? "Unknown user";
  }

  channelName(channel) {
    if (!channel) return "…";
    return channel.type === 1 ? (channel.recipients ?? []).map((user) => user.global_name ?? user.username).join(", ") : channel.name;
  }
}

/** Becomes somebody else; what was being written stays with whoever wrote it. */
export function be(person) {
  state.me = person;
  sessionStorage.setItem("account", person.account.name);
  if (person.user) person.goTo(person.place);
  redraw("all", "draft");
}

/** Goes to a channel as the current person. */
export function go(channel) {
  if (!state.me.channels.has(channel)) return;
  state.me.goTo(channel);
  redraw("channels", "messages", "people", "head", "draft");
}
