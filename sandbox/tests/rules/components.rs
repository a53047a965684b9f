//! Buttons, selects and rows of ordinary messages.

use crate::bench::{Bench, error, fine, form, text};
use reqwest::Method;
use serde_json::{Value, json};

fn row(inside: Value) -> Value {
    json!({"components": [{"type": 1, "components": inside}]})
}

fn button(more: Value) -> Value {
    row(json!([with(json!({"type": 2, "style": 1, "label": "x", "custom_id": "a"}), more)]))
}

fn select(more: Value) -> Value {
    let options = json!([{"label": "a", "value": "a"}, {"label": "b", "value": "b"}]);
    row(json!([with(json!({"type": 3, "custom_id": "a", "options": options}), more)]))
}

/// A select that Discord fills; 5 people, 6 roles, 7 both, 8 channels.
fn filled(kind: u64, more: Value) -> Value {
    row(json!([with(json!({"type": kind, "custom_id": "a"}), more)]))
}

/// A null takes a field away.
fn with(mut one: Value, more: Value) -> Value {
    if let (Value::Object(one), Value::Object(more)) = (&mut one, more) {
        one.extend(more);
        one.retain(|_, field| !field.is_null());
    }
    one
}

#[tokio::test]
async fn a_button_is_one_of_six_kinds() {
    let bench = Bench::set().await;
    let link = |more: Value| button(with(json!({"style": 5, "url": "https://example.com"}), more));
    let premium = |more: Value| row(json!([with(json!({"type": 2, "style": 6}), more)]));
    let at = "components.0.components.0";
    let rows = vec![
        fine(button(json!({}))),
        fine(button(json!({"label": null, "emoji": {"name": "👍"}}))),
        fine(row(json!([{"type": 2, "style": 5, "label": "x", "url": "https://example.com"}]))),
        form("button.label", at, button(json!({"label": null}))),
        form("button.label", at, button(json!({"label": ""}))),
        form("button.label", "components.0.components.0.label", button(json!({"label": text(81)}))),
        form("button.style", "components.0.components.0.style", button(json!({"style": 7}))),
        form("button.style", "components.0.components.0.style", button(json!({"style": null}))),
        form("field.required", "components.0.components.0.custom_id", button(json!({"custom_id": null}))),
        form("component.custom_id", "components.0.components.0.custom_id", button(json!({"custom_id": ""}))),
        form("component.custom_id", "components.0.components.0.custom_id", button(json!({"custom_id": text(101)}))),
        form("field.type", "components.0.components.0.disabled", button(json!({"disabled": "no"}))),
        form("component.emoji", "components.0.components.0.emoji.name", button(json!({"emoji": {"name": "thumbsup"}}))),
        form(
            "component.emoji",
            "components.0.components.0.emoji.id",
            button(json!({"emoji": {"id": "1", "name": "x"}})),
        ),
        form("button.link", at, link(json!({}))),
        form("button.link", at, button(json!({"url": "https://example.com"}))),
        form("field.required", "components.0.components.0.url", row(json!([{"type": 2, "style": 5, "label": "x"}]))),
        form(
            "button.url",
            "components.0.components.0.url",
            row(json!([{"type": 2, "style": 5, "label": "x", "url": "ftp://example.com"}])),
        ),
        form(
            "button.url",
            "components.0.components.0.url",
            row(json!([{"type": 2, "style": 5, "label": "x", "url": format!("https://{}", text(510))}])),
        ),
        form("field.required", "components.0.components.0.sku_id", premium(json!({}))),
        form("button.premium", "components.0.components.0.label", premium(json!({"label": "x", "sku_id": "1"}))),
        form("button.premium", at, button(json!({"sku_id": "1"}))),
    ];
    bench.judge(Method::POST, &bench.messages(), rows).await;
}

#[tokio::test]
async fn rows_are_filled_to_the_brim_and_no_further() {
    let bench = Bench::set().await;
    let buttons = |n: usize| -> Value {
        (0..n).map(|n| json!({"type": 2, "style": 1, "label": "x", "custom_id": n.to_string()})).collect()
    };
    let rows_of = |n: usize| -> Value {
        let one = |n: usize| json!({"type": 1, "components": [{"type": 2, "style": 1, "label": "x", "custom_id": n.to_string()}]});
        json!({"components": (0..n).map(one).collect::<Vec<_>>()})
    };
    let pick = json!({"type": 5, "custom_id": "pick"});
    let rows = vec![
        fine(rows_of(5)),
        form("components.rows", "components", rows_of(6)),
        fine(row(buttons(5))),
        form("components.row_length", "components.0.components", row(buttons(6))),
        form("components.row_length", "components.0.components", row(json!([]))),
        form(
            "components.width",
            "components.0.components.1",
            row(json!([pick, {"type": 2, "style": 1, "label": "x", "custom_id": "x"}])),
        ),
        form("components.width", "components.0.components.1", row(json!([pick, {"type": 6, "custom_id": "y"}]))),
        form(
            "component.custom_id_unique",
            "components.1.components.0.custom_id",
            json!({"components": [{"type": 1, "components": [pick]}, {"type": 1, "components": [pick]}]}),
        ),
        form("components.nesting", "components.0.components.0.type", row(json!([{"type": 1, "components": []}]))),
        form(
            "components.nesting",
            "components.0.components.0.type",
            row(json!([{"type": 4, "custom_id": "a", "style": 1, "label": "x"}])),
        ),
        form(
            "components.nesting",
            "components.0.type",
            json!({"components": [{"type": 10, "content": "needs the flag"}]}),
        ),
        form(
            "components.nesting",
            "components.0.type",
            json!({"components": [{"type": 2, "style": 1, "label": "x", "custom_id": "x"}]}),
        ),
        form(
            "component.id_unique",
            "components",
            row(json!([
            {"type": 2, "style": 1, "label": "x", "custom_id": "a", "id": 4}, {"type": 2, "style": 1, "label": "x", "custom_id": "b", "id": 4}])),
        ),
        form("component.id", "components", row(json!([{"type": 5, "custom_id": "a", "id": -1}]))),
    ];
    bench.judge(Method::POST, &bench.messages(), rows).await;
}

#[tokio::test]
async fn a_select_offers_what_can_be_picked() {
    let bench = Bench::set().await;
    let offer = |n: usize| -> Value { (0..n).map(|n| json!({"label": "x", "value": n.to_string()})).collect() };
    let one = |more: Value| select(json!({"options": [with(json!({"label": "a", "value": "a"}), more)]}));
    let rows = vec![
        fine(select(json!({"min_values": 0, "max_values": 2, "placeholder": text(150)}))),
        fine(select(json!({"options": offer(25)}))),
        form("select.options", "components.0.components.0.options", select(json!({"options": offer(26)}))),
        form("select.options", "components.0.components.0.options", select(json!({"options": []}))),
        form(
            "select.option_value",
            "components.0.components.0.options.1.value",
            select(json!({"options": [{"label": "a", "value": "a"}, {"label": "b", "value": "a"}]})),
        ),
        form("select.option_label", "components.0.components.0.options.0.label", one(json!({"label": text(101)}))),
        form("field.required", "components.0.components.0.options.0.label", one(json!({"label": null}))),
        form("select.option_value", "components.0.components.0.options.0.value", one(json!({"value": text(101)}))),
        form(
            "select.option_description",
            "components.0.components.0.options.0.description",
            one(json!({"description": text(101)})),
        ),
        form("component.emoji", "components.0.components.0.options.0.emoji.name", one(json!({"emoji": {"name": "x"}}))),
        form("select.placeholder", "components.0.components.0.placeholder", select(json!({"placeholder": text(151)}))),
        form("select.values", "components.0.components.0.min_values", select(json!({"min_values": 2}))),
        form("select.values", "components.0.components.0.max_values", select(json!({"max_values": 3}))),
        form("select.values", "components.0.components.0.max_values", filled(5, json!({"max_values": 26}))),
        form(
            "select.values",
            "components.0.components.0.max_values",
            filled(5, json!({"max_values": 0, "min_values": 0})),
        ),
        form(
            "select.defaults",
            "components.0.components.0",
            select(json!({"options": [
            {"label": "a", "value": "a", "default": true}, {"label": "b", "value": "b", "default": true}]})),
        ),
        form(
            "select.defaults",
            "components.0.components.0.default_values",
            select(json!({"default_values": [{"type": "user", "id": "1"}]})),
        ),
        fine(filled(
            7,
            json!({"max_values": 2, "default_values": [{"type": "user", "id": "1"}, {"type": "role", "id": "2"}]}),
        )),
        form(
            "select.defaults",
            "components.0.components.0.default_values.0.type",
            filled(5, json!({"default_values": [{"type": "role", "id": "1"}]})),
        ),
        form(
            "field.required",
            "components.0.components.0.default_values.0.id",
            filled(6, json!({"default_values": [{"type": "role"}]})),
        ),
        form(
            "select.defaults",
            "components.0.components.0",
            filled(5, json!({"default_values": [{"type": "user", "id": "1"}, {"type": "user", "id": "2"}]})),
        ),
        form("select.field", "components.0.components.0.options", filled(5, json!({"options": offer(1)}))),
        form("select.field", "components.0.components.0.channel_types", filled(6, json!({"channel_types": [0]}))),
        form(
            "select.channel_types",
            "components.0.components.0.channel_types.0",
            filled(8, json!({"channel_types": [99]})),
        ),
        fine(filled(8, json!({"channel_types": [0, 15]}))),
    ];
    bench.judge(Method::POST, &bench.messages(), rows).await;
    bench
        .judge(Method::POST, &bench.messages(), vec![error("message.empty", 400, 50006, json!({"components": []}))])
        .await;
}
