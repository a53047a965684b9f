// What the gateway tells one account, event by event.

import { CHANNEL, EPHEMERAL, INTERACTION } from "./discord.js";
import { NO_ANSWER, typedBy } from "./person.js";
import { redraw, redrawFor, state } from "./state.js";

/** How long somebody is said to be typing after they were seen to, in ms. */
const TYPING = 10_000;

export function dispatch(person, event, data) {
  HANDLERS[event]?.(person, data);
}

const HANDLERS = {
  READY(person, data) {
    person.forget();
    person.retry = 500;
    person.user = data.user;
    person.session = data.session_id;
    data.guilds.forEach((guild) => HANDLERS.GUILD_CREATE(person, guild));
    (data.private_channels ?? []).forEach((channel) => person.channels.set(channel.id, channel));
    const text = [...person.channels.values()].filter((channel) => channel.type === CHANNEL.text);
    if (!person.channels.has(person.place)) person.place = (text.find((channel) => channel.name === "general") ?? text[0])?.id ?? null;
    state.stopped = false;
    if (person === state.me) person.goTo(person.place);
    redrawFor(person, "all", "draft");
    redraw("people", "banner");
  },

  GUILD_CREATE(person, guild) {
    person.guild ??= guild;
    [...(guild.channels ?? []), ...(guild.threads ?? [])].forEach((channel) => person.channels.set(channel.id, channel));
    (guild.roles ?? []).forEach((role) => person.roles.set(role.id, role));
    (guild.members ?? []).forEach((member) => person.members.set(member.user.id, member));
  },

  CHANNEL_CREATE: changed, CHANNEL_UPDATE: changed, THREAD_CREATE: changed, THREAD_UPDATE: changed,
  CHANNEL_DELETE: gone, THREAD_DELETE: gone,

  GUILD_MEMBER_ADD: member, GUILD_MEMBER_UPDATE: member,
  GUILD_MEMBER_REMOVE(person, { user }) { person.members.delete(user.id); redrawFor(person, "members", "messages"); },
  GUILD_ROLE_CREATE: role, GUILD_ROLE_UPDATE: role,
  GUILD_ROLE_DELETE(person, { role_id }) { person.roles.delete(role_id); redrawFor(person, "members", "messages"); },

  MESSAGE_CREATE(person, message) {
    person.keep(message);
    person.typing.delete(message.author?.id);
    const looking = person === state.me && message.channel_id === person.place;
    if (looking) {
      person.look();
      if (message.author?.id === person.user?.id) person.newFrom = null;
      redraw("messages");
    } else if (message.author?.id !== person.user?.id) {
      const forMe = message.flags & EPHEMERAL || message.mention_everyone || (message.mentions ?? []).some((user) => user.id === person.user?.id);
      person.unread.set(message.channel_id, (person.unread.get(message.channel_id) ?? 0) + (forMe ? 1 : 0));
      redraw("channels", "people");
    }
  },

  MESSAGE_UPDATE(person, message) {
    const known = person.messages.get(message.channel_id)?.has(message.id);
    if (!known && !message.author) return;
    person.keep(message);
    if (message.channel_id === person.place) redrawFor(person, "messages");
  },

  MESSAGE_DELETE(person, { id, channel_id }) {
    person.messages.get(channel_id)?.delete(id);
    if (person.newFrom === id) person.newFrom = null;
    if (channel_id === person.place) redrawFor(person, "messages");
  },

  MESSAGE_DELETE_BULK(person, { ids, channel_id }) { ids.forEach((id) => HANDLERS.MESSAGE_DELETE(person, { id, channel_id })); },

  MESSAGE_REACTION_ADD(person, data) { react(person, data, 1); },
  MESSAGE_REACTION_REMOVE(person, data) { react(person, data, -1); },
  MESSAGE_REACTION_REMOVE_ALL(person, data) { reactions(person, data, () => []); },
  MESSAGE_REACTION_REMOVE_EMOJI(person, data) { reactions(person, data, (all) => all.filter((one) => !same(one.emoji, data.emoji))); },

  TYPING_START(person, { user_id, channel_id }) {
    if (user_id === person.user?.id) return;
    person.typing.set(user_id, { channel: channel_id, until: Date.now() + TYPING });
    setTimeout(() => redrawFor(person, "typing"), TYPING + 100);
    redrawFor(person, "typing");
  },

  INTERACTION_CREATE(person, { id, nonce }) {
    const pending = person.pending.get(String(nonce));
    if (pending?.typed) typedBy.set(id, pending.typed);
  },

  INTERACTION_SUCCESS(person, { nonce }) {
    // A bot that was asked for choices answers with them, in an event of their own.
    if (person.pending.get(String(nonce))?.type !== INTERACTION.autocomplete) person.settle(nonce, (one) => one.resolve({}));
  },

  INTERACTION_FAILURE(person, { nonce }) { person.settle(nonce, (one) => one.reject(new Error(NO_ANSWER))); },

  INTERACTION_MODAL_CREATE(person, modal) {
    person.modal = { ...modal, values: new Map() };
    person.settle(modal.nonce, (one) => one.resolve({ modal }));
    redrawFor(person, "modal");
  },

  APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE(person, { nonce, choices }) {
    person.settle(nonce, (one) => one.resolve({ choices: choices ?? [] }));
  },
};

function changed(person, channel) {
  person.channels.set(channel.id, { ...person.channels.get(channel.id), ...channel });
  redrawFor(person, "channels", "messages", "head");
}

function gone(person, { id }) {
  person.channels.delete(id);
  if (person.place === id) person.goTo([...person.channels.values()].find((channel) => channel.type === CHANNEL.text)?.id ?? null);
  redrawFor(person, "channels", "messages", "head");
}

function member(person, one) {
  person.members.set(one.user.id, { ...person.members.get(one.user.id), ...one });
  redrawFor(person, "members", "messages");
}

function role(person, data) {
  person.roles.set(data.role.id, data.role);
  redrawFor(person, "members", "messages");
}

const same = (a, b) => (a.id ?? null) === (b.id ?? null) && (a.id ? true : a.name === b.name);

function reactions(person, { channel_id, message_id }, change) {
  const message = person.messages.get(channel_id)?.get(message_id);
  if (!message) return;
  person.keep({ ...message, reactions: change(message.reactions ?? []) });
  if (channel_id === person.place) redrawFor(person, "messages");
}

function react(person, data, by) {
  const mine = data.user_id === person.user?.id;
  reactions(person, data, (all) => {
    const known = all.find((one) => same(one.emoji, data.emoji)) ?? { emoji: data.emoji, count: 0, me: false };
    const next = { ...known, count: known.count + by, me: mine ? by > 0 : known.me };
    const others = all.map((one) => (same(one.emoji, data.emoji) ? next : one));
    return (others.includes(next) ? others : [...others, next]).filter((one) => one.count > 0);
  });
}
