//! Whether a call can be done: the tool is there, and its arguments are what it takes.
//!
//! **Invariants:** what a model wrote is what is checked and what is done: text that is no object is refused with a sentence, and
//! never taken for an empty one. Memory and time are bounded whatever it wrote.

use serde_json::{Map, Value};

use super::{
    catalogue::{Catalogue, Entry},
    rules, strict,
};
use crate::Call;

/// So many near names are told.
const TOLD: usize = 3;
/// The longest value that is repeated.
const SHOWN: usize = 60;
/// The longest name that is looked for. Longer ones are no typing mistakes.
const NAME: usize = 96;

/// What became of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Checked<'a> {
    /// It can be asked for.
    Fits {
        /// The tool.
        entry: &'a Entry,
        /// Its arguments: an object.
        arguments: Value,
    },
    /// It cannot: a sentence for the model, which says what is wrong and what is allowed.
    Refused(String),
}

/// Checks a call.
pub fn check<'a>(catalogue: &'a Catalogue, call: &Call) -> Checked<'a> {
    let Some(entry) = catalogue.get(&call.name) else { return Checked::Refused(unknown(catalogue, &call.name)) };
    match arguments(&entry.tool.name, &entry.tool.schema, &call.arguments) {
        Ok(arguments) => Checked::Fits { entry, arguments },
        Err(sentence) => Checked::Refused(sentence),
    }
}

/// Reads the arguments of a tool that is none of the catalogue's, such as `find_tool`, in the same way.
pub fn arguments(tool: &str, schema: &Value, text: &str) -> Result<Value, String> {
    let takes = || takes(tool, schema);
    let has_fields = schema["properties"].as_object().is_some_and(|fields| !fields.is_empty());
    // Nothing at all is what providers send for a tool that takes nothing, and only there it means that.
    let text = if text.trim().is_empty() && !has_fields { "{}" } else { text };
    let read = strict::read(text).map_err(|why| {
        format!("The arguments of `{tool}` are no JSON that I can read: {why}. Nothing was done. {}", takes())
    })?;
    let Value::Object(mut given) = read else {
        return Err(format!(
            "The arguments of `{tool}` must be a JSON object, and these are {}. Nothing was done. {}",
            article(&read),
            takes()
        ));
    };
    tidy(&mut given, schema);
    let given = Value::Object(given);
    let mistakes = rules::mistakes(&given, schema).map_err(|rules::Unknown| {
        format!(
            "`{tool}` describes what it takes in a way that cannot be checked, so it cannot be called. Nothing was done."
        )
    })?;
    if mistakes.is_empty() {
        return Ok(given);
    }
    let mistakes = mistakes.join("; ");
    Err(format!("`{tool}` was not called: {}. Nothing was done. {}", mistakes.trim_end_matches('?'), takes()))
}

/// What small models write for "not said", and whole numbers written with a point.
fn tidy(given: &mut Map<String, Value>, schema: &Value) {
    let needed = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    given.retain(|name, value| !value.is_null() || needed(name) || schema["properties"].get(name).is_none());
    for (name, value) in given {
        if schema["properties"][name.as_str()]["type"] == "integer"
            && let Some(number) = value.as_f64().filter(|_| value.is_f64())
            && number.fract() == 0.0
            && number.abs() < 9e15
        {
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and small enough")]
            let whole = number as i64;
            *value = Value::from(whole);
        }
    }
}

fn article(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// What a tool takes, in a sentence: names, kinds, and what must be there.
fn takes(tool: &str, schema: &Value) -> String {
    let Some(fields) = schema["properties"].as_object().filter(|fields| !fields.is_empty()) else {
        return format!("`{tool}` takes nothing: {{}}.");
    };
    let needed = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let field = |(name, about): (&String, &Value)| {
        let kind = match (&about["enum"], about["type"].as_str()) {
            (Value::Array(words), _) => format!("one of {}", listed(words)),
            (_, Some("integer")) => "whole number".to_owned(),
            (_, Some("boolean")) => "true or false".to_owned(),
            (_, Some("array")) => "list".to_owned(),
            (_, Some("string")) => "text".to_owned(),
            (_, Some(kind)) => kind.to_owned(),
            _ => "value".to_owned(),
        };
        let must = if needed(name) { ", needed" } else { "" };
        format!("`{name}` ({kind}{must})")
    };
    format!("It takes {}.", fields.iter().map(field).collect::<Vec<_>>().join(", "))
}

/// A sentence about a tool that is none: the nearest names, and how to find others.
fn unknown(catalogue: &Catalogue, name: &str) -> String {
    let shown: String = name.chars().filter(|c| !c.is_control() && *c != '`').take(SHOWN).collect();
    let wanted: String = name.to_lowercase().chars().take(NAME).collect();
    let distance = |other: &str| strsim::jaro_winkler(&wanted, &other.to_lowercase());
    let parts =
        |text: &str| text.split(['_', '-', '.']).filter(|part| part.len() > 2).map(str::to_owned).collect::<Vec<_>>();
    let said = parts(&wanted);
    let mut near: Vec<(f64, &str)> = catalogue
        .entries()
        .iter()
        .map(|entry| {
            let known = parts(&entry.tool.name);
            let shared = said.iter().filter(|part| known.contains(part)).count();
            let shared = f64::from(u8::try_from(shared.min(3)).unwrap_or_default());
            (distance(&entry.tool.name) + shared / 3.0, entry.tool.name.as_str())
        })
        .filter(|(near, _)| *near > 0.82)
        .collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
    let near: Vec<String> = near.iter().take(TOLD).map(|(_, name)| format!("`{name}`")).collect();
    let near = if near.is_empty() { String::new() } else { format!(" The nearest: {}.", near.join(", ")) };
    format!("There is no tool `{shown}`. Nothing was done.{near} `find_tool` searches all there are.")
}

/// The likeliest of what is known.
pub(crate) fn nearest<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    let given: String = given.to_lowercase().chars().take(NAME).collect();
    let near = known.iter().map(|known| (strsim::jaro_winkler(&given, &known.to_lowercase()), *known));
    near.filter(|(near, _)| *near > 0.8).max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, known)| known)
}

/// Words to choose from; of many, the first.
pub(crate) fn listed(words: &[Value]) -> String {
    const MANY: usize = 12;
    let mut listed: Vec<String> = words.iter().take(MANY).map(Value::to_string).collect();
    if words.len() > MANY {
        listed.push(format!("{} more", words.len() - MANY));
    }
    listed.join(", ")
}

/// A value as it is repeated to a model: short.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Array(list) => format!("a list of {}", list.len()),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) => format!("the text \"{}\"", short(text)),
        plain => plain.to_string(),
    }
}

/// A text on one line, cut to a readable length.
pub(crate) fn short(text: &str) -> String {
    let mut short: String =
        text.chars().map(|c| if c.is_control() || c == '`' { ' ' } else { c }).take(SHOWN).collect();
    if short.len() < text.len() && text.chars().count() > SHOWN {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::{super::catalogue::Offered, *};

    fn catalogue() -> Catalogue {
        let logs = json!({
            "type": "object", "required": ["server", "container"],
            "properties": {
                "server": { "type": "string", "description": "The server it runs on." },
                "container": { "type": "string" },
                "lines": { "type": ["integer", "null"], "minimum": 1, "maximum": 500 },
                "state": { "type": "string", "enum": ["running", "exited"] },
            },
        });
        let mine = json!({ "$schema": "s", "title": "Mine", "type": "object" });
        let restart =
            json!({ "type": "object", "properties": { "server": { "type": "string" } }, "required": ["server"] });
        let offered = [("container.logs", logs), ("container.restart", restart), ("grant.mine", mine)];
        Catalogue::of(offered.map(|(name, schema)| Offered {
            name: name.to_owned(),
            description: String::new(),
            schema,
            looks: true,
        }))
    }

    fn said(name: &str, arguments: &str) -> String {
        let call = Call { id: "1".to_owned(), name: name.to_owned(), arguments: arguments.to_owned() };
        match check(&catalogue(), &call) {
            Checked::Fits { arguments, .. } => arguments.to_string(),
            Checked::Refused(sentence) => sentence,
        }
    }

    #[test]
    fn unknown_json_never_becomes_an_empty_object() {
        for text in
            ["", " ", "null", "[]", "\"server\"", "true", "{", "{\"server\":", "server=web", "```json\n{}\n```", "NaN"]
        {
            let said = said("container_logs", text);
            assert!(said.contains("Nothing was done.") && said.contains("It takes `"), "{text}: {said}");
        }
        assert_eq!(said("grant_mine", ""), "{}", "nothing is what providers send for what takes nothing");
        assert!(said("grant_mine", "null").contains("must be a JSON object"), "and null is not nothing");
    }

    #[test]
    fn what_fits_is_done_as_it_was_written() {
        assert_eq!(
            said("container_logs", r#"{"server":"nas","container":"web","lines":50.0,"state":null}"#),
            r#"{"container":"web","lines":50,"server":"nas"}"#
        );
        assert_eq!(said("container.logs", r#"{"server":"a","container":"b"}"#), r#"{"container":"b","server":"a"}"#);
    }

    #[test]
    fn a_mistake_is_told_with_what_is_allowed() {
        insta::assert_snapshot!(said("container_logs", r#"{"server":"nas","containr":"web"}"#), @r#"`container_logs` was not called: `container` is missing; it takes no `containr`, did you mean `container`. Nothing was done. It takes `container` (text, needed), `lines` (whole number), `server` (text, needed), `state` (one of "running", "exited")."#);
        insta::assert_snapshot!(said("container_logs", r#"{"server":7,"container":"web","lines":"many","state":"runing"}"#), @r#"`container_logs` was not called: `lines` must be a whole number, not the text "many"; `server` must be a text, not 7; `state` must be one of "running", "exited", maybe "running", not the text "runing". Nothing was done. It takes `container` (text, needed), `lines` (whole number), `server` (text, needed), `state` (one of "running", "exited")."#);
        insta::assert_snapshot!(said("container_logs", r#"{"server":"nas","container":"web","lines":9000}"#), @r#"`container_logs` was not called: `lines` must be 500 or less, not 9000. Nothing was done. It takes `container` (text, needed), `lines` (whole number), `server` (text, needed), `state` (one of "running", "exited")."#);
        insta::assert_snapshot!(said("container_logs", r#"{"server":"nas","server":"web-1","container":"web"}"#), @r#"The arguments of `container_logs` are no JSON that I can read: `server` is there twice at line 1 column 32. Nothing was done. It takes `container` (text, needed), `lines` (whole number), `server` (text, needed), `state` (one of "running", "exited")."#);
        insta::assert_snapshot!(said("grant_mine", r#"{"requires_approval":true}"#), @"`grant_mine` was not called: it takes no `requires_approval`. Nothing was done. `grant_mine` takes nothing: {}.");
        insta::assert_snapshot!(said("container_reboot", "{}"), @"There is no tool `container_reboot`. Nothing was done. The nearest: `container_restart`, `container_logs`. `find_tool` searches all there are.");
        insta::assert_snapshot!(said("brew_tea`@everyone", "{}"), @"There is no tool `brew_tea@everyone`. Nothing was done. `find_tool` searches all there are.");
    }

    #[test]
    fn ten_megabytes_are_refused_before_they_are_read() {
        let said = said("container_logs", &format!(r#"{{"server":"{}"}}"#, "x".repeat(10 << 20)));
        assert!(said.contains("at most 65536") && said.len() < 500, "{said}");
    }

    #[test]
    fn what_another_program_cannot_describe_cannot_be_called() {
        let schema = json!({ "type": "object", "properties": { "a": { "type": "string", "pattern": "(?=x)x" } } });
        assert!(arguments("mcp_odd", &schema, r#"{"a":"x"}"#).unwrap_err().contains("cannot be checked"));
        let remote = json!({ "type": "object", "properties": { "a": { "$ref": "http://127.0.0.1:1/x.json" } } });
        assert!(arguments("mcp_remote", &remote, r#"{"a":"x"}"#).is_err(), "and nothing is fetched");
    }

    proptest! {
        #[test]
        fn whatever_is_written_a_call_fits_its_schema_or_is_refused_in_a_short_sentence(
            name in "container_logs|\\PC{0,20}", text in "\\PC{0,60}|[\\[\\]{}\",:a-e0-9]{0,60}"
        ) {
            let call = Call { id: String::new(), name, arguments: text };
            match check(&catalogue(), &call) {
                Checked::Fits { arguments, .. } => prop_assert!(arguments.is_object()),
                Checked::Refused(sentence) => prop_assert!(sentence.chars().count() < 900, "{}", sentence),
            }
        }
    }
}
