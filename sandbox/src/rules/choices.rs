//! What an autocomplete, or an option with fixed choices, may offer.
//!
//! Documented under "Application Command Option Choice Structure" and "Interaction Callback Data › Autocomplete".

use super::list;
use super::localisations::{self, Kind};
use crate::errors::{Answer, Form, join};
use serde_json::Value;

const CHOICES: usize = 25;
/// The documentation's number; the `OpenAPI` file would let 6,000 pass for options, which no documentation promises.
const VALUE: usize = 100;

/// Checks the choices of a callback of type 8 for an option of this type (3 text, 4 integer, 10 number).
pub(crate) fn check(data: &Value, option_kind: u64) -> Answer<()> {
    let mut form = Form::default();
    if !data.get("choices").is_some_and(Value::is_array) {
        form.required("data.choices");
    }
    let choices = list(data, "choices");
    form.length("autocomplete.choices", "data.choices", choices.len(), (0, CHOICES));
    for (index, choice) in choices.iter().enumerate() {
        check_one(&mut form, &format!("data.choices.{index}"), choice, option_kind);
    }
    form.finish()
}

pub(crate) fn check_one(form: &mut Form, at: &str, choice: &Value, option_kind: u64) {
    form.needed_text("choice.name", at, choice, "name", (1, 100));
    localisations::check(form, at, choice, "name_localizations", Kind::Text(100));
    match (option_kind, choice.get("value")) {
        (_, None | Some(Value::Null)) => form.required(&join(at, "value")),
        (3, Some(_)) => form.text("choice.value", at, choice, "value", (0, VALUE)),
        // Libraries write 1.0 for 1, which Discord reads as the same.
        (4, Some(value)) if value.as_f64().is_some_and(|value| value.fract() == 0.0) => {}
        (10, Some(value)) if value.is_number() => {}
        // A type without choices is refused as a whole.
        (kind, _) if !matches!(kind, 4 | 10) => {}
        _ => form.broke(
            "choice.value",
            &join(at, "value"),
            "NUMBER_TYPE_COERCE",
            "Value is not a number of the option's type.",
        ),
    }
}
