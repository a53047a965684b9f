// Reading what was typed after a slash. Pure: text and the bot's commands in, what they mean out.

import { COMMAND, OPTION } from "./discord.js";

/** Every slash command a person can type: subcommands are commands of their own. */
export function entries(index) {
  const all = (command, options, name, description, wrap) => {
    const inner = (options ?? []).filter((option) => option.type <= OPTION.group);
    if (!inner.length) return [{ command, name, description, options: options ?? [], wrap }];
    return inner.flatMap((option) => all(command, option.options, `${name} ${option.name}`, option.description,
      (given) => wrap([{ type: option.type, name: option.name, options: given }])));
  };
  const slash = index.filter((command) => (command.type ?? COMMAND.slash) === COMMAND.slash);
  return slash.flatMap((command) => all(command, command.options, command.name, command.description, (given) => given)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The command a text begins with and where its options start; null while its name is being typed. */
export function typedCommand(known, text) {
  const begins = ({ name }) => new RegExp(`^/${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(" ", "\\s+")}(?=\\s|$)`).exec(text);
  const found = known.map((entry) => ({ entry, match: begins(entry) })).filter(({ match }) => match);
  const best = found.sort((a, b) => b.entry.name.length - a.entry.name.length)[0];
  return best ? { entry: best.entry, start: best.match[0].length } : null;
}

/** Reads `name:value …` as the script's client does: a quoted value ends at its quote, another at the next known option. */
export function readOptions(text, start, options) {
  const given = [];
  const known = (name) => options.find((option) => option.name === name);
  let at = start;
  for (;;) {
    while (/\s/.test(text[at] ?? "")) at += 1;
    if (at >= text.length) return { given };
    const name = /^[\p{L}\p{N}_'-]+(?=:)/u.exec(text.slice(at))?.[0];
    if (!name) return { given, problem: `“${text.slice(at).split(/\s/)[0]}” is not an option: write name:value` };
    const option = known(name);
    if (!option) return { given, problem: `There is no option “${name}” (there are: ${options.map((one) => one.name).join(", ") || "none"})` };
    if (given.some((one) => one.option === option)) return { given, problem: `“${name}” is given twice` };
    let from = at + name.length + 1;
    while (text[from] === " ") from += 1;
    const one = { option, from: at + name.length + 1, value: "", closed: false };
    given.push(one);
    if (text[from] === '"' || text[from] === "'") {
      const read = quoted(text, from);
      one.value = read.value;
      if (read.end >= text.length) return { given, problem: `The quote of “${name}” is never closed` };
      one.closed = true;
      at = read.end + 1;
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

/** A quoted value. A backslash stands before a quote or another backslash; any other is the person's own, as in `printf 'a\n'`. */
function quoted(text, from) {
  let value = "";
  let end = from + 1;
  while (end < text.length && text[end] !== text[from]) {
    if (text[end] === "\\" && /["'\\]/.test(text[end + 1] ?? "")) end += 1;
    value += text[end];
    end += 1;
  }
  return { value, end };
}

/** A value as it is typed: in quotes where it would be read as more than one thing. */
export function quote(text) {
  return /^["']|\s/.test(text) ? `"${text.replace(/[\\"]/g, "\\$&")}"` : text;
}

/** The next option that must be given, ready to be typed into. */
export function firstWanted(entry, given) {
  const next = entry.options.find((option) => option.required && !given.some((one) => one.option.name === option.name));
  return next ? `${next.name}:` : "";
}
