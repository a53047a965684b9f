//! JSON Schemas made small and flat: what an 8B model reads without losing its way, and what every provider takes.
//!
//! **Invariant:** no `$ref` is left, and what comes out is bounded: a schema of another program's that unfolds without end is no tool.

use serde_json::{Map, Value, json};

use super::data::without_control;

/// The deepest a schema goes: arguments of actions are flat, and other programs' rarely deeper.
const DEEPEST: usize = 12;
/// The most parts of a schema. A reference counts each time it is followed.
const PARTS: usize = 600;
/// The longest description of a field.
const DESCRIPTION: usize = 240;
/// What is kept of a part. Formats of numbers, titles and examples only cost tokens.
const KEPT: [&str; 17] = [
    "type",
    "enum",
    "const",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "required",
    "minProperties",
    "maxProperties",
    "multipleOf",
];

/// A small schema that takes the same, without what no model may type. None where nothing is left that could be called: it is no
/// object, it is too large, or something it needs is a secret.
pub(crate) fn small(whole: &Value) -> Option<Value> {
    if !whole.is_object() {
        return None;
    }
    let mut left = PARTS;
    let mut small = Flattening { whole, left: &mut left }.part(whole, 0)?;
    let root = small.as_object_mut()?;
    // What it does stands beside it.
    root.remove("description");
    if root.get("type").is_some_and(|kind| kind != "object") {
        return None;
    }
    root.insert("type".to_owned(), json!("object"));
    if root.contains_key("properties") || is_ours(whole) {
        // A word that nobody knows is a mistake to be told, and never silently nothing.
        root.entry("additionalProperties").or_insert(json!(false));
    }
    root.entry("properties").or_insert(json!({}));
    Some(small)
}

/// Whether it was made of a struct: another program's object without fields may take anything.
fn is_ours(whole: &Value) -> bool {
    whole["title"].is_string() && whole["$schema"].is_string()
}

/// A description as one sentence or two, on one line.
///
/// What another program says of its tools may be anything: no word of it begins a turn of its own.
pub(crate) fn sentence(text: &str, most: usize) -> String {
    let line = without_control(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    if line.chars().count() <= most {
        return line;
    }
    let cut: String = line.chars().take(most.saturating_sub(1)).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole_words, _)| whole_words);
    format!("{cut}…")
}

struct Flattening<'a> {
    whole: &'a Value,
    left: &'a mut usize,
}

impl Flattening<'_> {
    fn part(&mut self, part: &Value, depth: usize) -> Option<Value> {
        *self.left = self.left.checked_sub(1)?;
        if depth > DEEPEST {
            return None;
        }
        let Some(part) = part.as_object() else {
            // `true` takes anything, and so does an empty one.
            return (*part != Value::Bool(false)).then(|| json!({}));
        };
        if let Some(reference) = part.get("$ref") {
            let found = reference.as_str().and_then(|name| self.whole.pointer(name.strip_prefix('#')?));
            let mut found = self.part(&found.cloned().unwrap_or(Value::Bool(true)), depth + 1)?;
            describe(&mut found, part);
            return Some(found);
        }
        for either in ["anyOf", "oneOf", "allOf"] {
            if let Some(some) = part.get(either).and_then(Value::as_array) {
                return self.either(either, some, part, depth);
            }
        }
        let mut small = Map::new();
        for key in KEPT {
            if let Some(value) = part.get(key) {
                small.insert(key.to_owned(), value.clone());
            }
        }
        without_null(&mut small);
        if let Some(fields) = part.get("properties").and_then(Value::as_object) {
            let fields = self.fields(fields, part, depth)?;
            small.insert("properties".to_owned(), Value::Object(fields));
            if let Some(Value::Array(required)) = small.get_mut("required") {
                let there = part["properties"].as_object();
                required.retain(|name| {
                    name.as_str().is_some_and(|name| there.is_some_and(|there| there.contains_key(name)))
                });
                if required.is_empty() {
                    small.remove("required");
                }
            }
        } else {
            small.remove("required");
        }
        for inner in ["items", "additionalProperties"] {
            match part.get(inner) {
                Some(Value::Bool(yes)) => drop(small.insert(inner.to_owned(), json!(yes))),
                Some(value) => drop(small.insert(inner.to_owned(), self.part(value, depth + 1)?)),
                None => {}
            }
        }
        let mut small = Value::Object(small);
        describe(&mut small, part);
        Some(small)
    }

    /// The fields of an object, without secrets; none where one of these is needed.
    fn fields(
        &mut self,
        fields: &Map<String, Value>,
        part: &Map<String, Value>,
        depth: usize,
    ) -> Option<Map<String, Value>> {
        let needed: Vec<&str> =
            part.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let mut small = Map::new();
        for (name, about) in fields {
            if self.is_secret(about) {
                if needed.contains(&name.as_str()) {
                    return None;
                }
                continue;
            }
            small.insert(name.clone(), self.part(about, depth + 1)?);
        }
        Some(small)
    }

    fn is_secret(&self, about: &Value) -> bool {
        let followed =
            about["$ref"].as_str().and_then(|name| self.whole.pointer(name.strip_prefix('#')?)).unwrap_or(about);
        let inside = followed["anyOf"].as_array().or_else(|| followed["oneOf"].as_array());
        let holds = |one: &Value| {
            let one = one["$ref"].as_str().and_then(|name| self.whole.pointer(name.strip_prefix('#')?)).unwrap_or(one);
            one["writeOnly"] == true
        };
        followed["writeOnly"] == true || about["writeOnly"] == true || inside.is_some_and(|some| some.iter().any(holds))
    }

    /// One of several: words to choose from become a list of them, and what may also be nothing is what it is otherwise.
    fn either(&mut self, either: &str, some: &[Value], part: &Map<String, Value>, depth: usize) -> Option<Value> {
        let some: Vec<&Value> = some.iter().filter(|one| one["type"] != "null").collect();
        if let Some(mut words) = words(&some) {
            describe(&mut words, part);
            return Some(words);
        }
        let mut parts = Vec::with_capacity(some.len());
        for one in some {
            parts.push(self.part(one, depth + 1)?);
        }
        let mut small = if parts.len() == 1 {
            let mut only = parts.remove(0);
            // What stands beside it holds as well.
            for key in KEPT {
                if let (Some(value), Some(only)) = (part.get(key), only.as_object_mut())
                    && !only.contains_key(key)
                {
                    only.insert(key.to_owned(), value.clone());
                }
            }
            only
        } else {
            json!({ either: parts })
        };
        describe(&mut small, part);
        Some(small)
    }
}

/// Texts to choose from, and what each means, where that is all there is.
fn words(some: &[&Value]) -> Option<Value> {
    let mut words = Vec::new();
    let mut meant = Vec::new();
    for one in some {
        let fixed = one.get("const").cloned().into_iter();
        let listed = fixed.chain(one["enum"].as_array().cloned().into_iter().flatten());
        let listed: Vec<Value> = listed.filter(Value::is_string).collect();
        if listed.is_empty() {
            return None;
        }
        if let (Some(description), [Value::String(word)]) = (one["description"].as_str(), &listed[..]) {
            meant.push(format!("{word}: {}", description.trim_end_matches('.')));
        }
        words.extend(listed);
    }
    if words.is_empty() {
        return None;
    }
    let mut list = json!({ "type": "string", "enum": words });
    if !meant.is_empty() {
        list["description"] = json!(sentence(&format!("{}.", meant.join("; ")), DESCRIPTION));
    }
    Some(list)
}

/// A type that may also be nothing is what it is otherwise: what is not needed is left out instead.
fn without_null(small: &mut Map<String, Value>) {
    if let Some(Value::Array(kinds)) = small.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = &kinds[..] {
            let only = only.clone();
            small.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(words)) = small.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
}

/// What is said where it is used goes before what is said of it in general.
fn describe(small: &mut Value, part: &Map<String, Value>) {
    let Some(said) = part.get("description").and_then(Value::as_str) else { return };
    let general = small["description"].as_str().unwrap_or_default();
    let is_choice = small["enum"].is_array() && !general.is_empty() && !general.contains(said);
    let text = if is_choice { format!("{} {general}", said.trim()) } else { said.to_owned() };
    if let Some(small) = small.as_object_mut() {
        small.insert("description".to_owned(), json!(sentence(&text, DESCRIPTION)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_nothings_and_titles_go_and_descriptions_stay() {
        let whole = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Prune", "type": "object", "description": "Prune it.",
            "properties": {
                "server": { "$ref": "#/$defs/Name", "description": "The server\n it runs on." },
                "lines": { "type": ["integer", "null"], "format": "uint32", "minimum": 0, "description": "How many." },
                "what": { "anyOf": [{ "$ref": "#/$defs/What" }, { "type": "null" }], "description": "Which." },
                "key": { "anyOf": [{ "$ref": "#/$defs/Secret" }, { "type": "null" }] },
            },
            "required": ["server"],
            "$defs": {
                "Name": { "type": "string", "description": "A name." },
                "Secret": { "type": "string", "writeOnly": true },
                "What": { "oneOf": [
                    { "type": "string", "const": "all", "description": "Everything." }, { "type": "string", "enum": ["some", "none"] },
                ] },
            },
        });
        let small = small(&whole).unwrap();
        assert_eq!(
            small,
            json!({
                "type": "object", "additionalProperties": false, "required": ["server"],
                "properties": {
                    "server": { "type": "string", "description": "The server it runs on." },
                    "lines": { "type": "integer", "minimum": 0, "description": "How many." },
                    "what": { "type": "string", "enum": ["all", "some", "none"], "description": "Which. all: Everything." },
                },
            })
        );
    }

    #[test]
    fn what_needs_a_secret_is_no_tool() {
        let whole = |required: Value| {
            json!({
                "type": "object", "required": required,
                "properties": { "name": { "type": "string" }, "value": { "$ref": "#/$defs/Secret" } },
                "$defs": { "Secret": { "type": "string", "writeOnly": true } },
            })
        };
        assert!(small(&whole(json!(["value"]))).is_none());
        assert!(small(&whole(json!(["name"]))).unwrap()["properties"].get("value").is_none());
    }

    #[test]
    fn a_schema_that_unfolds_without_end_is_no_tool() {
        let itself = json!({ "type": "object", "properties": { "a": { "$ref": "#" } } });
        assert!(small(&itself).is_none());
        let mut defs = Map::new();
        for level in 0..9 {
            let next = json!({ "$ref": format!("#/$defs/L{}", level + 1) });
            let fields: Map<String, Value> = (0..10).map(|at| (format!("f{at}"), next.clone())).collect();
            defs.insert(format!("L{level}"), json!({ "type": "object", "properties": fields }));
        }
        assert!(
            small(&json!({ "type": "object", "properties": { "a": { "$ref": "#/$defs/L0" } }, "$defs": defs }))
                .is_none()
        );
        assert!(small(&json!({ "type": "array" })).is_none());
        assert!(small(&json!("object")).is_none());
    }

    #[test]
    fn another_programs_object_without_fields_may_take_anything() {
        assert_eq!(small(&json!({ "type": "object" })).unwrap().get("additionalProperties"), None);
        let named = json!({ "type": "object", "properties": { "a": {} } });
        assert_eq!(small(&named).unwrap()["additionalProperties"], false);
    }
}
