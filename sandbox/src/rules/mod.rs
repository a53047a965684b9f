//! Discord's documented limits, as checks on what the bot sends. Each answers with Discord's error and names the rule.

pub(crate) mod cards;
pub(crate) mod choices;
pub(crate) mod commands;
pub(crate) mod components;
pub(crate) mod embeds;
pub(crate) mod message;
pub(crate) mod modals;

use serde_json::Value;

/// The elements of a list field; nothing for one that is absent or no list.
pub(crate) fn list<'a>(of: &'a Value, field: &str) -> &'a [Value] {
    of.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The length of a text field, in characters.
pub(crate) fn chars(of: &Value, field: &str) -> usize {
    of.get(field).and_then(Value::as_str).map_or(0, |text| text.chars().count())
}

/// The `type` of a component or an option; 0 when there is none.
pub(crate) fn kind(of: &Value) -> u64 {
    of.get("type").and_then(Value::as_u64).unwrap_or(0)
}

/// A number without a fraction as the whole number it is: 720 for 720.0. `None` for any other value.
pub(crate) fn whole(number: &Value) -> Option<Value> {
    let float = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0)?;
    format!("{float:.0}").parse::<i64>().ok().map(Value::from)
}
