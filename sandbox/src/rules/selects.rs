//! Selects, in messages and in modals: what they offer, how much may be picked, what is picked beforehand.
//!
//! Documented under "Component Reference": "String Select", "User Select", "Role Select", "Mentionable Select", "Channel Select".

use super::components::{Used, check_custom_id};
use super::types::given;
use super::{emoji, kind, list};
use crate::errors::{Form, join};
use serde_json::Value;
use std::collections::BTreeSet;

pub(crate) const STRING_SELECT: u64 = 3;
/// User, role, mentionable and channel selects are 5 to 8.
pub(crate) const CHANNEL_SELECT: u64 = 8;
const OPTIONS: usize = 25;

pub(crate) fn is_select(kind: u64) -> bool {
    matches!(kind, STRING_SELECT | 5..=CHANNEL_SELECT)
}

pub(crate) fn check_select(form: &mut Form, at: &str, select: &Value, used: &mut Used) {
    check_custom_id(form, at, select, used);
    form.text("select.placeholder", at, select, "placeholder", (0, 150));
    for field in ["disabled", "required"] {
        form.boolean(at, select, field);
    }
    form.number("select.values", at, select, "min_values", (0, 25));
    form.number("select.values", at, select, "max_values", (1, 25));
    if count(select, "min_values") > count(select, "max_values") {
        let words = "Min values must be less than or equal to max values";
        form.broke("select.values", &join(at, "min_values"), "SELECT_COMPONENT_MIN_VALUES_TOO_LARGE", words);
    }
    for (field, only) in [("options", STRING_SELECT), ("channel_types", CHANNEL_SELECT)] {
        if !list(select, field).is_empty() && kind(select) != only {
            let words = format!("Field can only be used with components of type {only}");
            form.broke("select.field", &join(at, field), "SELECT_COMPONENT_INVALID_FIELD", &words);
        }
    }
    if kind(select) == STRING_SELECT {
        if !list(select, "default_values").is_empty() {
            let words = "Default values can only be used with auto-populated selects";
            form.broke("select.defaults", &join(at, "default_values"), "SELECT_COMPONENT_INVALID_FIELD", words);
        }
        check_offer(form, at, select);
    } else {
        form.choices("select.channel_types", at, select, "channel_types", &[0, 2, 4, 5, 10, 11, 12, 13, 14, 15, 16]);
        check_defaults(form, at, select);
    }
}

/// The options of a string select.
fn check_offer(form: &mut Form, at: &str, select: &Value) {
    form.list(at, select, "options");
    let options = list(select, "options");
    form.length("select.options", &join(at, "options"), options.len(), (1, OPTIONS));
    for (field, code) in [
        ("min_values", "SELECT_COMPONENT_MIN_VALUES_TOO_LARGE"),
        ("max_values", "SELECT_COMPONENT_MAX_VALUES_TOO_LARGE"),
    ] {
        if usize::try_from(count(select, field)).is_ok_and(|most| most > options.len()) && !options.is_empty() {
            let words = format!("Must be {} or fewer.", options.len());
            form.broke("select.values", &join(at, field), code, &words);
        }
    }
    check_options(form, at, options);
    too_many_defaults(form, at, select, options.iter().filter(|option| option["default"] == true).count());
}

/// Label, value, description and emoji of each option; also of radio groups and checkbox groups.
pub(crate) fn check_options(form: &mut Form, at: &str, options: &[Value]) {
    let mut values = BTreeSet::new();
    for (index, option) in options.iter().enumerate() {
        let at = format!("{at}.options.{index}");
        form.needed_text("select.option_label", &at, option, "label", (1, 100));
        form.needed_text("select.option_value", &at, option, "value", (1, 100));
        form.text("select.option_description", &at, option, "description", (0, 100));
        form.boolean(&at, option, "default");
        emoji::check(form, &at, option);
        if let Some(value) = option.get("value").and_then(Value::as_str)
            && !values.insert(value)
        {
            let words = "The specified option value is already used";
            form.broke("select.option_value", &join(&at, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", words);
        }
    }
}

/// What an auto-populated select has picked beforehand: of its own kind, and no more than may be picked.
fn check_defaults(form: &mut Form, at: &str, select: &Value) {
    form.list(at, select, "default_values");
    let kinds: &[&str] = match kind(select) {
        5 => &["user"],
        6 => &["role"],
        7 => &["user", "role"],
        _ => &["channel"],
    };
    let defaults = list(select, "default_values");
    for (index, one) in defaults.iter().enumerate() {
        let at = format!("{at}.default_values.{index}");
        if !one.get("type").and_then(Value::as_str).is_some_and(|kind| kinds.contains(&kind)) {
            let words = format!("Value must be one of {{'{}'}}.", kinds.join("', '"));
            form.broke("select.defaults", &join(&at, "type"), "BASE_TYPE_CHOICES", &words);
        }
        if given(one, "id").is_none() {
            form.required(&join(&at, "id"));
        }
        form.snowflake(&at, one, "id");
    }
    too_many_defaults(form, at, select, defaults.len());
    if !defaults.is_empty() && (defaults.len() as u64) < count(select, "min_values") {
        let words = "The number of default values must be at least min_values";
        form.broke("select.defaults", at, "SELECT_COMPONENT_TOO_FEW_DEFAULT_VALUES", words);
    }
}

fn too_many_defaults(form: &mut Form, at: &str, select: &Value, defaults: usize) {
    if defaults as u64 > count(select, "max_values") {
        let words = "The number of default values must not exceed max_values";
        form.broke("select.defaults", at, "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", words);
    }
}

/// A bound of how much may be picked; one, unless it is given.
fn count(select: &Value, field: &str) -> u64 {
    select.get(field).and_then(Value::as_u64).unwrap_or(1)
}
