// The values of a command's options: from what was typed to what the interaction carries, with the bounds the bot has set.

import { OFFERED_BY, OPTION, TYPED, choosable } from "./discord.js";

/** A value as the interaction carries it; throws what to tell the person. */
export function typedValue(person, draft, option, text) {
  const picked = draft.picks.get(option.name);
  if (picked?.text === text) return picked.value;
  const wrong = (wanted) => new Error(`“${option.name}” cannot be “${text}”: it takes ${wanted}.`);
  if (!text) throw new Error(`“${option.name}” needs a value.`);
  if (option.choices?.length) {
    const choice = option.choices.find((one) => one.name === text || String(one.value) === text);
    if (!choice) throw wrong(`one of ${option.choices.map((one) => one.name).join(", ")}`);
    return choice.value;
  }
  switch (option.type) {
    case OPTION.integer: if (!/^-?\d+$/.test(text)) throw wrong("a whole number"); return bounded(option, Number(text), wrong);
    case OPTION.number: if (!text.trim() || !Number.isFinite(Number(text))) throw wrong("a number"); return bounded(option, Number(text), wrong);
    case OPTION.boolean: if (!/^(true|false)$/i.test(text)) throw wrong("true or false"); return text.toLowerCase() === "true";
    case OPTION.user: case OPTION.channel: case OPTION.role: case OPTION.mentionable: {
      const bare = text.replace(/^[@#]/, "");
      const id = /^<[@#][!&]?(\d+)>$/.exec(text)?.[1];
      const found = choosable(person, OFFERED_BY[option.type], option).find((one) => one.value === (id ?? text) || [one.label, one.description].some((name) => name?.replace(/^[@#]/, "") === bare));
      if (!found) throw wrong(TYPED[option.type]);
      return found.value;
    }
    case OPTION.attachment: if (draft.files.get(option.name)?.name !== text) throw new Error(`Choose the file for “${option.name}” with Tab.`); return null;
    default: {
      const { min_length: least = 0, max_length: most = 6000 } = option;
      if (text.length < least || text.length > most) throw wrong(least === most ? `${least} characters` : `${least} to ${most} characters`);
      return text;
    }
  }
}

function bounded(option, number, wrong) {
  if (number < (option.min_value ?? -Infinity) || number > (option.max_value ?? Infinity)) throw wrong(bounds(option));
  return number;
}

/** What an option takes, with its bounds. */
export function bounds(option) {
  const { min_value: least, max_value: most } = option;
  const kind = TYPED[option.type] ?? "text";
  if (least !== undefined && most !== undefined) return `${kind} from ${least} to ${most}`;
  if (least !== undefined) return `${kind} of at least ${least}`;
  if (most !== undefined) return `${kind} of at most ${most}`;
  if (option.max_length) return `${kind}, at most ${option.max_length} characters`;
  return kind;
}

/** What `POST /interactions` is sent for a command; `focused` is the option that is being completed. */
export function commandData(person, draft, entry, given, focused) {
  const files = [];
  const options = given.map((one) => {
    const { type, name } = one.option;
    if (one === focused) return { type, name, value: one.value, focused: true };
    let value = typedValue(person, draft, one.option, one.value);
    if (type === OPTION.attachment) {
      files.push(draft.files.get(name));
      value = String(files.length - 1);
    }
    return { type, name, value };
  });
  const attachments = files.map((file, at) => ({ id: String(at), filename: file.name }));
  const { id, name, version } = entry.command;
  return { data: { id, name, type: 1, version, options: entry.wrap(options), attachments }, files };
}
