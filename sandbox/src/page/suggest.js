// What could come next while a command is being typed: commands, options, values, and what the bot completes.

import { INTERACTION, OFFERED_BY, OPTION, choosable } from "./discord.js";
import { $, h } from "./dom.js";
import { entries, firstWanted, quote, readOptions, typedCommand } from "./commands.js";
import { NO_ANSWER } from "./person.js";
import { suggest } from "./picker.js";
import { state } from "./state.js";
import { bounds, commandData } from "./values.js";

const AUTOCOMPLETE_AFTER = 120; // ms without a key, so that fast typing asks once
const MOST = 25;

/** Counts questions, so that an answer that comes too late is not shown. */
let asked = 0;

export function closePicker() {
  asked += 1;
  suggest(null, [], false);
}

/** Looks at what is typed and suggests what fits. `write` replaces the text. */
export async function suggestFor(text, draft, { write, complain }) {
  if (!text.startsWith("/")) {
    draft.known = null;
    draft.picks.clear();
    draft.files.clear();
    closePicker();
    return;
  }
  if (!draft.known) {
    const mine = (asked += 1);
    const index = await state.me.commands().catch((error) => { complain(error.message); return null; });
    if (!index || mine !== asked) return;
    draft.known = entries(index);
  }
  const place = typedCommand(draft.known, text);
  if (!place || text.length === place.start) suggestCommands(text, draft, write);
  else suggestInside(text, place, draft, write);
}

function suggestCommands(text, draft, write) {
  asked += 1;
  const wanted = text.slice(1).toLowerCase().replace(/\s+/g, " ").trimEnd();
  const fits = draft.known.filter((entry) => entry.name.includes(wanted));
  const rank = (entry) => (entry.name.startsWith(wanted) ? 0 : 1);
  const bot = state.me.botName();
  const items = fits.sort((a, b) => rank(a) - rank(b)).map((entry) => ({
    label: `/${entry.name}`, description: entry.description, from: bot,
    keys: entry.options.filter((option) => option.required).map((option) => option.name),
    pick: () => write(`/${entry.name} ${firstWanted(entry, [])}`),
  }));
  const none = draft.known.length ? `${bot} has no command like this` : `${bot} has no commands${state.online ? "" : ": it is offline"}`;
  // A command that needs nothing more is sent by Enter as it stands.
  const whole = fits.some((entry) => entry.name === wanted && !entry.options.some((option) => option.required));
  suggest(items.length ? `${bot}'s commands${state.online ? "" : " (it is offline, and will not answer)"}` : none, items, !whole);
}

/** The command with its options: given ones, the one being typed, what is still missing. */
function signature(entry, given, current) {
  return h("div", { class: "signature" }, h("b", {}, `/${entry.name}`), entry.options.map((option) => {
    const is = given.some((one) => one.option === option && one.value);
    const kind = option === current ? "current" : is ? "given" : option.required ? "required" : "";
    return h("span", { class: kind, title: option.description }, option.name, !option.required && h("i", {}, "?"));
  }), h("small", {}, entry.description));
}

function suggestInside(text, { entry, start }, draft, write) {
  const { given, problem } = readOptions(text, start, entry.options);
  const last = given.at(-1);
  const word = /\S*$/.exec(text)[0];
  const left = entry.options.filter((option) => !given.some((one) => one.option === option));
  const between = !last || last.closed || (last.value && /\s$/.test(text)) || (last.spaced && word && left.some((option) => option.name.startsWith(word)));
  if (!between) {
    suggestValues(text, entry, given, last, draft, write);
    return;
  }
  asked += 1;
  const part = last && !last.closed && !/\s$/.test(text) ? word : problem && !word.includes(":") ? word : "";
  const items = left.filter((option) => option.name.startsWith(part)).sort((a, b) => Number(b.required ?? false) - Number(a.required ?? false)).map((option) => ({
    label: option.name, keys: [option.required ? { text: "required", kind: "required" } : "optional"], description: option.description,
    pick: () => write(`${text.slice(0, text.length - part.length).trimEnd()} ${option.name}:`),
  }));
  suggest(signature(entry, given), items, Boolean(firstWanted(entry, given)) && !(problem && word.includes(":")));
}

async function suggestValues(text, entry, given, one, draft, write) {
  const { option, value } = one;
  const mine = (asked += 1);
  const title = (note) => h("div", {}, signature(entry, given, option), h("div", { class: "about" }, h("b", {}, option.name), ` ${option.description} · ${bounds(option)}`, h("em", {}, option.required ? "required" : "optional"), note && h("span", {}, note)));
  const pick = (choice) => {
    draft.picks.set(option.name, { text: choice.name, value: choice.value });
    write(`${text.slice(0, one.from)}${quote(choice.name)} ${firstWanted(entry, given)}`);
  };
  const offer = (choices) => {
    const known = choices.some((choice) => choice.name === value || String(choice.value) === value);
    const shown = choices.slice(0, MOST).map((choice) => ({ label: choice.name, description: choice.description, user: choice.user, pick: () => pick(choice) }));
    suggest(title(choices.length ? "" : "nothing to suggest"), shown, !known && choices.length > 0);
  };
  const filtered = (choices) => choices.filter((choice) => `${choice.name} ${choice.description ?? ""}`.toLowerCase().includes(value.toLowerCase()));
  const own = OFFERED_BY[option.type];
  if (value && draft.picks.get(option.name)?.text === value) suggest(title(), [], false);
  else if (option.choices?.length) offer(filtered(option.choices));
  else if (option.type === OPTION.boolean) offer(filtered([{ name: "true", value: true }, { name: "false", value: false }]));
  else if (own) offer(filtered(choosable(state.me, own, option).map((choice) => ({ ...choice, name: choice.label }))));
  else if (option.type === OPTION.attachment) suggest(title(), [{ label: "Choose a file…", pick: () => chooseFile(text, one, entry, given, draft, write) }], !draft.files.get(option.name));
  else if (!option.autocomplete) suggest(title(), [], false);
  else {
    suggest(title("asking the bot…"), [], false);
    await new Promise((resolve) => setTimeout(resolve, AUTOCOMPLETE_AFTER));
    if (mine !== asked) return;
    try {
      const readable = given.filter((other) => other === one || other.value);
      const { data } = commandData(state.me, draft, entry, readable, one);
      const { choices } = await state.me.interact(INTERACTION.autocomplete, entry.command.application_id, state.me.place, data);
      if (mine === asked) offer(choices);
    } catch (error) {
      if (mine === asked) suggest(title(error.message === NO_ANSWER ? `loading options failed${state.online ? "" : ": the bot is offline"}` : error.message), [], false);
    }
  }
}

function chooseFile(text, one, entry, given, draft, write) {
  const field = $("file");
  field.value = "";
  field.multiple = false;
  field.onchange = () => {
    const file = field.files[0];
    if (!file) return;
    draft.files.set(one.option.name, file);
    write(`${text.slice(0, one.from)}${quote(file.name)} ${firstWanted(entry, given)}`);
  };
  field.click();
}
