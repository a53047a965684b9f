//! Holds a value against a JSON schema (2020-12, as far as `document` lets in).
//!
//! **Invariant:** it ends and stays small whatever the value is: references are followed to a depth, and only the first failures
//! are kept.

use super::document::referred;
use super::{format, leniency};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt;

/// How deep schemas may refer to each other within one value. JSON itself is read 128 deep.
const DEPTH: u32 = 512;
/// Failures that are told of one value.
const FAILURES: usize = 4;
/// Characters of a value that are quoted.
const QUOTED: usize = 40;
/// Values that are listed where one of them was expected.
const LISTED: usize = 24;

/// Who said it: what Discord forgives in a request it does not do in its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    Answer,
}

/// What is wrong, and where: a JSON pointer, empty for the whole.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Failure {
    pub(super) at: String,
    pub(super) what: String,
}

pub(super) struct Checker<'a> {
    pub(super) schemas: &'a Map<String, Value>,
    pub(super) side: Side,
}

/// Where in the value the check is.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    way: Way<'a>,
    depth: u32,
}

#[derive(Clone, Copy)]
enum Way<'a> {
    Whole(&'a str),
    Field(&'a Way<'a>, &'a str),
    Item(&'a Way<'a>, usize),
}

impl fmt::Display for Way<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(name) => out.write_str(name),
            Self::Field(before, name) => write!(out, "{before}/{}", name.replace('~', "~0").replace('/', "~1")),
            Self::Item(before, index) => write!(out, "{before}/{index}"),
        }
    }
}

impl<'a> Spot<'a> {
    fn within(self, way: Way<'a>) -> Self {
        Self { way, ..self }
    }
}

impl Checker<'_> {
    /// What is wrong with a value; nothing if it fits.
    pub(super) fn check(&self, schema: &Value, value: &Value) -> Vec<Failure> {
        self.check_at("", schema, value)
    }

    /// The same for a value that has a name, such as a parameter.
    pub(super) fn check_at(&self, name: &str, schema: &Value, value: &Value) -> Vec<Failure> {
        let mut failures = Vec::new();
        self.walk(schema, value, Spot { way: Way::Whole(name), depth: 0 }, &mut failures);
        failures.truncate(FAILURES);
        failures
    }

    pub(super) fn walk(&self, schema: &Value, value: &Value, spot: Spot<'_>, out: &mut Vec<Failure>) {
        let spot = Spot { depth: spot.depth + 1, ..spot };
        if out.len() >= FAILURES {
            return;
        }
        if spot.depth > DEPTH {
            return fail(out, spot, "is nested too deeply to be checked".to_owned());
        }
        let forgiven = leniency::reread(self.side, schema, value);
        let value = forgiven.as_ref().unwrap_or(value);
        if schema == &Value::Bool(false) {
            return fail(out, spot, "may not be there".to_owned());
        }
        if let Some(schema) = referred(self.schemas, schema) {
            self.walk(schema, value, spot, out);
        }
        if !has_type(schema, value) {
            return fail(out, spot, format!("is {}, not {}", quoted(value), types(schema)));
        }
        check_choice(schema, value, spot, out);
        match value {
            Value::String(text) => check_text(schema, text, spot, out),
            Value::Number(_) => check_number(schema, value, spot, out),
            Value::Array(items) => self.check_items(schema, items, spot, out),
            Value::Object(fields) => self.check_fields(schema, fields, spot, out),
            Value::Null | Value::Bool(_) => {}
        }
        if let Some(format) = schema.get("format").and_then(Value::as_str)
            && !format::fits(format, value)
        {
            fail(out, spot, format!("is {}, not a {format}", quoted(value)));
        }
        for one in list(schema, "allOf") {
            self.walk(one, value, spot, out);
        }
        for union in ["oneOf", "anyOf"].map(|keyword| list(schema, keyword)).into_iter().filter(|all| !all.is_empty()) {
            self.walk_union(union, value, spot, out);
        }
    }

    fn check_items(&self, schema: &Value, items: &[Value], spot: Spot<'_>, out: &mut Vec<Failure>) {
        check_count(schema, ("minItems", "maxItems"), items.len(), ("has", "items"), spot, out);
        if schema["uniqueItems"] == true {
            let distinct: BTreeSet<_> = items.iter().map(Value::to_string).collect();
            if distinct.len() < items.len() {
                fail(out, spot, "holds something twice".to_owned());
            }
        }
        if let Some(each) = schema.get("items") {
            for (index, item) in items.iter().enumerate() {
                self.walk(each, item, spot.within(Way::Item(&spot.way, index)), out);
            }
        }
    }

    fn check_fields(&self, schema: &Value, fields: &Map<String, Value>, spot: Spot<'_>, out: &mut Vec<Failure>) {
        check_count(schema, ("minProperties", "maxProperties"), fields.len(), ("has", "fields"), spot, out);
        for name in list(schema, "required").iter().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                fail(out, spot.within(Way::Field(&spot.way, name)), "is missing".to_owned());
            }
        }
        for (name, value) in fields {
            let known = schema.get("properties").and_then(|known| known.get(name));
            let Some(known) = known.or_else(|| schema.get("additionalProperties")) else { continue };
            self.walk(known, value, spot.within(Way::Field(&spot.way, name)), out);
        }
    }
}

pub(super) fn fail(out: &mut Vec<Failure>, spot: Spot<'_>, what: String) {
    out.push(Failure { at: spot.way.to_string(), what });
}

/// Says that a field, or the value itself, is none of what it may be.
pub(super) fn fail_choice<'v>(
    out: &mut Vec<Failure>,
    spot: Spot<'_>,
    (field, value): (Option<&str>, &Value),
    choices: impl Iterator<Item = &'v Value>,
) {
    let choices: BTreeSet<_> = choices.map(|choice| (choice.as_i64(), choice.to_string())).collect();
    let more = if choices.len() > LISTED { ", …" } else { "" };
    let listed = choices.into_iter().take(LISTED).map(|(_, choice)| choice).collect::<Vec<_>>().join(", ");
    let spot = field.map_or(spot, |field| spot.within(Way::Field(&spot.way, field)));
    fail(out, spot, format!("is {}, none of {listed}{more}", quoted(value)));
}

/// A value as a message shows it: short, and of an object or a list only that it is one.
pub(super) fn quoted(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        other => {
            let text = other.to_string();
            let short: String = text.chars().take(QUOTED).collect();
            if short.len() < text.len() { format!("{short}…") } else { short }
        }
    }
}

/// A keyword's list; empty if there is none.
pub(super) fn list<'v>(schema: &'v Value, keyword: &str) -> &'v [Value] {
    schema.get(keyword).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Whether a value is of a type the schema names, or the schema names none.
pub(super) fn has_type(schema: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str().unwrap_or_default() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => false,
    };
    match schema.get("type") {
        None => true,
        Some(Value::Array(names)) => names.iter().any(is),
        Some(name) => is(name),
    }
}

/// The types a schema names, for a message.
pub(super) fn types(schema: &Value) -> String {
    match schema.get("type") {
        None => "what fits".to_owned(),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        Some(name) => name.as_str().unwrap_or_default().to_owned(),
    }
}

/// An empty `enum` would forbid everything; the file has some where its generator lost the values.
pub(super) fn choices(schema: &Value) -> &[Value] {
    match schema.get("const") {
        Some(one) => std::slice::from_ref(one),
        None => list(schema, "enum"),
    }
}

fn check_choice(schema: &Value, value: &Value, spot: Spot<'_>, out: &mut Vec<Failure>) {
    let choices = choices(schema);
    if !choices.is_empty() && !choices.contains(value) {
        fail_choice(out, spot, (None, value), choices.iter());
    }
}

fn check_text(schema: &Value, text: &str, spot: Spot<'_>, out: &mut Vec<Failure>) {
    check_count(schema, ("minLength", "maxLength"), text.chars().count(), ("is", "characters long"), spot, out);
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
        && !format::matches_pattern(pattern, text)
    {
        fail(out, spot, format!("is {}, which does not match {pattern}", quoted(&Value::from(text))));
    }
}

fn check_number(schema: &Value, value: &Value, spot: Spot<'_>, out: &mut Vec<Failure>) {
    for (keyword, words, beyond) in
        [("minimum", "less", std::cmp::Ordering::Less), ("maximum", "more", std::cmp::Ordering::Greater)]
    {
        if let Some(bound) = schema.get(keyword)
            && compare(value, bound) == Some(beyond)
        {
            fail(out, spot, format!("is {value}, {words} than {bound}"));
        }
    }
}

/// Whole numbers are compared as such: a float would take 2⁶³ and the number before it for the same.
fn compare(one: &Value, other: &Value) -> Option<std::cmp::Ordering> {
    let whole = |value: &Value| value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
    match (whole(one), whole(other)) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}

fn check_count(
    schema: &Value,
    (least, most): (&str, &str),
    count: usize,
    (verb, noun): (&str, &str),
    spot: Spot<'_>,
    out: &mut Vec<Failure>,
) {
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
    let count = count as u64;
    if let Some(least) = bound(least).filter(|least| count < *least) {
        fail(out, spot, format!("{verb} {count} {noun}, less than {least}"));
    }
    if let Some(most) = bound(most).filter(|most| count > *most) {
        fail(out, spot, format!("{verb} {count} {noun}, more than {most}"));
    }
}
