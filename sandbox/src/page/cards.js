// Components of messages: both the rows of old and everything of Components V2.

import { KIND, SELECTS, hex } from "./discord.js";
import { h } from "./dom.js";
import { drawButton, drawMenu } from "./controls.js";
import { fileCard, picture } from "./files.js";
import { markdown, spoiler } from "./markdown.js";

export function drawComponent(person, message, component) {
  const inner = () => (component.components ?? []).map((one) => drawComponent(person, message, one));
  const hidden = (node) => (component.spoiler ? spoiler(node) : node);
  switch (component.type) {
    case KIND.row: return h("div", { class: "row" }, inner());
    case KIND.button: return drawButton(person, message, component);
    case KIND.section: return h("div", { class: "section" }, h("div", {}, inner()), component.accessory && drawComponent(person, message, component.accessory));
    case KIND.text: return markdown(component.content, person);
    case KIND.thumbnail: return hidden(picture(component.media?.url, component.description, message, "thumbnail"));
    case KIND.gallery: return gallery(message, component.items ?? []);
    case KIND.file: return hidden(file(message, component));
    case KIND.separator: return separator(component);
    case KIND.container: {
      const box = h("div", { class: "container" }, inner());
      if (typeof component.accent_color === "number") box.style.setProperty("--accent", hex(component.accent_color));
      else box.classList.add("plainly");
      return hidden(box);
    }
    default:
      if (SELECTS.includes(component.type)) return drawMenu(person, message, component);
      return h("div", { class: "note" }, `(a component of type ${component.type}, which this page cannot draw)`);
  }
}

function gallery(message, items) {
  const pictures = items.map((item) => {
    const node = picture(item.media?.url, item.description, message);
    return item.spoiler ? spoiler(h("div", {}, node)) : node;
  });
  return h("div", { class: `gallery n${Math.min(items.length, 5)}` }, pictures);
}

function file(message, component) {
  const url = component.file?.url ?? "";
  const known = (message.attachments ?? []).find((one) => url.includes(`/${one.id}/`) || url === `attachment://${one.filename}`);
  const name = component.name ?? known?.filename ?? decodeURIComponent(url.split("?")[0].split("/").pop());
  return fileCard({ name, bytes: component.size ?? known?.size, url, type: component.file?.content_type ?? known?.content_type }, message);
}

function separator({ spacing, divider }) {
  return h("div", { class: `separator${spacing === 2 ? " wide" : ""}${divider === false ? " blank" : ""}`, role: "separator" });
}

/** Whether a file is already shown by a component or an embed, so that it is not shown twice. */
export function isShown(message, file) {
  const shown = JSON.stringify([message.components ?? [], message.embeds ?? []]);
  return shown.includes(`/${file.id}/`) || shown.includes(`attachment://${file.filename}`);
}
