//! Buttons and rows: what both kinds of messages share, and the rules of messages without Components V2.
//!
//! Documented under "Component Reference": "Action Row", "Button", and "Legacy Message Component Behavior".

use super::selects::{check_select, is_select};
use super::types::given;
use super::{emoji, kind, list};
use crate::errors::{Form, join};
use serde_json::Value;
use std::collections::BTreeSet;

pub(crate) const ROW: u64 = 1;
pub(crate) const BUTTON: u64 = 2;
pub(crate) const TEXT_INPUT: u64 = 4;
const ROWS: usize = 5;
const BUTTONS_IN_A_ROW: usize = 5;
const LINK: u64 = 5;
const PREMIUM: u64 = 6;
/// The largest `id` of a component: a positive 32-bit number.
const LARGEST_ID: i64 = (1 << 31) - 1;

/// The `custom_id`s of a message so far: each may be used once.
pub(crate) type Used = BTreeSet<String>;

/// A message without the V2 flag: up to five rows and nothing else.
pub(crate) fn check(form: &mut Form, body: &Value) {
    let rows = list(body, "components");
    form.length("components.rows", "components", rows.len(), (0, ROWS));
    let mut used = Used::new();
    for (index, row) in rows.iter().enumerate() {
        let at = format!("components.{index}");
        if kind(row) == ROW {
            check_row(form, &at, row, &mut used);
        } else {
            wrong_type(form, &at, "(1,)");
        }
    }
    check_ids(form, "components", rows);
}

pub(crate) fn wrong_type(form: &mut Form, at: &str, allowed: &str) {
    let words = format!("Value of field \"type\" must be one of {allowed}.");
    form.broke("components.nesting", &join(at, "type"), "UNION_TYPE_CHOICES", &words);
}

/// A row holds up to five buttons, or one select.
pub(crate) fn check_row(form: &mut Form, at: &str, row: &Value, used: &mut Used) {
    form.list(at, row, "components");
    let inside = list(row, "components");
    form.length("components.row_length", &join(at, "components"), inside.len(), (1, BUTTONS_IN_A_ROW));
    let mut width = 0;
    for (index, one) in inside.iter().enumerate() {
        let at = format!("{at}.components.{index}");
        match kind(one) {
            BUTTON => check_button(form, &at, one, used),
            select if is_select(select) => check_select(form, &at, one, used),
            _ => wrong_type(form, &at, "(2, 3, 5, 6, 7, 8)"),
        }
        width += if is_select(kind(one)) { BUTTONS_IN_A_ROW } else { 1 };
        if width > BUTTONS_IN_A_ROW && inside.len() <= BUTTONS_IN_A_ROW {
            let words = "The specified component exceeds the maximum width";
            form.broke("components.width", &at, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", words);
        }
    }
}

pub(crate) fn check_button(form: &mut Form, at: &str, button: &Value, used: &mut Used) {
    let has = |field: &str| given(button, field).is_some_and(|value| value != "");
    let style = button.get("style").and_then(Value::as_u64).unwrap_or(0);
    if !(1..=PREMIUM).contains(&style) {
        form.broke("button.style", &join(at, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6}.");
        return;
    }
    form.text("button.label", at, button, "label", (0, 80));
    form.boolean(at, button, "disabled");
    emoji::check(form, at, button);
    if style == PREMIUM {
        check_premium(form, at, button);
        return;
    }
    if has("sku_id") {
        let words = "A sku id can only be specified on a premium button";
        form.broke("button.premium", at, "BUTTON_COMPONENT_INVALID_SKU_ID", words);
    }
    if !has("label") && !has("emoji") {
        let words = "A button must have a label or an emoji";
        form.broke("button.label", at, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", words);
    }
    if style == LINK {
        form.needed_text("button.url", at, button, "url", (1, 512));
        if let Some(url) = button.get("url").and_then(Value::as_str).filter(|url| !url.is_empty()) {
            form.address("button.url", &join(at, "url"), url, &["http", "https", "discord"]);
        }
        if has("custom_id") {
            let words = "A custom id and url cannot both be specified";
            form.broke("button.link", at, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", words);
        }
        return;
    }
    if has("url") {
        let words = "A url can only be specified on a link button";
        form.broke("button.link", at, "BUTTON_COMPONENT_INVALID_URL", words);
    }
    check_custom_id(form, at, button, used);
}

/// A premium button has its product and nothing else; the sandbox's application sells none.
fn check_premium(form: &mut Form, at: &str, button: &Value) {
    for field in ["custom_id", "label", "url", "emoji"] {
        if given(button, field).is_some() {
            let words = format!("A premium button cannot have a {field}");
            form.broke("button.premium", &join(at, field), "BUTTON_COMPONENT_PREMIUM_INVALID_FIELD", &words);
        }
    }
    if given(button, "sku_id").is_none() {
        form.required(&join(at, "sku_id"));
    } else {
        form.broke("button.premium", &join(at, "sku_id"), "BUTTON_COMPONENT_INVALID_SKU_ID", "Unknown SKU");
    }
}

pub(crate) fn check_custom_id(form: &mut Form, at: &str, component: &Value, used: &mut Used) {
    form.needed_text("component.custom_id", at, component, "custom_id", (1, 100));
    let Some(id) = component.get("custom_id").and_then(Value::as_str) else { return };
    if !used.insert(id.to_owned()) {
        let words = "Component custom id cannot be duplicated";
        form.broke("component.custom_id_unique", &join(at, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", words);
    }
}

/// A component's `id` may be chosen, but only once in a message. Zero means none.
pub(crate) fn check_ids(form: &mut Form, path: &str, components: &[Value]) {
    let mut used = BTreeSet::new();
    let (mut twice, mut odd) = (false, false);
    walk(components, &mut |one| {
        let Some(id) = given(one, "id") else { return };
        match id.as_i64() {
            Some(0) => {}
            Some(id) if (1..=LARGEST_ID).contains(&id) => twice |= !used.insert(id),
            _ => odd = true,
        }
    });
    if twice {
        form.broke("component.id_unique", path, "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated");
    }
    if odd {
        let words = format!("int value should be between 0 and {LARGEST_ID}.");
        form.broke("component.id", path, "NUMBER_TYPE_COERCE", &words);
    }
}

/// Every component in a tree, parents before children.
pub(crate) fn walk<'a>(components: &'a [Value], visit: &mut impl FnMut(&'a Value)) {
    for one in components {
        visit(one);
        walk(list(one, "components"), visit);
        for field in ["accessory", "component"] {
            if let Some(inner) = one.get(field).filter(|inner| inner.is_object()) {
                walk(std::slice::from_ref(inner), visit);
            }
        }
    }
}

/// All text that can mention somebody: the content, or the text displays of a card.
pub(crate) fn displayed_text(content: &str, components: &[Value]) -> String {
    let mut text = content.to_owned();
    walk(components, &mut |one| {
        if kind(one) == super::cards::TEXT_DISPLAY {
            text.push('\n');
            text.push_str(one.get("content").and_then(Value::as_str).unwrap_or_default());
        }
    });
    text
}
