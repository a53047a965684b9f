// Pictures and files: shown in place where they can be, and always there to be downloaded.

import { $, h, icon } from "./dom.js";
import { ansi } from "./ansi.js";
import { link } from "./markdown.js";

/** A larger file is only offered for download. */
const LARGEST_PREVIEW = 2_000_000;
/** Lines shown before somebody asks for all of them. */
const FIRST_LINES = 6;
/** Lines of an opened file: more would stop the page. */
const ALL_LINES = 5_000;

/** Files of Discord's CDN are served by this listener; anything else stays where it is. */
export function local(url, message) {
  if (!url) return "";
  if (url.startsWith("attachment://")) {
    const named = (message.attachments ?? []).find((file) => file.filename === url.slice("attachment://".length));
    return named ? local(named.url, message) : "";
  }
  return url.replace(/^https?:\/\/(cdn\.discordapp\.com|media\.discordapp\.net)(?=\/attachments\/)/, "");
}

export function size(bytes) {
  if (bytes === undefined || bytes === null) return "";
  return bytes < 1000 ? `${bytes} B` : bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A picture in place; pressed, it fills the screen. Pictures from elsewhere are only linked: nothing leaves this machine. */
export function picture(url, description, message, kind = "picture") {
  const address = local(url, message);
  if (!address.startsWith("/")) return link(address, description || address);
  const image = h("img", { class: kind, src: address, alt: description ?? "", title: description ?? "" });
  return h("button", { type: "button", class: "frame", "aria-label": `Look at ${description || "the picture"}`, onclick: () => lightbox(address, description) }, image);
}

function lightbox(address, description) {
  const box = $("lightbox");
  const image = h("img", { src: address, alt: description ?? "" });
  box.replaceChildren(image, h("p", {}, description ?? "", " ", h("a", { href: address, target: "_blank", rel: "noopener" }, "Open in browser")));
  box.onclick = (event) => { if (event.target !== image) box.close(); };
  box.showModal();
}

export function attachment(file, message) {
  if ((file.content_type ?? "").startsWith("image/")) return picture(file.url, file.description || file.filename, message);
  return fileCard({ name: file.title ?? file.filename, bytes: file.size, url: file.url, type: file.content_type }, message);
}

const isText = (type, name) => /^(text\/|application\/(json|xml))/.test(type ?? "") || /\.(log|txt|md|json|ya?ml|toml|csv|diff|sh|rs|js|conf|ini)$/i.test(name);

export function fileCard({ name, bytes, url, type }, message) {
  const address = local(url, message);
  const box = h("div", { class: "file" }, h("div", { class: "file-head" }, icon("file"),
    h("div", {}, link(address, name), h("span", {}, size(bytes))),
    address && h("a", { class: "plain", href: address, download: name, title: `Download ${name}`, "aria-label": `Download ${name}` }, icon("download"))));
  if (address.startsWith("/") && isText(type, name) && !(bytes > LARGEST_PREVIEW)) preview(box, address, name);
  return box;
}

/** Texts by address: a message that is drawn again does not fetch its file again. */
const texts = new Map();
const opened = new Set();

function textOf(address) {
  if (!texts.has(address)) {
    texts.set(address, fetch(address).then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(answer.status)))));
    texts.get(address).catch(() => texts.delete(address));
  }
  return texts.get(address);
}

async function preview(box, address, name) {
  const text = await textOf(address).catch(() => null);
  if (text === null) return;
  const lines = text.replace(/\n$/, "").split("\n");
  const code = h("code");
  const pre = h("pre", { tabIndex: 0, "aria-label": `What ${name} says` }, code);
  const toggle = h("button", { type: "button", class: "expand", onclick: () => { opened.has(address) ? opened.delete(address) : opened.add(address); draw(); } });
  const draw = () => {
    const whole = opened.has(address);
    const shown = lines.slice(0, whole ? ALL_LINES : FIRST_LINES);
    code.replaceChildren(...ansi(shown.join("\n")));
    pre.classList.toggle("whole", whole);
    toggle.setAttribute("aria-expanded", String(whole));
    const left = lines.length - shown.length;
    toggle.replaceChildren(icon(whole ? "down" : "right"), whole ? (left > 0 ? `Collapse (the first ${ALL_LINES} of ${lines.length} lines)` : "Collapse") : `Expand (${lines.length} lines)`);
  };
  draw();
  box.append(pre, lines.length > FIRST_LINES ? toggle : "");
}
