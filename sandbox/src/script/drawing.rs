//! Messages and dialogs drawn with letters.

use std::collections::HashMap;

use serde_json::Value;

use crate::client::{
    Message, Modal,
    message::{kind, label_of, list, placeholder_of, text_at},
};

const LINK: u64 = 5;

/// A message's body, one string a line.
pub(crate) fn message(message: &Message) -> Vec<String> {
    let mut lines = Vec::new();
    let raw = &message.raw;
    if message.is_thinking() {
        lines.push("… is thinking".into());
    }
    push_text(&mut lines, text_at(raw, "content"));
    for embed in list(&raw["embeds"]) {
        let mut inner = Vec::new();
        draw_embed(embed, &mut inner);
        lines.extend(inner.into_iter().map(|line| format!("│ {line}")));
    }
    for component in list(&raw["components"]) {
        draw(component, &mut lines);
    }
    for attachment in list(&raw["attachments"]) {
        let line = file(text_at(attachment, "filename"), &attachment["size"]);
        if !lines.iter().any(|drawn| drawn.ends_with(&line)) {
            lines.push(line);
        }
    }
    lines
}

/// A dialog's fields and what stands in them.
pub(crate) fn modal(modal: &Modal) -> Vec<String> {
    let field = |field: &crate::client::Field| {
        let must = if field.required { "" } else { " (optional)" };
        let shown = if field.value.is_empty() { "____" } else { &field.value };
        format!("{}{must}: {shown}", field.label)
    };
    modal.fields.iter().map(field).chain(["[Cancel] [Submit]".into()]).collect()
}

fn draw_embed(embed: &Value, lines: &mut Vec<String>) {
    push_text(lines, text_at(&embed["author"], "name"));
    push_text(lines, text_at(embed, "title"));
    push_text(lines, text_at(embed, "description"));
    for field in list(&embed["fields"]) {
        push_text(lines, &format!("{}: {}", text_at(field, "name"), text_at(field, "value")));
    }
    if embed["image"]["url"].is_string() || embed["thumbnail"]["url"].is_string() {
        lines.push("(picture)".into());
    }
    push_text(lines, text_at(&embed["footer"], "text"));
}

fn draw(component: &Value, lines: &mut Vec<String>) {
    let inner = || {
        let mut inner = Vec::new();
        for component in list(&component["components"]) {
            draw(component, &mut inner);
        }
        inner
    };
    match kind(component) {
        1 => lines.push(list(&component["components"]).iter().map(control).collect::<Vec<_>>().join(" ")),
        9 => {
            let mut inner = inner();
            let accessory = control(&component["accessory"]);
            match inner.first_mut() {
                Some(first) => *first = format!("{first}    {accessory}"),
                None => inner.push(accessory),
            }
            lines.append(&mut inner);
        }
        10 => push_text(lines, text_at(component, "content")),
        12 => lines.extend(list(&component["items"]).iter().map(picture)),
        13 => {
            let url = text_at(&component["file"], "url");
            let from_url = url.split('?').next().and_then(|url| url.rsplit('/').next()).unwrap_or("file");
            lines.push(file(component["name"].as_str().unwrap_or(from_url), &component["size"]));
        }
        14 => lines.push("─────".into()),
        17 => lines.extend(inner().into_iter().map(|line| format!("┃ {line}"))),
        _ => lines.push(control(component)),
    }
}

/// Something that fits into a line: a button, a menu, a picture.
fn control(component: &Value) -> String {
    let off = if component["disabled"] == true { ": disabled" } else { "" };
    match kind(component) {
        2 if component["style"].as_u64() == Some(LINK) => format!("[{} ↗{off}]", label_of(component)),
        2 => format!("[{}{off}]", label_of(component)),
        3 | 5..=8 => {
            let chosen = list(&component["options"]).iter().filter(|option| option["default"] == true);
            let chosen: Vec<_> = chosen.map(|option| text_at(option, "label")).collect();
            let shown = if chosen.is_empty() { placeholder_of(component).to_owned() } else { chosen.join(", ") };
            format!("[{shown} ▾{off}]")
        }
        11 => picture(component),
        other => format!("(component of type {other})"),
    }
}

fn picture(item: &Value) -> String {
    match text_at(item, "description") {
        "" => "(picture)".into(),
        description => format!("(picture: {description})"),
    }
}

/// A line as a client shows it: people by name, moments by how far they are from `now`, in seconds.
pub(crate) fn readable(line: &str, names: &HashMap<String, String>, now: i64) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        let known = after.split_once('>').and_then(|(inside, after)| Some((shown(inside, names, now)?, after)));
        if let Some((shown, after)) = known {
            text.push_str(&shown);
            rest = after;
        } else {
            text.push('<');
            rest = after;
        }
    }
    text + rest
}

fn shown(inside: &str, names: &HashMap<String, String>, now: i64) -> Option<String> {
    if let Some(id) = inside.strip_prefix('@') {
        return names.get(id.trim_start_matches('&')).map(|name| format!("@{}", name.trim_start_matches('@')));
    }
    let away = inside.strip_prefix("t:")?.strip_suffix(":R")?.parse::<i64>().ok()?.checked_sub(now)?;
    let (amount, unit) = match away.unsigned_abs() {
        0..5 => return Some("now".into()),
        seconds @ 5..60 => (seconds, "s"),
        // To the nearest, as Discord does: what expires in ten minutes still does so a second later.
        seconds @ 60..3_570 => ((seconds + 30) / 60, "min"),
        seconds @ 3_570..84_600 => ((seconds + 1_800) / 3_600, "h"),
        seconds => ((seconds + 43_200) / 86_400, "d"),
    };
    Some(if away > 0 { format!("in {amount} {unit}") } else { format!("{amount} {unit} ago") })
}

fn push_text(lines: &mut Vec<String>, text: &str) {
    lines.extend(text.lines().map(str::to_owned));
}

fn file(name: &str, size: &Value) -> String {
    match size.as_u64() {
        Some(size) => format!("file {name} ({})", bytes(size)),
        None => format!("file {name}"),
    }
}

fn bytes(size: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", size / unit, size % unit * 10 / unit);
    match size {
        0..1_000 => format!("{size} B"),
        1_000..1_000_000 => format!("{} kB", tenths(1_000)),
        _ => format!("{} MB", tenths(1_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn people_roles_and_moments_are_readable() {
        let names = [("7", "admin"), ("9", "Operators")].map(|(id, name)| (id.to_owned(), name.to_owned())).into();
        let line = "by <@7> of <@&9> and <@8> · <t:1000:R> · <t:5000:R> · a < b <x";
        assert_eq!(readable(line, &names, 1_100), "by @admin of @Operators and <@8> · 2 min ago · in 1 h · a < b <x");
    }

    #[test]
    fn a_card_is_drawn_with_its_controls() {
        let drawn = message(&Message {
            raw: json!({
                "components": [
                    { "type": 17, "components": [
                        { "type": 9, "components": [{ "type": 10, "content": "✓ **uptime**\non `web-1`" }],
                          "accessory": { "type": 2, "style": 2, "label": "Log", "custom_id": "l" } },
                        { "type": 14 },
                        { "type": 13, "file": { "url": "https://cdn/attachments/1/2/log.txt?ex=1" }, "size": 1234 },
                        { "type": 1, "components": [
                            { "type": 2, "style": 3, "label": "Approve", "custom_id": "a", "disabled": true },
                            { "type": 2, "style": 5, "label": "Docs", "url": "https://x" }] },
                        { "type": 1, "components": [{ "type": 3, "custom_id": "s", "placeholder": "Category", "options": [] }] },
                    ] },
                    { "type": 12, "items": [{ "media": { "url": "x" }, "description": "a chart" }] },
                ],
                "embeds": [{ "title": "T", "fields": [{ "name": "a", "value": "b" }] }],
                "attachments": [{ "filename": "log.txt", "size": 1234 }, { "filename": "b.bin", "size": 20 }],
            }),
            revision: 1,
        });
        let expected = "\
│ T
│ a: b
┃ ✓ **uptime**    [Log]
┃ on `web-1`
┃ ─────
┃ file log.txt (1.2 kB)
┃ [Approve: disabled] [Docs ↗]
┃ [Category ▾]
(picture: a chart)
file b.bin (20 B)";
        assert_eq!(drawn.join("\n"), expected);
    }
}
