//! What a modal may ask.

use super::components::{ROW, TEXT_INPUT, Used, check_custom_id, check_select, is_select, wrong_type};
use super::{kind, list};
use crate::errors::{Answer, Form, join};
use serde_json::Value;

const TEXT_DISPLAY: u64 = 10;
const LABEL: u64 = 18;
/// File upload, radio group, checkbox group, checkbox.
const OTHER_INPUTS: std::ops::RangeInclusive<u64> = 19..=23;

pub(crate) fn check(data: &Value) -> Answer<()> {
    let mut form = Form::default();
    form.needed_text("modal.title", "data", data, "title", (1, 45));
    form.needed_text("modal.custom_id", "data", data, "custom_id", (1, 100));
    let rows = list(data, "components");
    form.length("modal.length", "data.components", rows.len(), (1, 5));
    let mut used = Used::new();
    for (index, row) in rows.iter().enumerate() {
        let at = format!("data.components.{index}");
        match kind(row) {
            ROW => {
                let inside = list(row, "components");
                form.length("modal.row", &join(&at, "components"), inside.len(), (1, 1));
                for (index, one) in inside.iter().enumerate() {
                    let at = format!("{at}.components.{index}");
                    if kind(one) == TEXT_INPUT {
                        form.needed_text("text_input.label", &at, one, "label", (1, 45));
                        check_input(&mut form, &at, one, &mut used);
                    } else {
                        wrong_type(&mut form, &at, "(4,)");
                    }
                }
            }
            LABEL => check_label(&mut form, &at, row, &mut used),
            TEXT_DISPLAY => form.needed_text("text_display.content", &at, row, "content", (1, 4000)),
            _ => wrong_type(&mut form, &at, "(1, 10, 18)"),
        }
    }
    form.finish()
}

fn check_label(form: &mut Form, at: &str, label: &Value, used: &mut Used) {
    form.needed_text("label.label", at, label, "label", (1, 45));
    form.text("label.description", at, label, "description", (1, 100));
    let at = join(at, "component");
    let Some(inner) = label.get("component").filter(|inner| inner.is_object()) else {
        form.required(&at);
        return;
    };
    if inner.get("disabled") == Some(&Value::Bool(true)) {
        form.broke(
            "modal.disabled",
            &join(&at, "disabled"),
            "COMPONENT_DISABLED_IN_MODAL",
            "Components in modals cannot be disabled",
        );
    }
    match kind(inner) {
        TEXT_INPUT => check_input(form, &at, inner, used),
        select if is_select(select) => check_select(form, &at, inner, used),
        other if OTHER_INPUTS.contains(&other) => check_custom_id(form, &at, inner, used),
        _ => wrong_type(form, &at, "(3, 4, 5, 6, 7, 8, 19, 21, 22, 23)"),
    }
}

fn check_input(form: &mut Form, at: &str, input: &Value, used: &mut Used) {
    check_custom_id(form, at, input, used);
    if !matches!(input.get("style").and_then(Value::as_u64), Some(1 | 2)) {
        form.broke("text_input.style", &join(at, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2}.");
    }
    form.number("text_input.min_length", at, input, "min_length", (0, 4000));
    form.number("text_input.max_length", at, input, "max_length", (1, 4000));
    form.text("text_input.placeholder", at, input, "placeholder", (0, 100));
    form.text("text_input.value", at, input, "value", (0, 4000));
    let bound = |field: &str, otherwise: u64| input.get(field).and_then(Value::as_u64).unwrap_or(otherwise);
    if bound("min_length", 0) > bound("max_length", 4000) {
        let words = "Min length must be less than or equal to max length";
        form.broke("text_input.min_length", &join(at, "min_length"), "TEXT_INPUT_MIN_LENGTH_TOO_LARGE", words);
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use serde_json::json;

    #[test]
    fn a_modal_has_one_to_five_inputs_with_ids_of_their_own() {
        let row =
            |id: &str| json!({"type": 1, "components": [{"type": 4, "style": 1, "custom_id": id, "label": "Name"}]});
        let modal = |rows: Vec<_>| json!({"title": "Ask", "custom_id": "m", "components": rows});
        let rule = |rows| check(&modal(rows)).err().and_then(|error| error.rule);
        assert_eq!(rule(vec![row("a"), row("b")]), None);
        assert_eq!(rule(vec![]), Some("modal.length"));
        assert_eq!(rule((0..6).map(|n| row(&n.to_string())).collect()), Some("modal.length"));
        assert_eq!(rule(vec![row("a"), row("a")]), Some("component.custom_id_unique"));
    }
}
