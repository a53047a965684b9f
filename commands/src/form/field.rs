//! The fields that forms are built of.

use serde_json::{Value, json};

/// A line.
pub(crate) const SHORT: u8 = 1;
/// Several lines.
pub(crate) const PARAGRAPH: u8 = 2;
/// Discord's own limit for a form's title.
const TITLE_LIMIT: usize = 45;

/// A form of one field: a text that may be there already.
pub(crate) fn written(key: &str, title: &str, (id, label): (&str, &str), (text, most): (&str, u16)) -> Value {
    let mut field = needed(field(id, label, PARAGRAPH, "", most));
    if !text.is_empty() {
        field["components"][0]["value"] = text.into();
    }
    json!({ "custom_id": key, "title": title, "components": [field] })
}

/// A verb and a name, as much of it as fits.
pub(crate) fn title(verb: &str, name: &str) -> String {
    let whole = format!("{verb} {name}");
    if whole.len() <= TITLE_LIMIT { whole } else { whole.chars().take(TITLE_LIMIT - 1).chain(['…']).collect() }
}

/// A field that may stay empty.
pub(crate) fn field(id: &str, label: &str, style: u8, placeholder: &str, most: u16) -> Value {
    json!({ "type": 1, "components": [{
        "type": 4, "custom_id": id, "label": label, "style": style, "required": false,
        "max_length": most, "placeholder": placeholder,
    }] })
}

/// A field that must be filled in.
pub(crate) fn needed(mut field: Value) -> Value {
    field["components"][0]["required"] = true.into();
    field
}
