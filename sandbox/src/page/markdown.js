// Discord's Markdown as nodes: blocks first, then what stands inside a line.

import { ansi } from "./ansi.js";
import { h, icon } from "./dom.js";
import { hex, isThread } from "./discord.js";
import { stamp } from "./time.js";

const CODE = /```(?:([\w+#.-]*)\n)?([\s\S]*?)```/;
const BLOCK = /^(?:#{1,3} +\S|-# +\S|> |>>> | *(?:[-*]|\d{1,9}\.) +\S|```)/;
const ITEM = /^( *)([-*]|\d{1,9}\.) +(.+)$/;
/** Deeper nesting of quotes and emphasis is shown as it was typed: nobody means it, and it costs. */
const DEEPEST = 12;

export function markdown(text, person) {
  const root = h("div", { class: "text" });
  blocks((text ?? "").replace(/\r/g, ""), root, person, 0);
  return root;
}

function blocks(text, root, person, depth) {
  let rest = text.replace(/^\n+/, "");
  while (rest) {
    const line = /^[^\n]*/.exec(rest)[0];
    const code = rest.startsWith("```") && CODE.exec(rest);
    const heading = /^(#{1,3}) +(\S.*)/.exec(line);
    const small = /^-# +(\S.*)/.exec(line);
    const next = (node, length) => {
      root.append(...[node].flat());
      rest = rest.slice(length).replace(/^\n/, "");
    };
    if (code?.index === 0) next(codeBlock(code[1], code[2]), code[0].length);
    else if (heading) next(h(`h${heading[1].length + 2}`, {}, inline(heading[2], person)), line.length);
    else if (small) next(h("small", {}, inline(small[1], person)), line.length);
    else if (rest.startsWith(">>> ") && depth < DEEPEST) next(quote(rest.slice(4), person, depth), rest.length);
    else if (/^> /.test(line) && depth < DEEPEST) {
      const quoted = /^(?:>(?: [^\n]*)?(?:\n|$))+/.exec(rest)?.[0] ?? line;
      next(quote(quoted.replace(/\n$/, "").replace(/^> ?/gm, ""), person, depth), quoted.replace(/\n$/, "").length);
    } else if (ITEM.test(line)) {
      const items = /^(?: *(?:[-*]|\d{1,9}\.) +[^\n]+(?:\n|$))+/.exec(rest)[0];
      next(lists(items.replace(/\n$/, "").split("\n").map((one) => ITEM.exec(one)), person), items.replace(/\n$/, "").length);
    } else {
      const words = paragraph(rest);
      next(h("p", {}, inline(words, person)), words.length);
    }
  }
}

/** The text up to the next block, or up to a code block in the middle of a line. */
function paragraph(text) {
  const code = CODE.exec(text);
  let end = code ? code.index : text.length;
  for (let at = text.indexOf("\n"); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) {
    if (BLOCK.test(text.slice(at + 1))) end = at;
  }
  return text.slice(0, end || 1);
}

function quote(text, person, depth) {
  const node = h("blockquote");
  blocks(text, node, person, depth + 1);
  return node;
}

/** Lines of a list with their indents; deeper ones become lists inside the item before them, another mark begins another list. */
function lists(items, person) {
  const all = [];
  let at = 0;
  while (at < items.length) {
    const [, indent, mark, words] = items[at];
    const ordered = /\d/.test(mark);
    const deeper = items.slice(at + 1).findIndex((item) => item[1].length <= indent.length);
    const end = deeper < 0 ? items.length : at + 1 + deeper;
    if (all.at(-1)?.tagName !== (ordered ? "OL" : "UL")) all.push(h(ordered ? "ol" : "ul", ordered ? { start: Number.parseInt(mark, 10) } : {}));
    all.at(-1).append(h("li", {}, inline(words, person), lists(items.slice(at + 1, end), person)));
    at = end;
  }
  return all;
}

function codeBlock(language, text) {
  const code = text.replace(/\n$/, "");
  const copy = h("button", { class: "copy", type: "button", title: "Copy", onclick: () => navigator.clipboard?.writeText(code.replace(/\u001b\[[\d;]*m/g, "")) }, "Copy");
  const label = language && h("span", { class: "language" }, language);
  return h("div", { class: "code" }, label, copy, h("pre", { tabIndex: 0 }, h("code", {}, language === "ansi" ? ansi(code) : code)));
}

const INLINE = new RegExp([
  String.raw`\\([\\*_~|\x60<>#\[\]():-])`, // 1 escaped
  String.raw`(\x60{1,2})([^\n]+?)\2(?!\x60)`, // 2, 3 code
  String.raw`\*\*\*(.+?)\*\*\*`, // 4 bold italic
  String.raw`\*\*(.+?)\*\*(?!\*)`, // 5 bold
  String.raw`__(.+?)__(?!_)`, // 6 underlined
  String.raw`\*([^\s*](?:(?:\*\*|[^*])*?[^\s*])?)\*(?!\*)`, // 7 italic
  String.raw`(?<![\p{L}\p{N}_])_([^_]+?)_(?![\p{L}\p{N}_])`, // 8 italic
  String.raw`~~(.+?)~~`, // 9 struck
  String.raw`\|\|(.+?)\|\|`, // 10 spoiler
  String.raw`<t:(-?\d{1,13})(?::([tTdDfFRsS]))?>`, // 11, 12 time
  String.raw`<@&(\d+)>`, // 13 role
  String.raw`<@!?(\d+)>`, // 14 person
  String.raw`<#(\d+)>`, // 15 channel
  String.raw`</([^:>]+):\d+>`, // 16 command
  String.raw`<a?:(\w+):\d+>`, // 17 emoji
  String.raw`\[([^\]]+)\]\(<?(https?:[^)\s>]+)>?\)`, // 18, 19 link
  String.raw`<?(https?://[^\s<>]*[^\s<>.,:;"'\])])>?`, // 20 address
  String.raw`(@everyone|@here)`, // 21
].join("|"), "gsu");

export function inline(text, person, depth = 0) {
  if (depth > DEEPEST) return [text];
  const nodes = [];
  const plain = (words) => words.split("\n").forEach((line, at) => nodes.push(...(at ? [h("br")] : []), line));
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > at) plain(text.slice(at, match.index));
    at = match.index + match[0].length;
    nodes.push(piece(match, person, (inner) => inline(inner, person, depth + 1)));
  }
  if (at < text.length) plain(text.slice(at));
  return nodes;
}

function piece(m, person, inner) {
  if (m[1] !== undefined) return m[1];
  if (m[3] !== undefined) return h("code", {}, m[3].trim() || m[3]);
  if (m[4] !== undefined) return h("strong", {}, h("em", {}, inner(m[4])));
  if (m[5] !== undefined) return h("strong", {}, inner(m[5]));
  if (m[6] !== undefined) return h("u", {}, inner(m[6]));
  if (m[7] !== undefined || m[8] !== undefined) return h("em", {}, inner(m[7] ?? m[8]));
  if (m[9] !== undefined) return h("s", {}, inner(m[9]));
  if (m[10] !== undefined) return spoiler(h("span", {}, inner(m[10])));
  if (m[11] !== undefined) return stamp(Number(m[11]), m[12]);
  if (m[13] !== undefined) return roleMention(person.roles.get(m[13]));
  if (m[14] !== undefined) return h("button", { type: "button", class: "mention", dataset: { member: m[14] } }, `@${person.nameOf(m[14])}`);
  if (m[15] !== undefined) return channelMention(person.channels.get(m[15]));
  if (m[16] !== undefined) return h("button", { type: "button", class: "mention", dataset: { type: `/${m[16]} ` } }, `/${m[16]}`);
  if (m[17] !== undefined) return h("span", { class: "emoji", title: `:${m[17]}:` }, `:${m[17]}:`);
  if (m[19] !== undefined) return link(m[19], inner(m[18]));
  if (m[20] !== undefined) return link(m[20], m[20]);
  return h("span", { class: "mention" }, m[21]);
}

function roleMention(role) {
  const node = h("span", { class: "mention" }, `@${(role?.name ?? "deleted-role").replace(/^@/, "")}`);
  if (role?.color) node.style.setProperty("--mention-text", hex(role.color));
  return node;
}

function channelMention(channel) {
  if (!channel) return h("span", { class: "mention" }, "#unknown");
  return h("button", { type: "button", class: "mention", dataset: { channel: channel.id } }, isThread(channel) ? icon("thread") : "#", channel.name);
}

/** Only addresses of the web become links: a bot could send `javascript:`. */
export function link(url, label, props = {}) {
  if (!/^(https?:\/)?\//.test(url ?? "")) return h("span", {}, label);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer", title: String(url), ...props }, label);
}

/** Hidden until somebody asks for it. */
export function spoiler(node) {
  node.classList.add("spoiler");
  Object.assign(node, { tabIndex: 0, title: "Spoiler: press to show" });
  node.setAttribute("role", "button");
  node.setAttribute("aria-label", "Spoiler");
  const show = (event) => {
    if (node.classList.contains("shown") || (event.key && !["Enter", " "].includes(event.key))) return;
    event.preventDefault();
    event.stopPropagation();
    node.classList.add("shown");
    ["role", "aria-label", "title"].forEach((name) => node.removeAttribute(name));
  };
  node.addEventListener("click", show, true);
  node.addEventListener("keydown", show);
  return node;
}
