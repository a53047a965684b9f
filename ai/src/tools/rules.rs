//! Holds a value against a schema, and says in words what does not fit.
//!
//! Only for the small dialect that [`super::schema`] leaves of any schema. The crate for all of JSON Schema was looked at
//! (`jsonschema`): it brings two dozen others along, changes how every crate of the process reads numbers, and its messages would have
//! to be said anew for a model all the same.
//!
//! **Invariant:** a rule that is not known here is no rule that holds: what cannot be checked is not called.

use regex::RegexBuilder;
use serde_json::{Map, Value};

use super::check::{listed, nearest, short, shown};

/// The largest expression that another program's schema may ask for, in bytes once it is compiled.
const PATTERN: usize = 256 * 1024;
/// So many mistakes are told at once: the next attempt mends them all.
pub(crate) const TOLD: usize = 3;

/// The schema says something that cannot be checked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unknown;

/// What of a value does not fit, as parts of a sentence: the first few.
pub(crate) fn mistakes(value: &Value, schema: &Value) -> Result<Vec<String>, Unknown> {
    let mut found = Vec::new();
    part(value, schema, "", &mut found)?;
    Ok(found)
}

fn part(value: &Value, schema: &Value, place: &str, found: &mut Vec<String>) -> Result<(), Unknown> {
    let rules = match schema {
        Value::Object(rules) => rules,
        Value::Bool(true) => return Ok(()),
        _ => return Err(Unknown),
    };
    let named = if place.is_empty() { "it".to_owned() } else { format!("`{}`", short(place)) };
    if let Some(kind) = rules.get("type")
        && !is(value, kind)?
    {
        tell(found, format!("{named} must be {}, not {}", kinds(kind), shown(value)));
        // What else is wrong with it follows from that.
        return Ok(());
    }
    for (rule, limit) in rules {
        if let Some(mistake) = broken(value, (rule, limit), &named)? {
            tell(found, mistake);
        }
    }
    if let (Value::Object(fields), Some(known)) = (value, rules.get("properties").and_then(Value::as_object)) {
        for (name, value) in fields {
            if let Some(schema) = known.get(name) {
                part(value, schema, &inside(place, name), found)?;
            }
        }
    }
    if let Value::Object(fields) = value {
        others(fields, schema, place, found)?;
    }
    if let (Value::Array(list), Some(each)) = (value, rules.get("items")) {
        for (at, one) in list.iter().enumerate() {
            part(one, each, &inside(place, &at.to_string()), found)?;
        }
    }
    Ok(())
}

/// One rule; the answer is how it is broken.
fn broken(value: &Value, (rule, limit): (&str, &Value), named: &str) -> Result<Option<String>, Unknown> {
    let (number, text) = (value.as_f64(), value.as_str());
    let length = text.map(|text| text.chars().count());
    let (items, fields) = (value.as_array().map(Vec::len), value.as_object().map(Map::len));
    let fewer = |many: Option<usize>| many.is_some_and(|many| (many as u64) < whole(limit));
    let more = |many: Option<usize>| many.is_some_and(|many| (many as u64) > whole(limit));
    let bound = || limit.as_f64().ok_or(Unknown);
    let is_number = number.is_some() && value.is_number();
    let said =
        match rule {
            // They are looked at elsewhere, or say nothing about a value.
            "type" | "properties" | "additionalProperties" | "items" | "description" => None,
            "enum" => {
                let options = limit.as_array().ok_or(Unknown)?;
                let words: Vec<&str> = options.iter().filter_map(Value::as_str).collect();
                let near = text.and_then(|given| nearest(given, &words));
                let near = near.map(|near| format!(", maybe \"{near}\"")).unwrap_or_default();
                (!options.contains(value))
                    .then(|| format!("{named} must be one of {}{near}, not {}", listed(options), shown(value)))
            }
            "const" => (value != limit).then(|| format!("{named} must be {}, not {}", shown(limit), shown(value))),
            "required" => return Ok(missing(value, limit)),
            "minimum" => {
                (is_number && number < Some(bound()?)).then(|| format!("{named} must be {limit} or more, not {value}"))
            }
            "maximum" => {
                (is_number && number > Some(bound()?)).then(|| format!("{named} must be {limit} or less, not {value}"))
            }
            "exclusiveMinimum" => (is_number && number <= Some(bound()?))
                .then(|| format!("{named} must be more than {limit}, not {value}")),
            "exclusiveMaximum" => (is_number && number >= Some(bound()?))
                .then(|| format!("{named} must be less than {limit}, not {value}")),
            "multipleOf" => {
                let bound = bound()?;
                let is_one = number.is_none_or(|number| ((number / bound) - (number / bound).round()).abs() < 1e-9);
                (!is_one).then(|| format!("{named} must be a multiple of {limit}, not {value}"))
            }
            "minLength" => fewer(length).then(|| format!("{named} must have {limit} characters or more")),
            "maxLength" => more(length).then(|| format!("{named} must have {limit} characters or fewer")),
            "minItems" => fewer(items).then(|| format!("{named} must have {limit} items or more")),
            "maxItems" => more(items).then(|| format!("{named} must have {limit} items or fewer")),
            "minProperties" => fewer(fields).then(|| format!("{named} must have {limit} fields or more")),
            "maxProperties" => more(fields).then(|| format!("{named} must have {limit} fields or fewer")),
            "uniqueItems" => twice(value, limit).then(|| format!("{named} must not have the same twice")),
            "pattern" => {
                let pattern = limit.as_str().ok_or(Unknown)?;
                let read = RegexBuilder::new(pattern).size_limit(PATTERN).dfa_size_limit(PATTERN).build();
                let read = read.map_err(|_| Unknown)?;
                let fits = text.is_none_or(|text| read.is_match(text));
                (!fits).then(|| format!("{named} must look like `{}`, not {}", short(pattern), shown(value)))
            }
            "anyOf" | "oneOf" | "allOf" => {
                let some = limit.as_array().ok_or(Unknown)?;
                let mut fitting = 0;
                for one in some {
                    fitting += usize::from(mistakes(value, one)?.is_empty());
                }
                let fits = match rule {
                    "anyOf" => fitting > 0,
                    "oneOf" => fitting == 1,
                    _ => fitting == some.len(),
                };
                (!fits).then(|| format!("{named} is none of what it may be: {}", shown(value)))
            }
            _ => return Err(Unknown),
        };
    Ok(said)
}

/// The fields that must be there and are not.
fn missing(value: &Value, needed: &Value) -> Option<String> {
    let fields = value.as_object()?;
    let needed = needed.as_array().into_iter().flatten().filter_map(Value::as_str);
    let missing: Vec<String> =
        needed.filter(|name| !fields.contains_key(*name)).map(|name| format!("`{}` is missing", short(name))).collect();
    (!missing.is_empty()).then(|| missing.join("; "))
}

/// Fields that the schema does not name.
fn others(fields: &Map<String, Value>, schema: &Value, place: &str, found: &mut Vec<String>) -> Result<(), Unknown> {
    let Some(rule) = schema.get("additionalProperties") else { return Ok(()) };
    let known: Vec<&str> =
        schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    for (name, value) in fields.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
        if *rule != Value::Bool(false) {
            part(value, rule, &inside(place, name), found)?;
            continue;
        }
        let near = nearest(name, &known).map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
        tell(found, format!("it takes no `{}`{near}", short(name)));
    }
    Ok(())
}

fn tell(found: &mut Vec<String>, mistake: String) {
    if found.len() < TOLD {
        found.push(mistake);
    }
}

fn inside(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}

fn whole(limit: &Value) -> u64 {
    limit.as_u64().unwrap_or_default()
}

fn twice(value: &Value, limit: &Value) -> bool {
    let Some(list) = value.as_array().filter(|_| *limit == Value::Bool(true)) else { return false };
    let mut texts: Vec<String> = list.iter().map(Value::to_string).collect();
    texts.sort_unstable();
    texts.windows(2).any(|pair| pair[0] == pair[1])
}

/// Whether a value is of a kind, or of one of several.
fn is(value: &Value, kind: &Value) -> Result<bool, Unknown> {
    if let Some(several) = kind.as_array() {
        for one in several {
            if is(value, one)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    Ok(match kind.as_str().ok_or(Unknown)? {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => return Err(Unknown),
    })
}

fn kinds(kind: &Value) -> String {
    let word = |kind: &Value| match kind.as_str().unwrap_or_default() {
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "a text",
        "array" => "a list",
        "object" => "an object",
        _ => "null",
    };
    match kind.as_array() {
        Some(several) => several.iter().map(word).collect::<Vec<_>>().join(" or "),
        None => word(kind).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_rule_of_the_dialect_holds_and_another_makes_the_schema_unfit() {
        for (schema, fits, broken) in [
            (json!({ "type": "integer" }), json!(3.0), json!(3.5)),
            (json!({ "type": ["string", "null"] }), json!(null), json!(1)),
            (json!({ "minimum": 1, "maximum": 5 }), json!(5), json!(5.5)),
            (json!({ "exclusiveMinimum": 1, "exclusiveMaximum": 5 }), json!(4), json!(1)),
            (json!({ "multipleOf": 0.1 }), json!(0.3), json!(0.35)),
            (json!({ "minLength": 2, "maxLength": 3 }), json!("éé"), json!("éééé")),
            (json!({ "minItems": 1, "maxItems": 2, "uniqueItems": true }), json!([1, 2]), json!([1, 1])),
            (json!({ "minProperties": 1, "maxProperties": 1 }), json!({ "a": 1 }), json!({})),
            (json!({ "pattern": "^a+$" }), json!("aaa"), json!("b")),
            (json!({ "const": "x" }), json!("x"), json!("y")),
            (json!({ "enum": ["a", 1] }), json!(1), json!("1")),
            (json!({ "anyOf": [{ "type": "string" }, { "minimum": 3 }] }), json!("a"), json!(1)),
            (json!({ "oneOf": [{ "minimum": 1 }, { "minimum": 3 }] }), json!(2), json!(4)),
            (json!({ "allOf": [{ "minimum": 1 }, { "maximum": 3 }] }), json!(2), json!(4)),
            (json!({ "items": { "type": "string" } }), json!(["a"]), json!(["a", 1])),
            (json!({ "additionalProperties": { "type": "string" } }), json!({ "a": "b" }), json!({ "a": 1 })),
            (
                json!({ "properties": { "a": { "properties": { "b": { "type": "string" } } } } }),
                json!({ "a": { "b": "" } }),
                json!({ "a": { "b": 1 } }),
            ),
            (json!({ "required": ["a"], "properties": { "a": {} } }), json!({ "a": null }), json!({})),
            (json!({ "additionalProperties": false }), json!({}), json!({ "a": 1 })),
        ] {
            assert_eq!(mistakes(&fits, &schema), Ok(Vec::new()), "{schema} {fits}");
            assert_eq!(mistakes(&broken, &schema).map(|found| found.len()), Ok(1), "{schema} {broken}");
        }
        for unfit in [
            json!({ "not": {} }),
            json!({ "$ref": "#" }),
            json!({ "type": "blob" }),
            json!({ "pattern": "(?=x)" }),
            json!(7),
        ] {
            assert_eq!(mistakes(&json!("x"), &unfit), Err(Unknown), "{unfit}");
        }
        let many = json!({ "items": { "type": "string" } });
        assert_eq!(mistakes(&Value::from(vec![1; 30_000]), &many).unwrap().len(), TOLD, "and memory is bounded");
        let deep = mistakes(
            &json!({ "a": [{ "b": 1 }] }),
            &json!({ "properties": { "a": { "items": { "properties": { "b": { "type": "string" } } } } } }),
        );
        assert_eq!(deep.unwrap(), ["`a.0.b` must be a text, not 1"]);
    }
}
