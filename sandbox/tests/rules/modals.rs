//! Modals: what a bot may ask.

use crate::bench::{Bench, callback, fine, form, text};
use reqwest::Method;
use serde_json::{Value, json};

fn modal(components: Value) -> Value {
    json!({"type": 9, "data": {"title": "Ask", "custom_id": "m", "components": components}})
}

fn label(component: Value) -> Value {
    modal(json!([{"type": 18, "label": "Name", "component": component}]))
}

fn with(mut one: Value, more: Value) -> Value {
    if let (Value::Object(one), Value::Object(more)) = (&mut one, more) {
        one.extend(more);
    }
    one
}

#[tokio::test]
async fn a_modal_asks_in_the_form_discord_gives_it() {
    let bench = Bench::set().await;
    let mut gateway = bench.gateway().await;
    let command = bench.register(json!({"name": "ask", "description": "d"})).await;
    let input = |more: Value| with(json!({"type": 4, "style": 1, "custom_id": "a"}), more);
    let labels = |n: usize| -> Value {
        (0..n)
            .map(
                |n| json!({"type": 18, "label": "x", "component": {"type": 4, "style": 1, "custom_id": n.to_string()}}),
            )
            .collect()
    };
    let options = |n: usize| -> Value { (0..n).map(|n| json!({"label": "x", "value": n.to_string()})).collect() };
    let group = |kind: u64, n: usize, more: Value| {
        label(with(json!({"type": kind, "custom_id": "a", "options": options(n)}), more))
    };
    let plain = |data: Value| json!({"type": 9, "data": data});
    let of = "data.components.0.component";
    let rows = vec![
        form("field.required", "data.title", plain(json!({"custom_id": "m", "components": labels(1)}))),
        form("modal.title", "data.title", plain(json!({"title": text(46), "custom_id": "m", "components": labels(1)}))),
        form(
            "modal.custom_id",
            "data.custom_id",
            plain(json!({"title": "x", "custom_id": text(101), "components": labels(1)})),
        ),
        form("modal.length", "data.components", modal(json!([]))),
        form("modal.length", "data.components", modal(labels(6))),
        form("components.nesting", "data.components.0.type", modal(json!([{"type": 17, "components": []}]))),
        form(
            "components.nesting",
            "data.components.0.components.0.type",
            modal(json!([{"type": 1, "components": [{"type": 2}]}])),
        ),
        form("modal.row", "data.components.0.components", modal(json!([{"type": 1, "components": []}]))),
        form(
            "field.required",
            "data.components.0.components.0.label",
            modal(json!([{"type": 1, "components": [input(json!({}))]}])),
        ),
        form("field.required", "data.components.0.label", modal(json!([{"type": 18, "component": input(json!({}))}]))),
        form(
            "label.label",
            "data.components.0.label",
            modal(json!([{"type": 18, "label": text(46), "component": input(json!({}))}])),
        ),
        form(
            "label.description",
            "data.components.0.description",
            modal(json!([{"type": 18, "label": "x", "description": text(101), "component": input(json!({}))}])),
        ),
        form("field.required", of, modal(json!([{"type": 18, "label": "x"}]))),
        form(
            "components.nesting",
            "data.components.0.component.type",
            label(json!({"type": 2, "style": 1, "label": "x", "custom_id": "a"})),
        ),
        form(
            "modal.disabled",
            "data.components.0.component.disabled",
            label(json!({"type": 5, "custom_id": "a", "disabled": true})),
        ),
        form("text_input.label", "data.components.0.component.label", label(input(json!({"label": "x"})))),
        form("text_input.style", "data.components.0.component.style", label(input(json!({"style": 3})))),
        form(
            "text_input.max_length",
            "data.components.0.component.max_length",
            label(input(json!({"max_length": 4001}))),
        ),
        form(
            "text_input.min_length",
            "data.components.0.component.min_length",
            label(input(json!({"min_length": 5, "max_length": 4}))),
        ),
        form(
            "text_input.value",
            "data.components.0.component.value",
            label(input(json!({"max_length": 4, "value": "12345"}))),
        ),
        form(
            "text_input.placeholder",
            "data.components.0.component.placeholder",
            label(input(json!({"placeholder": text(101)}))),
        ),
        form(
            "component.custom_id_unique",
            "data.components.1.component.custom_id",
            modal(json!([
            {"type": 18, "label": "x", "component": input(json!({}))}, {"type": 18, "label": "y", "component": input(json!({}))}])),
        ),
        form(
            "select.options",
            "data.components.0.component.options",
            label(json!({"type": 3, "custom_id": "a", "options": []})),
        ),
        form(
            "file_upload.values",
            "data.components.0.component.max_values",
            label(json!({"type": 19, "custom_id": "a", "max_values": 11})),
        ),
        form(
            "file_upload.values",
            "data.components.0.component.min_values",
            label(json!({"type": 19, "custom_id": "a", "min_values": 3, "max_values": 2})),
        ),
        form(
            "modal.required",
            "data.components.0.component.required",
            label(json!({"type": 19, "custom_id": "a", "min_values": 0})),
        ),
        form(
            "file_upload.types",
            "data.components.0.component.file_types.0",
            label(json!({"type": 19, "custom_id": "a", "file_types": [1]})),
        ),
        form("modal.group_options", "data.components.0.component.options", group(21, 1, json!({}))),
        form("modal.group_options", "data.components.0.component.options", group(21, 11, json!({}))),
        form(
            "radio_group.default",
            of,
            label(json!({"type": 21, "custom_id": "a", "options": [
            {"label": "a", "value": "a", "default": true}, {"label": "b", "value": "b", "default": true}]})),
        ),
        form("modal.group_options", "data.components.0.component.options", group(22, 0, json!({}))),
        form(
            "checkbox_group.default",
            of,
            label(json!({"type": 22, "custom_id": "a", "max_values": 1, "options": [
            {"label": "a", "value": "a", "default": true}, {"label": "b", "value": "b", "default": true}]})),
        ),
        form("checkbox_group.values", "data.components.0.component.max_values", group(22, 2, json!({"max_values": 3}))),
        form(
            "select.option_value",
            "data.components.0.component.options.1.value",
            label(json!({"type": 22, "custom_id": "a", "options": [
            {"label": "a", "value": "a"}, {"label": "b", "value": "a"}]})),
        ),
        form(
            "checkbox.required",
            "data.components.0.component.required",
            label(json!({"type": 23, "custom_id": "a", "required": true})),
        ),
        form(
            "component.custom_id",
            "data.components.0.component.custom_id",
            label(json!({"type": 23, "custom_id": ""})),
        ),
        form(
            "text_display.content",
            "data.components.0.content",
            modal(json!([{"type": 10, "content": ""}, labels(1)[0]])),
        ),
    ];
    let everything = modal(json!([
        {"type": 10, "content": "Please"},
        {"type": 18, "label": "Who", "component": {"type": 5, "custom_id": "who"}},
        {"type": 18, "label": "Which", "component": {"type": 21, "custom_id": "which", "options": options(2)}},
        {"type": 18, "label": "What", "component": {"type": 22, "custom_id": "what", "options": options(10)}},
        {"type": 18, "label": "Files", "component": {"type": 19, "custom_id": "files", "min_values": 0, "required": false}},
    ]));
    for row in rows.into_iter().chain([fine(everything)]) {
        // One of its own for each: an interaction can be answered for three seconds.
        let asked = bench.slash(&mut gateway, &command).await;
        bench.judge(Method::POST, &callback(&asked), vec![row]).await;
    }
}
