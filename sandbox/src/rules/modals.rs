//! What a modal may ask.
//!
//! Documented under "Interaction Callback Data › Modal" and "Component Reference": "Label", "Text Input", "File Upload", "Radio
//! Group", "Checkbox Group", "Checkbox". Action rows with a text input are deprecated and still taken.

use super::components::{ROW, TEXT_INPUT, Used, check_custom_id, check_ids, wrong_type};
use super::selects::{check_options, check_select, is_select};
use super::types::given;
use super::{cards, kind, list};
use crate::errors::{Answer, Form, join};
use serde_json::Value;

const TEXT_DISPLAY: u64 = 10;
pub(crate) const LABEL: u64 = 18;
pub(crate) const FILE_UPLOAD: u64 = 19;
pub(crate) const RADIO_GROUP: u64 = 21;
pub(crate) const CHECKBOX_GROUP: u64 = 22;
pub(crate) const CHECKBOX: u64 = 23;

pub(crate) fn check(data: &Value) -> Answer<()> {
    let mut form = Form::default();
    form.needed_text("modal.title", "data", data, "title", (1, 45));
    form.needed_text("modal.custom_id", "data", data, "custom_id", (1, 100));
    form.list("data", data, "components");
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
            TEXT_DISPLAY => cards::check_text(&mut form, &at, row),
            _ => wrong_type(&mut form, &at, "(1, 10, 18)"),
        }
    }
    check_ids(&mut form, "data.components", rows);
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
    if given(inner, "disabled").is_some() && inner["disabled"] != false {
        let words = "Components in modals cannot be disabled";
        form.broke("modal.disabled", &join(&at, "disabled"), "COMPONENT_DISABLED_IN_MODAL", words);
    }
    match kind(inner) {
        TEXT_INPUT => {
            if given(inner, "label").is_some() {
                let words = "A text input in a label cannot have a label of its own";
                form.broke("text_input.label", &join(&at, "label"), "COMPONENT_LABEL_NOT_ALLOWED", words);
            }
            check_input(form, &at, inner, used);
        }
        select if is_select(select) => check_select(form, &at, inner, used),
        FILE_UPLOAD => check_upload(form, &at, inner, used),
        RADIO_GROUP => {
            check_custom_id(form, &at, inner, used);
            form.boolean(&at, inner, "required");
            check_group(form, &at, inner, 2);
            if list(inner, "options").iter().filter(|option| option["default"] == true).count() > 1 {
                let words = "Only one option of a radio group can be the default";
                form.broke("radio_group.default", &at, "COMPONENT_TOO_MANY_DEFAULT_VALUES", words);
            }
        }
        CHECKBOX_GROUP => {
            check_custom_id(form, &at, inner, used);
            check_bounds(form, &at, inner, "checkbox_group.values");
            check_group(form, &at, inner, 1);
            let (options, most) = (list(inner, "options"), inner.get("max_values").and_then(Value::as_u64));
            if most.is_some_and(|most| most > options.len() as u64) && !options.is_empty() {
                let words = format!("Must be {} or fewer.", options.len());
                let code = "SELECT_COMPONENT_MAX_VALUES_TOO_LARGE";
                form.broke("checkbox_group.values", &join(&at, "max_values"), code, &words);
            }
            let defaults = options.iter().filter(|option| option["default"] == true).count() as u64;
            if defaults > most.unwrap_or(options.len() as u64) {
                let words = "The number of default values must not exceed max_values";
                form.broke("checkbox_group.default", &at, "COMPONENT_TOO_MANY_DEFAULT_VALUES", words);
            }
        }
        CHECKBOX => {
            check_custom_id(form, &at, inner, used);
            form.boolean(&at, inner, "default");
            if given(inner, "required").is_some() {
                let words = "A checkbox cannot be required";
                form.broke("checkbox.required", &join(&at, "required"), "COMPONENT_INVALID_FIELD", words);
            }
        }
        _ => wrong_type(form, &at, "(3, 4, 5, 6, 7, 8, 19, 21, 22, 23)"),
    }
}

fn check_upload(form: &mut Form, at: &str, upload: &Value, used: &mut Used) {
    check_custom_id(form, at, upload, used);
    check_bounds(form, at, upload, "file_upload.values");
    form.list(at, upload, "file_types");
    for (index, one) in list(upload, "file_types").iter().enumerate() {
        if one.as_str().is_none_or(str::is_empty) {
            let path = format!("{at}.file_types.{index}");
            form.broke("file_upload.types", &path, "STRING_TYPE_CONVERT", "Could not interpret value as string.");
        }
    }
}

/// `min_values` 0 to 10, `max_values` 1 to 10, in order, and at least one where something is required.
fn check_bounds(form: &mut Form, at: &str, of: &Value, rule: &'static str) {
    form.number(rule, at, of, "min_values", (0, 10));
    form.number(rule, at, of, "max_values", (1, 10));
    form.boolean(at, of, "required");
    let bound = |field: &str| of.get(field).and_then(Value::as_u64);
    if bound("min_values").zip(bound("max_values")).is_some_and(|(min, max)| min > max) {
        let words = "Min values must be less than or equal to max values";
        form.broke(rule, &join(at, "min_values"), "SELECT_COMPONENT_MIN_VALUES_TOO_LARGE", words);
    }
    // Asking for nothing and requiring an answer contradict each other, and required is the default.
    if of.get("required") != Some(&Value::Bool(false)) && bound("min_values") == Some(0) {
        let words = "required must be false when min_values is 0";
        form.broke("modal.required", &join(at, "required"), "COMPONENT_REQUIRED_WITH_MIN_VALUES_ZERO", words);
    }
}

fn check_group(form: &mut Form, at: &str, group: &Value, fewest: usize) {
    form.list(at, group, "options");
    let options = list(group, "options");
    form.length("modal.group_options", &join(at, "options"), options.len(), (fewest, 10));
    check_options(form, at, options);
}

fn check_input(form: &mut Form, at: &str, input: &Value, used: &mut Used) {
    check_custom_id(form, at, input, used);
    if !matches!(input.get("style").and_then(Value::as_u64), Some(1 | 2)) {
        form.broke("text_input.style", &join(at, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2}.");
    }
    form.boolean(at, input, "required");
    form.number("text_input.min_length", at, input, "min_length", (0, 4000));
    form.number("text_input.max_length", at, input, "max_length", (1, 4000));
    form.text("text_input.placeholder", at, input, "placeholder", (0, 100));
    form.text("text_input.value", at, input, "value", (0, 4000));
    let bound = |field: &str, otherwise: u64| input.get(field).and_then(Value::as_u64).unwrap_or(otherwise);
    if bound("min_length", 0) > bound("max_length", 4000) {
        let words = "Min length must be less than or equal to max length";
        form.broke("text_input.min_length", &join(at, "min_length"), "TEXT_INPUT_MIN_LENGTH_TOO_LARGE", words);
    }
    let value = super::chars(input, "value") as u64;
    if value > 0 && (value > bound("max_length", 4000) || value < bound("min_length", 0)) {
        let words = format!("Must be between {} and {} in length.", bound("min_length", 0), bound("max_length", 4000));
        form.broke("text_input.value", &join(at, "value"), "BASE_TYPE_BAD_LENGTH", &words);
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
