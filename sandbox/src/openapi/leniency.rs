//! Where less is asked than the file does, or something else, each with the reason. Nothing else here forgives anything.
//!
//! | what | on which side | why |
//! |---|---|---|
//! | a whole number written as a text of digits | requests | Discord reads both, and its documentation asks for texts where a number outgrows a float (permissions); serenity, discord.js and discord.py send texts |
//! | a whole number written with a fraction (`720.0`) | requests | JSON has one kind of number, and poise writes the bounds of options so |
//! | an id written as a number | requests | Discord reads both; libraries number their own uploads (`"id": 0`) |
//! | a `oneOf` that more than one branch fits | both | the branches overlap where every field is optional (see `union`) |
//! | an `enum` without values | both | the generator of the file lost them (see `schema`) |
//! | fields the schema does not know | both | JSON schema allows them, and Discord ignores them; where the schema forbids them they fail |
//! | any answer from 500 on | answers | no operation has one, and every API has bad days |
//! | what [`CORRECTED`] lists | both | as listed |

use super::format;
use super::schema::{Side, has_type};
use crate::rules;
use serde_json::{Map, Value, json};

/// Schemas that are not what Discord does, by name and JSON pointer; what holds instead, as JSON; and how we know.
const CORRECTED: &[(&str, &str, &str, &str)] = &[(
    "InnerErrors",
    "/properties/_errors/items",
    r#"{"type": "object", "required": ["code", "message"],
        "properties": {"code": {"type": "string"}, "message": {"type": "string"}}}"#,
    "the code of a field's error is a word such as BASE_TYPE_REQUIRED, as the reference shows; only an answer's own is a number",
)];

/// Puts right what is known to be wrong, where the file has it.
pub(super) fn correct(schemas: &mut Map<String, Value>) -> Result<(), serde_json::Error> {
    for (name, pointer, instead, _) in CORRECTED {
        if let Some(schema) = schemas.get_mut(*name).and_then(|schema| schema.pointer_mut(pointer)) {
            *schema = serde_json::from_str(instead)?;
        }
    }
    Ok(())
}

/// Whether answers with a status are held against the file.
pub(super) fn is_judged(status: u16) -> bool {
    status < 500
}

/// A value as Discord reads it where a request may write it in two ways; `None` where it stays as it is.
pub(super) fn reread(side: Side, schema: &Value, value: &Value) -> Option<Value> {
    match value {
        _ if side == Side::Answer => None,
        Value::String(text)
            if format::is_digits(text.strip_prefix('-').unwrap_or(text)) && !has_type(schema, value) =>
        {
            let number = text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from)).ok();
            number.filter(|number| has_type(schema, number))
        }
        Value::Number(number) if schema["format"] == "snowflake" => number.as_u64().map(|id| json!(id.to_string())),
        Value::Number(_) => rules::whole(value),
        _ => None,
    }
}
