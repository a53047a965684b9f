//! Buttons, selects and rows: what both kinds of messages share, and the rules of messages without Components V2.

use super::{kind, list};
use crate::errors::{Form, join};
use serde_json::Value;
use std::collections::BTreeSet;

pub(crate) const ROW: u64 = 1;
pub(crate) const BUTTON: u64 = 2;
pub(crate) const STRING_SELECT: u64 = 3;
pub(crate) const TEXT_INPUT: u64 = 4;
/// User, role, mentionable and channel selects are 5 to 8.
pub(crate) const CHANNEL_SELECT: u64 = 8;
const ROWS: usize = 5;
const BUTTONS_IN_A_ROW: usize = 5;
const LINK: u64 = 5;
const PREMIUM: u64 = 6;

pub(crate) fn is_select(kind: u64) -> bool {
    matches!(kind, STRING_SELECT | 5..=CHANNEL_SELECT)
}

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
}

pub(crate) fn wrong_type(form: &mut Form, at: &str, allowed: &str) {
    let words = format!("Value of field \"type\" must be one of {allowed}.");
    form.broke("components.nesting", &join(at, "type"), "UNION_TYPE_CHOICES", &words);
}

/// A row holds up to five buttons, or one select.
pub(crate) fn check_row(form: &mut Form, at: &str, row: &Value, used: &mut Used) {
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
    let style = button.get("style").and_then(Value::as_u64).unwrap_or(0);
    let has = |field: &str| button.get(field).is_some_and(|value| !value.is_null() && value != "");
    if !(1..=PREMIUM).contains(&style) {
        form.broke("button.style", &join(at, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6}.");
        return;
    }
    form.text("button.label", at, button, "label", (0, 80));
    if style == PREMIUM {
        if !has("sku_id") {
            form.required(&join(at, "sku_id"));
        }
        return;
    }
    if !has("label") && !has("emoji") {
        let words = "A button must have a label or an emoji";
        form.broke("button.label", at, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", words);
    }
    if style == LINK {
        form.needed_text("button.url", at, button, "url", (1, 512));
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

pub(crate) fn check_select(form: &mut Form, at: &str, select: &Value, used: &mut Used) {
    check_custom_id(form, at, select, used);
    form.text("select.placeholder", at, select, "placeholder", (0, 150));
    form.number("select.values", at, select, "min_values", (0, 25));
    form.number("select.values", at, select, "max_values", (1, 25));
    let count = |field: &str| select.get(field).and_then(Value::as_u64).unwrap_or(1);
    if count("min_values") > count("max_values") {
        let words = "Min values must be less than or equal to max values";
        form.broke("select.values", &join(at, "min_values"), "SELECT_COMPONENT_MIN_VALUES_TOO_LARGE", words);
    }
    if kind(select) != STRING_SELECT {
        return;
    }
    let options = list(select, "options");
    form.length("select.options", &join(at, "options"), options.len(), (1, 25));
    if usize::try_from(count("max_values")).is_ok_and(|most| most > options.len()) && !options.is_empty() {
        let words = format!("Must be {} or fewer.", options.len());
        form.broke("select.values", &join(at, "max_values"), "SELECT_COMPONENT_MAX_VALUES_TOO_LARGE", &words);
    }
    let mut values = BTreeSet::new();
    for (index, option) in options.iter().enumerate() {
        let at = format!("{at}.options.{index}");
        form.needed_text("select.option_label", &at, option, "label", (1, 100));
        form.needed_text("select.option_value", &at, option, "value", (1, 100));
        form.text("select.option_description", &at, option, "description", (0, 100));
        if let Some(value) = option.get("value").and_then(Value::as_str)
            && !values.insert(value)
        {
            let words = "The specified option value is already used";
            form.broke("select.option_value", &join(&at, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", words);
        }
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
