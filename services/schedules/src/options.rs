//! The options of an action as people write them in a command, `server:box command:df -h`, read by the action's own JSON schema.
//!
//! A value reaches to the next option that the action has; in quotes it may hold anything. What does not fit is named.

use base::{Error, Result, card::code};
use serde_json::{Map, Value};

/// An option of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Whether it must be there.
    pub needed: bool,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Whole,
    Number,
    YesNo,
    Texts,
}

/// What could be typed next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// One of these options.
    Options(Vec<String>),
    /// A value of this option, which begins like this.
    Value(String, String),
}

/// The options an action has. None where one of them cannot be written, or is a secret.
pub fn fields(schema: &Value) -> Option<Vec<Field>> {
    let needed: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let empty = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&empty);
    let field = |(name, about): (&String, &Value)| {
        kind(about, schema).map(|kind| Field { name: name.clone(), needed: needed.contains(&name.as_str()), kind })
    };
    let fields: Option<Vec<Field>> = properties.iter().map(field).collect();
    let mut fields = fields?;
    // Those that must be there first, and of them in the order in which the action has them.
    fields.sort_by_key(|field| needed.iter().position(|name| *name == field.name).unwrap_or(usize::MAX));
    Some(fields)
}

fn kind(about: &Value, whole: &Value) -> Option<Kind> {
    if about["writeOnly"] == true {
        return None;
    }
    if let Some(reference) = about["$ref"].as_str() {
        return kind(whole.pointer(reference.trim_start_matches('#'))?, whole);
    }
    for either in ["anyOf", "oneOf"] {
        if let Some(some) = about[either].as_array() {
            return some.iter().filter(|one| one["type"] != "null").find_map(|one| kind(one, whole));
        }
    }
    let word = about["type"].as_str().or_else(|| about["type"].as_array()?.iter().find_map(|word| word.as_str()));
    match word {
        Some("string") => Some(Kind::Text),
        None if about["const"].is_string() => Some(Kind::Text),
        Some("integer") => Some(Kind::Whole),
        Some("number") => Some(Kind::Number),
        Some("boolean") => Some(Kind::YesNo),
        Some("array") if kind(&about["items"], whole) == Some(Kind::Text) => Some(Kind::Texts),
        _ => None,
    }
}

/// Reads options.
pub fn read(action: &str, fields: &[Field], typed: &str) -> Result<Value> {
    let parts = split(fields, typed);
    let known = || match fields {
        [] => format!("{} has no options", code(action)),
        _ => format!("{} has {}", code(action), listed(fields)),
    };
    if !parts.before.is_empty() {
        let word = parts.before.split([' ', ':']).next().unwrap_or_default();
        return Err(no(&format!("{} is no option: {}", code(word), known())));
    }
    let mut arguments = Map::new();
    for (field, value) in &parts.values {
        if arguments.insert(field.name.clone(), convert(field, value)?).is_some() {
            return Err(no(&format!("{} is there twice", code(&field.name))));
        }
    }
    let missing: Vec<Field> =
        fields.iter().filter(|field| field.needed && !arguments.contains_key(&field.name)).cloned().collect();
    if !missing.is_empty() {
        // Mistyped, it became a part of the value before it.
        let words = parts.values.iter().flat_map(|(_, value)| value.split_whitespace());
        let mistyped = words.filter_map(|word| word.split_once(':')).find(|(name, _)| looks_like_an_option(name));
        return Err(match mistyped {
            Some((name, _)) => no(&format!("{} is no option: {}", code(name), known())),
            None => no(&format!("{} must be there: {}", listed(&missing), known())),
        });
    }
    Ok(Value::Object(arguments))
}

/// What could come at the end of what was typed, and what stands before it.
pub fn next<'a>(fields: &[Field], typed: &'a str) -> (&'a str, Next) {
    let parts = split(fields, typed);
    let word = typed.rsplit(' ').next().unwrap_or_default();
    let before = &typed[..typed.len() - word.len()];
    let left = || {
        let taken = |field: &&Field| !parts.values.iter().any(|(other, _)| other.name == field.name);
        let fits = |field: &&Field| field.name.starts_with(&word.to_lowercase());
        fields.iter().filter(taken).filter(fits).map(|field| field.name.clone()).collect::<Vec<_>>()
    };
    match parts.values.last() {
        Some((field, value)) if !typed.ends_with(' ') && (word.contains(':') || left().is_empty()) => {
            (&typed[..typed.len() - value.len()], Next::Value(field.name.clone(), value.clone()))
        }
        _ => (before, Next::Options(left())),
    }
}

struct Parts<'a> {
    before: String,
    values: Vec<(&'a Field, String)>,
}

fn split<'a>(fields: &'a [Field], typed: &str) -> Parts<'a> {
    let mut parts = Parts { before: String::new(), values: Vec::new() };
    let mut rest = typed.trim_start();
    // What follows a quote belongs to no value.
    let mut closed = false;
    while !rest.is_empty() {
        if let Some((field, after)) = option(fields, rest) {
            if let Some((quoted, after)) = quoted(after) {
                parts.values.push((field, quoted));
                (rest, closed) = (after.trim_start(), true);
            } else {
                parts.values.push((field, String::new()));
                (rest, closed) = (after, false);
            }
            continue;
        }
        let word = rest.find(' ').map_or(rest.len(), |space| space + 1);
        let open = parts.values.last_mut().filter(|_| !closed);
        let target = open.map_or(&mut parts.before, |(_, value)| value);
        target.push_str(&rest[..word]);
        rest = &rest[word..];
    }
    for (_, value) in &mut parts.values {
        value.truncate(value.trim_end().len());
    }
    parts.before.truncate(parts.before.trim_end().len());
    parts
}

/// An option that begins here, and what comes after its colon.
fn option<'a, 'b>(fields: &'a [Field], text: &'b str) -> Option<(&'a Field, &'b str)> {
    let (name, after) = text.split_once(':')?;
    fields.iter().find(|field| field.name == name).map(|field| (field, after))
}

/// A value in quotes that ends before a blank or the end, and what comes after it; `\"` is a quote inside.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.strip_prefix('"')?.char_indices();
    while let Some((place, letter)) = letters.next() {
        match letter {
            '\\' if text[place + 2..].starts_with(['"', '\\']) => {
                value.extend(letters.next().map(|(_, letter)| letter));
            }
            '"' => {
                let after = &text[place + 2..];
                return (after.is_empty() || after.starts_with(' ')).then_some((value, after));
            }
            letter => value.push(letter),
        }
    }
    None
}

fn convert(field: &Field, value: &str) -> Result<Value> {
    let wrong = |what: &str| no(&format!("{} is {what}, and {} is none", code(&field.name), code(value)));
    match field.kind {
        Kind::Text => Ok(Value::from(value)),
        Kind::Whole => value
            .parse::<i64>()
            .map(Value::from)
            .or_else(|_| value.parse::<u64>().map(Value::from))
            .map_err(|_| wrong("a whole number")),
        Kind::Number => value.parse::<f64>().map(Value::from).map_err(|_| wrong("a number")),
        Kind::YesNo => match value.to_lowercase().as_str() {
            "yes" | "true" => Ok(Value::from(true)),
            "no" | "false" => Ok(Value::from(false)),
            _ => Err(wrong("`yes` or `no`")),
        },
        Kind::Texts => Ok(value.split([',', ' ']).filter(|one| !one.is_empty()).map(Value::from).collect()),
    }
}

fn looks_like_an_option(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'_')
}

fn listed(fields: &[Field]) -> String {
    let names: Vec<String> = fields.iter().map(|field| format!("`{}:`", field.name)).collect();
    names.join(", ")
}

fn no(why: &str) -> Error {
    Error::Invalid(format!(
        "{why}. Options are written as in a command: `server:web-1 command:df -h`. Nothing was scheduled."
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run() -> Vec<Field> {
        fields(&json!({
            "properties": {
                "command": { "type": "string" },
                "loud": { "type": ["boolean", "null"] },
                "minutes": { "type": ["integer", "null"], "format": "uint32" },
                "server": { "type": "string" },
                "tags": { "type": "array", "items": { "type": "string" } },
            },
            "required": ["server", "command"],
        }))
        .unwrap()
    }

    fn given(typed: &str) -> Value {
        read("server.run", &run(), typed).unwrap_or_else(|error| panic!("{typed}: {error}"))
    }

    #[test]
    fn options_are_written_as_in_a_command() {
        assert_eq!(given("server:box command:df -h"), json!({ "server": "box", "command": "df -h" }));
        assert_eq!(
            given("command:curl http://x:80/a?b:c  minutes:5 server:box loud:yes tags:a, b"),
            json!({ "server": "box", "command": "curl http://x:80/a?b:c", "minutes": 5, "loud": true, "tags": ["a", "b"] })
        );
        assert_eq!(
            given(r#"server:box command:"echo server:x \"y\" \\ minutes:1" minutes:2"#),
            json!({ "server": "box", "command": r#"echo server:x "y" \ minutes:1"#, "minutes": 2 })
        );
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (typed, why) in [
            ("", "`server:`, `command:` must be there"),
            (r#"server:box command:"a" b"#, "`b` is no option"),
            ("df -h", "`df` is no option: `server.run` has `server:`, `command:`"),
            ("servr:box command:df", "`servr` is no option"),
            ("server:box comand:df -h", "`comand` is no option"),
            ("server:box", "`command:` must be there"),
            ("server:box command:df minutes:soon", "`minutes` is a whole number, and `soon` is none"),
            ("server:box command:df loud:maybe", "`loud` is `yes` or `no`, and `maybe` is none"),
            ("server:box command:df server:web", "`server` is there twice"),
        ] {
            let error =
                read("server.run", &run(), typed).err().unwrap_or_else(|| panic!("{typed} is read")).to_string();
            assert!(error.contains(why), "{typed}: {error}");
        }
        assert!(read("server.list", &[], "a:b").unwrap_err().to_string().contains("`server.list` has no options"));
    }

    #[test]
    fn what_takes_a_secret_has_no_options_to_write() {
        assert_eq!(fields(&json!({ "properties": { "value": { "type": "string", "writeOnly": true } } })), None);
    }

    #[test]
    fn what_could_be_typed_next_is_known() {
        let fields = run();
        let options = |names: &[&str]| Next::Options(names.iter().map(|name| (*name).to_owned()).collect());
        let value = |name: &str, typed: &str| Next::Value(name.to_owned(), typed.to_owned());
        assert_eq!(next(&fields, ""), ("", options(&["server", "command", "loud", "minutes", "tags"])));
        assert_eq!(next(&fields, "se"), ("", options(&["server"])));
        assert_eq!(next(&fields, "server:"), ("server:", value("server", "")));
        assert_eq!(next(&fields, "server:bo"), ("server:", value("server", "bo")));
        assert_eq!(next(&fields, "server:box "), ("server:box ", options(&["command", "loud", "minutes", "tags"])));
        assert_eq!(next(&fields, "server:box co"), ("server:box ", options(&["command"])));
    }
}
