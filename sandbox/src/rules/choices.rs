//! What an autocomplete may offer.

use super::list;
use crate::errors::{Answer, Form, join};
use serde_json::Value;

const CHOICES: usize = 25;

/// Checks the choices of a callback of type 8 for an option of this type (3 text, 4 integer, 10 number).
pub(crate) fn check(data: &Value, option_kind: u64) -> Answer<()> {
    let mut form = Form::default();
    if !data.get("choices").is_some_and(Value::is_array) {
        form.required("data.choices");
    }
    let choices = list(data, "choices");
    form.length("autocomplete.choices", "data.choices", choices.len(), (0, CHOICES));
    for (index, choice) in choices.iter().enumerate() {
        check_one(&mut form, &format!("data.choices.{index}"), choice, option_kind, 100);
    }
    form.finish()
}

pub(crate) fn check_one(form: &mut Form, at: &str, choice: &Value, option_kind: u64, longest: usize) {
    form.needed_text("choice.name", at, choice, "name", (1, 100));
    match (option_kind, choice.get("value")) {
        (_, None | Some(Value::Null)) => form.required(&join(at, "value")),
        (3, Some(_)) => form.text("choice.value", at, choice, "value", (0, longest)),
        (4, Some(value)) if value.is_i64() || value.is_u64() => {}
        (10, Some(value)) if value.is_number() => {}
        _ => form.broke(
            "choice.value",
            &join(at, "value"),
            "NUMBER_TYPE_COERCE",
            "Value is not a number of the option's type.",
        ),
    }
}
