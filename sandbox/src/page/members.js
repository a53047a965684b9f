// The right side's first face: who is here, by the highest role that is listed apart.

import { displayName, nameColour, rolesOf } from "./discord.js";
import { $, arrows, avatar, h, icon } from "./dom.js";
import { draws, redraw, state } from "./state.js";

const collapsed = new Set();

draws("members", () => {
  const person = state.me;
  const all = [...person.members.values()].sort((a, b) => name(a).localeCompare(name(b)));
  const groups = new Map();
  const add = (key, heading, member) => groups.set(key, { heading, members: [...(groups.get(key)?.members ?? []), member] });
  const hoisted = [...person.roles.values()].filter((role) => role.hoist).sort((a, b) => b.position - a.position);
  for (const role of hoisted) for (const member of all) if (!away(member) && top(person, member)?.id === role.id) add(role.id, role.name, member);
  for (const member of all) if (!away(member) && !top(person, member)) add("online", "Online", member);
  for (const member of all) if (away(member)) add("offline", "Offline", member);
  const nodes = [...groups].flatMap(([key, { heading, members }]) => {
    const shut = collapsed.has(key);
    const toggle = () => { shut ? collapsed.delete(key) : collapsed.add(key); redraw("members"); };
    return [h("button", { type: "button", class: "category", "aria-expanded": String(!shut), onclick: toggle }, icon(shut ? "right" : "down"), `${heading} — ${members.length}`),
      ...(shut ? [] : members.map((member) => line(person, member)))];
  });
  $("members").replaceChildren(...nodes);
});

const name = (member) => member.nick ?? displayName(member.user);
/** People are always here; the bot is while its gateway connection stands. */
const away = (member) => state.stopped || (member.user.bot && !state.online);
const top = (person, member) => rolesOf(person, member).find((role) => role.hoist);

function line(person, member) {
  const label = h("span", {}, name(member));
  label.style.color = nameColour(person, member.user.id) ?? "";
  const status = away(member) ? "offline" : member.user.bot ? state.status : "online";
  const says = member.user.bot && !away(member) && state.says;
  if (says) label.append(h("small", { class: "says" }, says));
  return h("button", { type: "button", class: `member ${status}`, dataset: { member: member.user.id }, "aria-label": [name(member), status, says].filter(Boolean).join(", ") },
    h("span", { class: "with-status" }, avatar(member.user, "small"), h("i", { class: `status ${status}` })), label,
    member.user.bot && h("span", { class: "tag" }, "APP"), person.guild?.owner_id === member.user.id && icon("crown", "owns this server"));
}

export function start() {
  $("members").addEventListener("keydown", (event) => arrows(event, [...$("members").querySelectorAll("button")]));
}
