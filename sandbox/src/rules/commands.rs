//! What an application command may look like.
//!
//! Documented under "Application Commands": "Application Command Naming", "Registering a Command" (counts, 200 creations a day),
//! "Application Command Structure", "Contexts", "Permissions". How many there may be is the world's to count.

use super::localisations::{self, Kind};
use super::types::given;
use super::{chars, list, options};
use crate::errors::{Answer, Form, join};
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::LazyLock;

pub(crate) use super::options::{SUBCOMMAND, SUBCOMMAND_GROUP};

pub(crate) const CHAT_INPUT: u64 = 1;
const PRIMARY_ENTRY_POINT: u64 = 4;
const TOTAL: usize = 8000;
/// Every permission bit there is room for.
const PERMISSIONS: u64 = (1 << 54) - 1;

/// The pattern of names, as it is documented.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]*$").expect("the pattern is a constant that a test compiles")
});

/// Where a command is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Global,
    Guild,
}

/// Checks one command; `at` is empty, or its index in a bulk overwrite.
pub(crate) fn check(form: &mut Form, at: &str, command: &Value, scope: Scope) {
    if !command.is_object() {
        form.broke("field.type", at, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
        return;
    }
    if command_kind(command) == CHAT_INPUT {
        check_name(form, at, command);
        form.needed_text("command.description", at, command, "description", (1, 100));
        localisations::check(form, at, command, "name_localizations", Kind::Name);
        localisations::check(form, at, command, "description_localizations", Kind::Text(100));
        options::check(form, at, command, 0);
    } else {
        check_context_menu(form, at, command);
    }
    form.choice("command.type", at, command, "type", &[1, 2, 3, PRIMARY_ENTRY_POINT]);
    check_places(form, at, command, scope);
    for field in ["nsfw", "dm_permission"] {
        form.boolean(at, command, field);
    }
    if let Some(bits) = given(command, "default_member_permissions") {
        let fits = crate::snowflake::parse(bits).is_some_and(|bits| bits <= PERMISSIONS);
        if !fits {
            let words = format!("Value {bits} is not a permission bit set.");
            form.broke("command.permissions", &join(at, "default_member_permissions"), "NUMBER_TYPE_COERCE", &words);
        }
    }
    let total = size(command);
    if total > TOTAL {
        let words = format!("Command exceeds maximum size ({TOTAL}). Found {total}.");
        form.broke("command.size", at, "APPLICATION_COMMAND_TOO_LARGE", &words);
    }
}

fn check_context_menu(form: &mut Form, at: &str, command: &Value) {
    form.needed_text("command.name", at, command, "name", (1, 32));
    localisations::check(form, at, command, "name_localizations", Kind::Text(32));
    let described = chars(command, "description") > 0
        || given(command, "description_localizations").and_then(Value::as_object).is_some_and(|all| !all.is_empty());
    if described && command_kind(command) != PRIMARY_ENTRY_POINT {
        let words = "Context menu commands cannot have description";
        let code = "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID";
        form.broke("command.description", &join(at, "description"), code, words);
    }
    if !list(command, "options").is_empty() {
        let words = "Context menu commands cannot have options";
        let code = "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_INVALID";
        form.broke("command.options", &join(at, "options"), code, words);
    }
}

/// Where a command can be used (`contexts`) and by whom it can be installed; both are for global commands only.
fn check_places(form: &mut Form, at: &str, command: &Value, scope: Scope) {
    form.choices("command.contexts", at, command, "contexts", &[0, 1, 2]);
    form.choices("command.integration_types", at, command, "integration_types", &[0, 1]);
    for (field, rule) in [("contexts", "command.contexts"), ("integration_types", "command.integration_types")] {
        let Some(listed) = given(command, field).and_then(Value::as_array) else { continue };
        if listed.is_empty() {
            form.length(rule, &join(at, field), 0, (1, 3));
        } else if scope == Scope::Guild {
            let words = "This field can only be set on global commands";
            form.broke(rule, &join(at, field), "APPLICATION_COMMAND_GLOBAL_ONLY_FIELD", words);
        }
    }
}

pub(crate) fn command_kind(command: &Value) -> u64 {
    command.get("type").filter(|kind| !kind.is_null()).map_or(CHAT_INPUT, |kind| kind.as_u64().unwrap_or(0))
}

/// Checks a whole set, as a bulk overwrite sends it.
pub(crate) fn check_set(commands: &[Value], scope: Scope) -> Answer<()> {
    let mut form = Form::default();
    let mut seen = BTreeSet::new();
    for (index, command) in commands.iter().enumerate() {
        let at = index.to_string();
        check(&mut form, &at, command, scope);
        let name = command.get("name").and_then(Value::as_str).unwrap_or_default();
        if !seen.insert((command_kind(command), name)) {
            let words = "Application command names must be unique";
            form.broke("command.name_unique", &at, "APPLICATION_COMMANDS_DUPLICATE_NAME", words);
        }
    }
    form.finish()
}

/// The name of a slash command or of an option.
pub(crate) fn check_name(form: &mut Form, at: &str, named: &Value) {
    form.needed_text("command.name", at, named, "name", (1, 32));
    if let Some(name) = named.get("name").and_then(Value::as_str) {
        check_pattern(form, "command.name", &join(at, "name"), name);
    }
}

/// Letters that have a lower case must be in it; those that have none may stay.
pub(crate) fn check_pattern(form: &mut Form, rule: &'static str, path: &str, name: &str) {
    let fits = NAME.is_match(name);
    if !fits {
        form.broke(rule, path, "STRING_TYPE_REGEX", "String value did not match validation regex.");
    }
    if !fits || name.to_lowercase() != name {
        form.broke(rule, path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
    }
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
    use super::{Scope, check_set};
    use serde_json::{Value, json};

    fn broken(command: Value) -> Option<&'static str> {
        check_set(&[command], Scope::Global).err().and_then(|error| error.rule)
    }

    #[test]
    fn names_are_lower_case_without_spaces() {
        let named = |name: &str| broken(json!({"name": name, "description": "d"}));
        assert_eq!(
            [named("ping"), named("größe"), named("サーバー"), named("a-b_c'd"), named("हिन्दी"), named("ภาษาไทย")],
            [None; 6]
        );
        let wrong = ["Ping", "two words", "a.b", "", "ÄRGER", "ⓐ"];
        assert_eq!(wrong.map(named), [Some("command.name"); 6]);
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
