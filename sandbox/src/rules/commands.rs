//! What an application command may look like.

use super::{chars, choices, kind, list};
use crate::errors::{Answer, Form, join};
use serde_json::Value;
use std::collections::BTreeSet;

pub(crate) const CHAT_INPUT: u64 = 1;
pub(crate) const SUBCOMMAND: u64 = 1;
pub(crate) const SUBCOMMAND_GROUP: u64 = 2;
const OPTIONS: usize = 25;
const TOTAL: usize = 8000;

/// Checks one command; `at` is empty, or its index in a bulk overwrite.
pub(crate) fn check(form: &mut Form, at: &str, command: &Value) {
    let chat_input = command_kind(command) == CHAT_INPUT;
    if chat_input {
        check_name(form, at, command);
        form.needed_text("command.description", at, command, "description", (1, 100));
        check_options(form, at, command, 0);
    } else {
        form.needed_text("command.name", at, command, "name", (1, 32));
        if chars(command, "description") > 0 {
            let words = "Context menu commands cannot have description";
            form.broke(
                "command.description",
                &join(at, "description"),
                "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID",
                words,
            );
        }
        if !list(command, "options").is_empty() {
            let words = "Context menu commands cannot have options";
            form.broke(
                "command.options",
                &join(at, "options"),
                "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_INVALID",
                words,
            );
        }
    }
    if !matches!(command_kind(command), 1..=4) {
        form.broke("command.type", &join(at, "type"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4}.");
    }
    let total = size(command);
    if total > TOTAL {
        let words = format!("Command exceeds maximum size (8000). Found {total}.");
        form.broke("command.size", at, "APPLICATION_COMMAND_TOO_LARGE", &words);
    }
}

pub(crate) fn command_kind(command: &Value) -> u64 {
    command.get("type").filter(|kind| !kind.is_null()).map_or(CHAT_INPUT, |kind| kind.as_u64().unwrap_or(0))
}

/// Checks a whole set, as a bulk overwrite sends it.
pub(crate) fn check_set(commands: &[Value]) -> Answer<()> {
    let mut form = Form::default();
    let mut seen = BTreeSet::new();
    for (index, command) in commands.iter().enumerate() {
        let at = index.to_string();
        check(&mut form, &at, command);
        let name = command.get("name").and_then(Value::as_str).unwrap_or_default();
        if !seen.insert((command_kind(command), name)) {
            let words = "Application command names must be unique";
            form.broke("command.name_unique", &at, "APPLICATION_COMMANDS_DUPLICATE_NAME", words);
        }
    }
    form.finish()
}

fn check_name(form: &mut Form, at: &str, named: &Value) {
    form.needed_text("command.name", at, named, "name", (1, 32));
    let Some(name) = named.get("name").and_then(Value::as_str) else { return };
    let fits = |c: char| matches!(c, '-' | '_' | '\'') || c.is_alphanumeric();
    // Letters that have a lower case must be in it; those that have none may stay.
    if !name.chars().all(fits) || name.to_lowercase() != name {
        form.broke("command.name", &join(at, "name"), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
    }
}

fn check_options(form: &mut Form, at: &str, of: &Value, depth: u8) {
    let options = list(of, "options");
    form.length("command.options", &join(at, "options"), options.len(), (0, OPTIONS));
    let (mut names, mut optional_before) = (BTreeSet::new(), false);
    let nests = options.iter().any(|option| matches!(kind(option), SUBCOMMAND | SUBCOMMAND_GROUP));
    for (index, option) in options.iter().enumerate() {
        let at = format!("{}.{index}", join(at, "options"));
        check_name(form, &at, option);
        form.needed_text("command.description", &at, option, "description", (1, 100));
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
        let nested = matches!(kind(option), SUBCOMMAND | SUBCOMMAND_GROUP);
        let too_deep = (kind(option) == SUBCOMMAND && depth > 1) || (kind(option) == SUBCOMMAND_GROUP && depth > 0);
        if !(1..=11).contains(&kind(option)) || too_deep || (nests && !nested) {
            let words = "Sub-command and sub-command group option types are mutually exclusive to all other types";
            form.broke("command.option_type", &at, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words);
        } else if nested {
            check_options(form, &at, option, if kind(option) == SUBCOMMAND_GROUP { 1 } else { 2 });
        } else {
            check_values(form, &at, option);
        }
    }
}

fn check_values(form: &mut Form, at: &str, option: &Value) {
    let offered = list(option, "choices");
    form.length("command.choices", &join(at, "choices"), offered.len(), (0, 25));
    let mut names = BTreeSet::new();
    for (index, choice) in offered.iter().enumerate() {
        let at = format!("{at}.choices.{index}");
        choices::check_one(form, &at, choice, kind(option), 6000);
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
    if autocompletes && !matches!(kind(option), 3 | 4 | 10) {
        let words = "Autocomplete cannot be used with this option type";
        form.broke("command.autocomplete", at, "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_TYPE_INVALID", words);
    }
    form.number("command.option_length", at, option, "min_length", (0, 6000));
    form.number("command.option_length", at, option, "max_length", (1, 6000));
}

/// What counts towards the 8,000: names, descriptions and choice values, each in its longest localisation.
fn size(of: &Value) -> usize {
    let longest = |field: &str| {
        let localised = of.get(format!("{field}_localizations")).and_then(Value::as_object);
        let others = localised.into_iter().flat_map(|all| all.values()).filter_map(Value::as_str);
        others.map(|text| text.chars().count()).fold(chars(of, field), usize::max)
    };
    let values: usize = list(of, "choices").iter().map(|choice| size(choice) + value_size(choice)).sum();
    longest("name") + longest("description") + values + list(of, "options").iter().map(size).sum::<usize>()
}

fn value_size(choice: &Value) -> usize {
    match choice.get("value") {
        Some(Value::String(text)) => text.chars().count(),
        Some(other) => other.to_string().len(),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::check_set;
    use serde_json::{Value, json};

    fn broken(command: Value) -> Option<&'static str> {
        check_set(&[command]).err().and_then(|error| error.rule)
    }

    #[test]
    fn names_are_lower_case_without_spaces() {
        let named = |name: &str| broken(json!({"name": name, "description": "d"}));
        assert_eq!([named("ping"), named("größe"), named("サーバー"), named("a-b_c'd")], [None; 4]);
        assert_eq!([named("Ping"), named("two words"), named("a.b"), named("")], [Some("command.name"); 4]);
    }

    #[test]
    fn required_options_come_first_and_choices_exclude_autocomplete() {
        let with = |options: Value| broken(json!({"name": "a", "description": "d", "options": options}));
        let option = |name: &str, more: Value| {
            let mut option = json!({"type": 3, "name": name, "description": "d"});
            option.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            option
        };
        assert_eq!(with(json!([option("a", json!({"required": true})), option("b", json!({}))])), None);
        assert_eq!(
            with(json!([option("a", json!({})), option("b", json!({"required": true}))])),
            Some("command.option_order")
        );
        assert_eq!(with(json!([option("a", json!({})), option("a", json!({}))])), Some("command.option_unique"));
        let both = json!({"autocomplete": true, "choices": [{"name": "x", "value": "x"}]});
        assert_eq!(with(json!([option("a", both)])), Some("command.autocomplete"));
    }
}
