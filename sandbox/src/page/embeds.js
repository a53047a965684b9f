// Embeds, with every field Discord documents.

import { hex } from "./discord.js";
import { h } from "./dom.js";
import { picture } from "./files.js";
import { inline, link, markdown } from "./markdown.js";
import { when } from "./time.js";

export function drawEmbed(person, message, embed) {
  const root = h("div", { class: "embed" });
  if (typeof embed.color === "number") root.style.setProperty("--accent", hex(embed.color));
  const body = h("div", { class: "embed-body" });
  const add = (...nodes) => body.append(...nodes.filter(Boolean));
  if (embed.provider?.name) add(h("div", { class: "provider" }, embed.provider.name));
  if (embed.author?.name) {
    const face = embed.author.icon_url && picture(embed.author.icon_url, "", message, "face");
    add(h("div", { class: "embed-author" }, face, embed.author.url ? link(embed.author.url, embed.author.name) : embed.author.name));
  }
  if (embed.title) add(h("div", { class: "embed-title" }, embed.url ? link(embed.url, inline(embed.title, person)) : inline(embed.title, person)));
  if (embed.description) add(markdown(embed.description, person));
  if (embed.fields?.length) add(h("div", { class: "fields" }, columns(embed.fields).map(([field, width]) => drawField(person, field, width))));
  if (embed.image?.url) add(picture(embed.image.url, embed.image.description ?? "", message));
  if (embed.video?.url) add(link(embed.video.url, "Watch the video"));
  const small = [embed.footer?.text, embed.timestamp && when(new Date(embed.timestamp))].filter(Boolean).join(" • ");
  const face = embed.footer?.icon_url && picture(embed.footer.icon_url, "", message, "face");
  if (small) add(h("div", { class: "embed-footer" }, face, small));
  root.append(body);
  if (embed.thumbnail?.url) root.append(picture(embed.thumbnail.url, embed.thumbnail.description ?? "", message, "thumbnail"));
  return root;
}

function drawField(person, field, width) {
  const node = h("div", { class: "field" }, h("b", {}, inline(field.name, person)), markdown(field.value, person));
  node.style.gridColumn = `span ${width}`;
  return node;
}

/** Of twelve columns, what each field takes: inline ones stand three (or two) in a row. */
function columns(fields) {
  const rows = [];
  for (const field of fields) {
    const row = rows.at(-1);
    if (field.inline && row?.[0].inline && row.length < 3) row.push(field);
    else rows.push([field]);
  }
  return rows.flatMap((row) => row.map((field) => [field, field.inline ? 12 / Math.max(row.length, 2) : 12]));
}
