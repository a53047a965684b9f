//! The options of a slash command: how they nest, what each type may carry.
//!
//! Documented under "Application Commands › Application Command Option Structure" and "› Subcommands and Subcommand Groups".

use super::commands::check_name;
use super::localisations::{self, Kind};
use super::types::given;
use super::{choices, kind, list};
use crate::errors::{Form, join};
use serde_json::Value;
use std::collections::BTreeSet;

pub(crate) const SUBCOMMAND: u64 = 1;
pub(crate) const SUBCOMMAND_GROUP: u64 = 2;
const STRING: u64 = 3;
const INTEGER: u64 = 4;
const CHANNEL: u64 = 7;
const NUMBER: u64 = 10;
const ATTACHMENT: u64 = 11;
const OPTIONS: usize = 25;
const CHOICES: usize = 25;
/// Numbers a client can hold without rounding them.
const LARGEST: f64 = 9_007_199_254_740_992.0;
/// Every type a channel in a guild may have.
const CHANNEL_TYPES: [u64; 11] = [0, 2, 4, 5, 10, 11, 12, 13, 14, 15, 16];

pub(crate) fn check(form: &mut Form, at: &str, of: &Value, depth: u8) {
    form.list(at, of, "options");
    let options = list(of, "options");
    form.length("command.options", &join(at, "options"), options.len(), (0, OPTIONS));
    let (mut names, mut optional_before) = (BTreeSet::new(), false);
    let nests = options.iter().any(is_nested);
    for (index, option) in options.iter().enumerate() {
        let at = format!("{}.{index}", join(at, "options"));
        check_name(form, &at, option);
        form.needed_text("command.description", &at, option, "description", (1, 100));
        localisations::check(form, &at, option, "name_localizations", Kind::Name);
        localisations::check(form, &at, option, "description_localizations", Kind::Text(100));
        form.boolean(&at, option, "required");
        let name = option.get("name").and_then(Value::as_str).unwrap_or_default();
        if !names.insert(name) {
            let words = "Option name is already used";
            form.broke("command.option_unique", &at, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", words);
        }
        let required = option.get("required").and_then(Value::as_bool).unwrap_or(false);
        if required && optional_before {
            let words = "Required options must be placed before non-required options";
            form.broke("command.option_order", &at, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", words);
        }
        optional_before |= !required;
        let too_deep = (kind(option) == SUBCOMMAND && depth > 1) || (kind(option) == SUBCOMMAND_GROUP && depth > 0);
        let plain_in_group = depth == 1 && kind(option) != SUBCOMMAND;
        if !(SUBCOMMAND..=ATTACHMENT).contains(&kind(option)) {
            let words = "Value must be one of {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}.";
            form.broke("command.option_type", &join(&at, "type"), "BASE_TYPE_CHOICES", words);
        } else if too_deep || plain_in_group || (nests && !is_nested(option)) {
            let words = "Sub-command and sub-command group option types are mutually exclusive to all other types";
            form.broke("command.option_type", &at, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words);
        } else if is_nested(option) {
            check(form, &at, option, if kind(option) == SUBCOMMAND_GROUP { 1 } else { 2 });
        } else {
            check_values(form, &at, option);
        }
    }
}

fn is_nested(option: &Value) -> bool {
    matches!(kind(option), SUBCOMMAND | SUBCOMMAND_GROUP)
}

fn check_values(form: &mut Form, at: &str, option: &Value) {
    for (field, types, words) in [
        ("options", &[SUBCOMMAND, SUBCOMMAND_GROUP][..], "Only sub-commands and sub-command groups have options"),
        ("choices", &[STRING, INTEGER, NUMBER], "Choices cannot be used with this option type"),
        ("channel_types", &[CHANNEL], "Channel types can only be used with channel options"),
        ("min_value", &[INTEGER, NUMBER], "Min value can only be used with number options"),
        ("max_value", &[INTEGER, NUMBER], "Max value can only be used with number options"),
        ("min_length", &[STRING], "Min length can only be used with string options"),
        ("max_length", &[STRING], "Max length can only be used with string options"),
    ] {
        let used = given(option, field).is_some_and(|value| value.as_array().is_none_or(|list| !list.is_empty()));
        if used && !types.contains(&kind(option)) {
            let code = "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID";
            form.broke("command.option_field", &join(at, field), code, words);
        }
    }
    check_choices(form, at, option);
    form.choices("command.channel_types", at, option, "channel_types", &CHANNEL_TYPES);
    form.number("command.option_length", at, option, "min_length", (0, 6000));
    form.number("command.option_length", at, option, "max_length", (1, 6000));
    if bound(option, "min_length").zip(bound(option, "max_length")).is_some_and(|(min, max)| min > max) {
        let words = "Min length must be less than or equal to max length";
        let code = "APPLICATION_COMMAND_OPTIONS_MIN_LENGTH_INVALID";
        form.broke("command.option_length", &join(at, "min_length"), code, words);
    }
    for field in ["min_value", "max_value"] {
        check_bound(form, at, option, field);
    }
    if bound(option, "min_value").zip(bound(option, "max_value")).is_some_and(|(min, max)| min > max) {
        let words = "Min value must be less than or equal to max value";
        let code = "APPLICATION_COMMAND_OPTIONS_MIN_VALUE_INVALID";
        form.broke("command.option_value", &join(at, "min_value"), code, words);
    }
}

fn check_choices(form: &mut Form, at: &str, option: &Value) {
    form.list(at, option, "choices");
    form.boolean(at, option, "autocomplete");
    let offered = list(option, "choices");
    form.length("command.choices", &join(at, "choices"), offered.len(), (0, CHOICES));
    let mut names = BTreeSet::new();
    for (index, choice) in offered.iter().enumerate() {
        let at = format!("{at}.choices.{index}");
        choices::check_one(form, &at, choice, kind(option));
        if !names.insert(choice.get("name").and_then(Value::as_str)) {
            let words = "Option choice names must be unique";
            form.broke("choice.name_unique", &at, "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS", words);
        }
    }
    let autocompletes = option.get("autocomplete").and_then(Value::as_bool).unwrap_or(false);
    if autocompletes && !offered.is_empty() {
        let words = "Autocomplete cannot be used with choices";
        form.broke("command.autocomplete", at, "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE_INVALID", words);
    }
    if autocompletes && !matches!(kind(option), STRING | INTEGER | NUMBER) {
        let words = "Autocomplete cannot be used with this option type";
        form.broke("command.autocomplete", at, "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_TYPE_INVALID", words);
    }
}

fn check_bound(form: &mut Form, at: &str, option: &Value, field: &str) {
    let Some(value) = given(option, field) else { return };
    let fits = match kind(option) {
        // Libraries write 1.0 for 1, which Discord reads as the same.
        INTEGER => value.as_f64().is_some_and(|value| value.fract() == 0.0),
        _ => value.is_number(),
    };
    if !fits || value.as_f64().is_some_and(|value| value.abs() > LARGEST) {
        let words = "Value is not a number of the option's type, between -2^53 and 2^53.";
        form.broke("command.option_value", &join(at, field), "NUMBER_TYPE_COERCE", words);
    }
}

fn bound(option: &Value, field: &str) -> Option<f64> {
    option.get(field).and_then(Value::as_f64)
}
