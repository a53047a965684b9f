// Buttons and select menus of messages: busy until the bot has answered, red below the message if it does not.

import { INTERACTION, KIND } from "./discord.js";
import { h, icon } from "./dom.js";
import { NO_ANSWER } from "./person.js";
import { makeSelect } from "./select.js";
import { redrawFor, state } from "./state.js";

/** What is being pressed, by message and custom_id: a card that moves meanwhile keeps its button busy. */
const busy = new Set();
const key = (person, message, component) => `${person.account.id} ${message.id} ${component.custom_id}`;

export const busyIn = (person, message) => [...busy].filter((one) => one.startsWith(`${person.account.id} ${message.id} `)).join();

async function use(person, message, component, data) {
  const mine = key(person, message, component);
  if (busy.has(mine)) return;
  person.failed.delete(message.id);
  busy.add(mine);
  redrawFor(person, "messages");
  try {
    await person.interact(INTERACTION.component, message.application_id ?? message.author.id, message.channel_id, data, { message });
  } catch (error) {
    const offline = error.message === NO_ANSWER && !state.online;
    person.failed.set(message.id, offline ? `${NO_ANSWER}: ${person.botName()} is offline.` : error.message);
  }
  busy.delete(mine);
  redrawFor(person, "messages");
}

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "premium" };

export function drawButton(person, message, button) {
  const emoji = button.emoji && h("span", { class: "emoji" }, button.emoji.id ? `:${button.emoji.name}:` : button.emoji.name);
  const label = [emoji, button.label && h("span", {}, button.label)];
  if (button.style === 5) {
    const address = /^(https?|discord):/.test(button.url ?? "") ? button.url : "#";
    return h("a", { class: "button link", href: address, target: "_blank", rel: "noopener noreferrer", title: button.url }, label, icon("link"));
  }
  const pending = busy.has(key(person, message, button));
  return h("button", {
    class: `button ${STYLES[button.style] ?? "secondary"}${pending ? " busy" : ""}`, type: "button", disabled: Boolean(button.disabled) || button.style === 6,
    "aria-busy": pending ? "true" : null, dataset: { control: button.custom_id ?? "" },
    onclick: () => use(person, message, button, { component_type: KIND.button, custom_id: button.custom_id }),
  }, pending ? h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")) : null, h("span", { class: "label" }, label));
}

export function drawMenu(person, message, select) {
  const pending = busy.has(key(person, message, select));
  const { node } = makeSelect(person, select, {
    disabled: Boolean(select.disabled) || pending,
    commit: (values) => use(person, message, select, { component_type: select.type, custom_id: select.custom_id, values }),
  });
  node.classList.toggle("busy", pending);
  return node;
}
