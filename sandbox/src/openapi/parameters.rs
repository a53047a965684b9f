//! The parameters of a request: those in its path and those in its query.

use super::document::{Operation, referred};
use super::schema::{Checker, Failure, has_type};
use crate::rest::request::percent_decoded;
use serde_json::{Value, json};

/// What is wrong with a request's parameters. Those an operation does not have are ignored, as Discord does.
pub(super) fn check(checker: &Checker<'_>, operation: &Operation<'_>, query: &str) -> Vec<Failure> {
    let pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, text)| (percent_decoded(name), percent_decoded(text)))
        .collect();
    let mut failures = Vec::new();
    for parameter in operation.parameters() {
        let (name, schema) = (parameter["name"].as_str().unwrap_or_default(), &parameter["schema"]);
        let (at, given): (String, Vec<&str>) = match parameter["in"].as_str() {
            Some("path") => (
                format!("{{{name}}}"),
                operation.path.iter().filter(|(one, _)| *one == name).map(|(_, text)| text.as_str()).collect(),
            ),
            Some("query") => (
                format!("?{name}"),
                pairs.iter().filter(|(one, _)| one == name).map(|(_, text)| text.as_str()).collect(),
            ),
            _ => continue,
        };
        match given[..] {
            [] if parameter["required"] == true => failures.push(Failure { at, what: "is missing".to_owned() }),
            [] => {}
            _ => failures.extend(checker.check_at(&at, schema, &read(checker, schema, &given))),
        }
    }
    failures
}

/// Texts as the JSON they stand for; one that stands for nothing of the schema's stays a text, and fails as such.
fn read(checker: &Checker<'_>, schema: &Value, given: &[&str]) -> Value {
    let schema = referred(checker.schemas, schema).unwrap_or(schema);
    if schema["type"] == "array" {
        return given.iter().map(|one| read(checker, &schema["items"], &[one])).collect();
    }
    let text = given.last().copied().unwrap_or_default();
    let number = text.parse::<i64>().map(|number| json!(number));
    let readings = [number.unwrap_or_default(), boolean(text)];
    let fitting =
        readings.into_iter().find(|value| !value.is_null() && schema.get("type").is_some() && has_type(schema, value));
    fitting.unwrap_or_else(|| json!(text))
}

fn boolean(text: &str) -> Value {
    match text {
        "true" | "True" | "1" => json!(true),
        "false" | "False" | "0" => json!(false),
        _ => Value::Null,
    }
}
