// What Discord calls by numbers, and small facts about its objects.

export const EPHEMERAL = 1 << 6;
export const LOADING = 1 << 7;
export const THREADS = [10, 11, 12];
export const CHANNEL = { text: 0, direct: 1, voice: 2, category: 4, announcement: 5 };
export const KIND = {
  row: 1, button: 2, select: 3, input: 4, users: 5, roles: 6, mentionables: 7, channels: 8, section: 9, text: 10, thumbnail: 11,
  gallery: 12, file: 13, separator: 14, container: 17, label: 18, upload: 19, radios: 21, checkboxes: 22, checkbox: 23,
};
export const SELECTS = [3, 5, 6, 7, 8];
export const OPTION = {
  subcommand: 1, group: 2, string: 3, integer: 4, boolean: 5, user: 6, channel: 7, role: 8, mentionable: 9, number: 10, attachment: 11,
};
/** The select menu that offers the same things as a type of option. */
export const OFFERED_BY = { 6: KIND.users, 7: KIND.channels, 8: KIND.roles, 9: KIND.mentionables };
export const TYPED = {
  3: "text", 4: "a whole number", 5: "true or false", 6: "a person", 7: "a channel", 8: "a role", 9: "a person or role", 10: "a number",
  11: "a file",
};
export const COMMAND = { slash: 1, user: 2, message: 3 };
export const INTERACTION = { command: 2, component: 3, autocomplete: 4, modal: 5 };
const BIT = { administrator: 3, view: 10, send: 11, manageMessages: 13, pin: 51, react: 6 };

export const isThread = (channel) => THREADS.includes(channel?.type);
export const isArchived = (channel) => Boolean(channel?.thread_metadata?.archived);
export const displayName = (user) => user?.global_name ?? user?.username ?? "Somebody";
export const hex = (number) => `#${number.toString(16).padStart(6, "0")}`;

/** What somebody may do in a channel, as Discord adds it up: @everyone, roles, then the channel's exceptions. */
export function may(person, channelId, what) {
  const wanted = 1n << BigInt(BIT[what]);
  const guild = person.guild;
  let place = person.channels.get(channelId);
  if (!place?.guild_id) return ["pin", "send", "react", "view"].includes(what);
  if (guild.owner_id === person.user?.id) return true;
  if (isThread(place)) place = person.channels.get(place.parent_id) ?? place;
  const held = [guild.id, ...(person.members.get(person.user?.id)?.roles ?? [])];
  let bits = held.reduce((all, id) => all | BigInt(person.roles.get(id)?.permissions ?? 0), 0n);
  if (bits & (1n << BigInt(BIT.administrator))) return true;
  const exceptions = (ids) => (place.permission_overwrites ?? []).filter((one) => ids.includes(one.id));
  for (const ids of [[guild.id], held.slice(1), [person.user?.id]]) {
    const found = exceptions(ids);
    bits &= ~found.reduce((all, one) => all | BigInt(one.deny), 0n);
    bits |= found.reduce((all, one) => all | BigInt(one.allow), 0n);
  }
  return (bits & wanted) !== 0n;
}

/** The roles of a member, highest first. */
export function rolesOf(person, member) {
  return (member?.roles ?? []).map((id) => person.roles.get(id)).filter(Boolean).sort((a, b) => b.position - a.position);
}

/** The colour of a member's name: that of the highest role that has one. */
export function nameColour(person, userId) {
  const role = rolesOf(person, person.members.get(userId)).find((one) => one.color);
  return role ? hex(role.color) : null;
}

/** Discord's error body in a sentence: its message and every field it complains about. */
export function refusal(body, status) {
  const fields = [];
  const visit = (node, path) => {
    if (!node || typeof node !== "object") return;
    (node._errors ?? []).forEach((error) => fields.push(`${path.join(".")}: ${error.message}`));
    Object.entries(node).filter(([key]) => key !== "_errors").forEach(([key, value]) => visit(value, [...path, key]));
  };
  visit(body.errors, []);
  return [body.message ?? `Error ${status}`, ...fields].join(" · ");
}

/** What can be chosen in a menu or offered for an option: own options, or what the guild has. */
export function choosable(person, type, component = {}) {
  const members = () => [...person.members.values()].map((member) => ({
    label: person.nameOf(member.user.id), value: member.user.id, description: member.user.username, user: member.user,
  }));
  const roles = () => [...person.roles.values()].sort((a, b) => b.position - a.position)
    .map((role) => ({ label: `@${role.name.replace(/^@/, "")}`, value: role.id, colour: role.color ? hex(role.color) : null }));
  const wanted = component.channel_types ?? [];
  const channels = () => [...person.channels.values()].filter((one) => one.type !== CHANNEL.direct && (!wanted.length || wanted.includes(one.type)))
    .map((channel) => ({ label: `#${channel.name}`, value: channel.id }));
  switch (type) {
    case KIND.users: return members();
    case KIND.roles: return roles();
    case KIND.mentionables: return [...members(), ...roles()];
    case KIND.channels: return channels();
    default: return component.options ?? [];
  }
}
