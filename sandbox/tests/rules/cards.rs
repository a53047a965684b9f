//! Components V2.

use crate::bench::{Bench, V2, error, fine, form, text};
use reqwest::Method;
use serde_json::{Value, json};

fn card(components: Value) -> Value {
    json!({"flags": V2, "components": components})
}

fn boxed(inside: Value) -> Value {
    card(json!([{"type": 17, "components": inside}]))
}

#[tokio::test]
async fn a_card_is_built_from_what_fits_together() {
    let bench = Bench::set().await;
    let say = |content: &str| json!({"type": 10, "content": content});
    let button = json!({"type": 2, "style": 1, "label": "x", "custom_id": "same"});
    let section =
        |texts: Value, accessory: Value| card(json!([{"type": 9, "components": texts, "accessory": accessory}]));
    let media = |url: &str| json!({"media": {"url": url}});
    let thumbnail = |url: &str| json!({"type": 11, "media": {"url": url}});
    let gallery = |n: usize| card(json!([{"type": 12, "items": vec![media("https://example.com/a.png"); n]}]));
    let rows = vec![
        fine(card(
            json!([say("x"), {"type": 14, "spacing": 2, "divider": false}, {"type": 1, "components": [button]}]),
        )),
        fine(boxed(json!(vec![say("x"); 39]))),
        form("components_v2.count", "components", boxed(json!(vec![say("x"); 40]))),
        fine(card(json!([say(&text(2000)), say(&text(2000))]))),
        form("components_v2.text", "components", card(json!([say(&text(2000)), say(&text(2001))]))),
        form("text_display.content", "components.0.content", card(json!([say("")]))),
        form("text_display.content", "components.0.content", card(json!([say(" \n")]))),
        form("field.required", "components.0.content", card(json!([{"type": 10}]))),
        error("message.empty", 400, 50006, card(json!([]))),
        form("components_v2.legacy_fields", "content", json!({"flags": V2, "content": "x", "components": [say("x")]})),
        form(
            "components_v2.legacy_fields",
            "embeds",
            json!({"flags": V2, "embeds": [{"title": "x"}], "components": [say("x")]}),
        ),
        form(
            "components_v2.legacy_fields",
            "poll",
            json!({"flags": V2, "poll": {"question": {}}, "components": [say("x")]}),
        ),
        form(
            "components_v2.legacy_fields",
            "sticker_ids",
            json!({"flags": V2, "sticker_ids": ["1"], "components": [say("x")]}),
        ),
        fine(section(json!([say("x")]), button.clone())),
        fine(section(json!([say("x"), say("y"), say("z")]), thumbnail("https://example.com/a.png"))),
        form("section.length", "components.0.components", section(json!([]), button.clone())),
        form("section.length", "components.0.components", section(json!(vec![say("x"); 4]), button.clone())),
        form(
            "components.nesting",
            "components.0.components.0.type",
            section(json!([button]), thumbnail("https://a.b/c.png")),
        ),
        form("field.required", "components.0.accessory", section(json!([say("x")]), Value::Null)),
        form("components.nesting", "components.0.accessory.type", section(json!([say("x")]), say("y"))),
        form(
            "component.custom_id_unique",
            "components.1.components.0.custom_id",
            card(json!([
            {"type": 9, "components": [say("x")], "accessory": button}, {"type": 1, "components": [button]}])),
        ),
        form("media.url", "components.0.accessory.media.url", section(json!([say("x")]), thumbnail("ftp://a.b/c.png"))),
        form(
            "media.description",
            "components.0.accessory.description",
            section(
                json!([say("x")]),
                json!({"type": 11, "media": {"url": "https://a.b/c.png"}, "description": text(1025)}),
            ),
        ),
        fine(gallery(10)),
        form("gallery.length", "components.0.items", gallery(11)),
        form("gallery.length", "components.0.items", gallery(0)),
        form("field.required", "components.0.items.0.media.url", card(json!([{"type": 12, "items": [{}]}]))),
        form(
            "file.reference",
            "components.0.file.url",
            card(json!([{"type": 13, "file": {"url": "https://example.com/a.txt"}}])),
        ),
        form(
            "attachment.unknown",
            "components.0.file.url",
            card(json!([{"type": 13, "file": {"url": "attachment://a.txt"}}])),
        ),
        form("separator.spacing", "components.0.spacing", card(json!([{"type": 14, "spacing": 3}]))),
        form("field.type", "components.0.divider", card(json!([{"type": 14, "divider": 1}]))),
        form("container.length", "components.0.components", boxed(json!([]))),
        form(
            "container.accent_color",
            "components.0.accent_color",
            card(json!([{"type": 17, "accent_color": 0x0100_0000, "components": [say("x")]}])),
        ),
        form(
            "components.nesting",
            "components.0.components.0.type",
            boxed(json!([{"type": 17, "components": [say("x")]}])),
        ),
        form("components.nesting", "components.0.components.0.type", boxed(json!([button]))),
        form("components.nesting", "components.0.type", card(json!([thumbnail("https://a.b/c.png")]))),
        form("components.nesting", "components.0.type", card(json!([{"type": 18, "label": "x"}]))),
        form(
            "component.id_unique",
            "components",
            card(json!([{"type": 10, "content": "x", "id": 2}, {"type": 10, "content": "y", "id": 2}])),
        ),
    ];
    bench.judge(Method::POST, &bench.messages(), rows).await;
}
