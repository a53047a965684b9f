//! The file itself: read, looked through once, and asked for operations.
//!
//! **Invariant:** every `$ref` leads to a schema, and every keyword of every schema is one that is checked or says nothing
//! about values; so a check never meets what it does not understand.

use super::{Error, format, leniency};
use crate::rest::request::percent_decoded;
use serde_json::{Map, Value};

/// Where schemas with a name are.
pub(super) const SCHEMAS: &str = "#/components/schemas/";
const RESPONSES: &str = "#/components/responses/";
/// Keywords that are checked.
const CHECKED: [&str; 22] = [
    "$ref",
    "type",
    "enum",
    "const",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "uniqueItems",
    "items",
    "required",
    "properties",
    "additionalProperties",
    "minProperties",
    "maxProperties",
    "allOf",
    "oneOf",
    "anyOf",
];
/// Keywords that say nothing a value could break. A `contentEncoding` tells how a text carries bytes, not which texts are valid;
/// `x-discord-union` tells which union an `anyOf` was made from.
const SILENT: [&str; 4] = ["title", "description", "contentEncoding", "x-discord-union"];

#[derive(Debug)]
pub(super) struct Document {
    root: Value,
    schemas: Map<String, Value>,
    routes: Vec<Route>,
}

/// A path of the file, in parts.
#[derive(Debug)]
struct Route {
    template: String,
    parts: Vec<Part>,
}

#[derive(Debug, PartialEq)]
enum Part {
    Literal(String),
    Parameter(String),
}

/// What the file says about a method of a path, and what the path holds here.
#[derive(Debug)]
pub(super) struct Operation<'a> {
    pub(super) id: &'a str,
    /// The parameters in the path, by name.
    pub(super) path: Vec<(&'a str, String)>,
    item: &'a Value,
    description: &'a Value,
}

impl Document {
    pub(super) fn parse(mut root: Value) -> Result<Self, Error> {
        let schemas = root.pointer_mut("/components/schemas").map(Value::take);
        let mut schemas = if let Some(Value::Object(schemas)) = schemas { schemas } else { Map::new() };
        leniency::correct(&mut schemas)?;
        let document = Self { routes: routes(&root), root, schemas };
        for (name, schema) in &document.schemas {
            document.look_through(schema, &format!("{SCHEMAS}{name}"))?;
        }
        for route in &document.routes {
            let at = format!("#/paths/{}", route.template);
            document.look_for_schemas(&document.root["paths"][&route.template], &at)?;
        }
        document.look_for_schemas(&document.root["components"]["responses"], RESPONSES)?;
        Ok(document)
    }

    pub(super) fn schemas(&self) -> &Map<String, Value> {
        &self.schemas
    }

    /// The operation for a method and a path. A path may fit several templates; the one with more words of its own is meant.
    pub(super) fn operation(&self, method: &str, path: &str) -> Option<Operation<'_>> {
        let given: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(percent_decoded).collect();
        let method = method.to_ascii_lowercase();
        let fitting = self.routes.iter().filter(|route| route.fits(&given)).filter_map(|route| {
            let item = &self.root["paths"][&route.template];
            item.get(&method).map(|description| (route, item, description))
        });
        let (route, item, description) = fitting.max_by_key(|(route, ..)| route.literals())?;
        let id = description["operationId"].as_str().unwrap_or(&route.template);
        let path = route.parts.iter().zip(given).filter_map(|(part, text)| match part {
            Part::Parameter(name) => Some((name.as_str(), text)),
            Part::Literal(_) => None,
        });
        Some(Operation { id, path: path.collect(), item, description })
    }

    /// What an operation says about a status: by its number, or as one of its hundred (`4XX`).
    pub(super) fn response<'a>(&'a self, operation: &Operation<'a>, status: u16) -> Option<&'a Value> {
        let responses = operation.description.get("responses")?;
        let found = responses.get(status.to_string()).or_else(|| responses.get(format!("{}XX", status / 100)))?;
        let named = found.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix(RESPONSES));
        named.map_or(Some(found), |name| self.root["components"]["responses"].get(name))
    }

    fn look_for_schemas(&self, value: &Value, at: &str) -> Result<(), Error> {
        match value {
            Value::Object(fields) => fields.iter().try_for_each(|(name, one)| {
                let at = format!("{at}/{name}");
                if name == "schema" { self.look_through(one, &at) } else { self.look_for_schemas(one, &at) }
            }),
            Value::Array(list) => list.iter().try_for_each(|one| self.look_for_schemas(one, at)),
            _ => Ok(()),
        }
    }

    /// Refuses a schema that asks for what is not checked.
    fn look_through(&self, schema: &Value, at: &str) -> Result<(), Error> {
        let unknown = |what: String| Err(Error::Unknown { at: at.to_owned(), what });
        let Value::Object(keywords) = schema else {
            return if schema.is_boolean() { Ok(()) } else { unknown("is no schema".to_owned()) };
        };
        for (keyword, value) in keywords {
            let at = format!("{at}/{keyword}");
            match (keyword.as_str(), value) {
                ("$ref", Value::String(_)) if referred(&self.schemas, schema).is_some() => {}
                ("pattern", Value::String(pattern)) if format::is_known_pattern(pattern) => {}
                ("format", Value::String(name)) if format::is_known(name) => {}
                ("$ref" | "pattern" | "format", _) => return unknown(format!("{keyword} {value} is not known")),
                ("properties", Value::Object(all)) => {
                    all.iter().try_for_each(|(name, one)| self.look_through(one, &format!("{at}/{name}")))?;
                }
                ("items" | "additionalProperties", one) => self.look_through(one, &at)?,
                ("allOf" | "oneOf" | "anyOf", Value::Array(all)) => {
                    all.iter().try_for_each(|one| self.look_through(one, &at))?;
                }
                (known, _) if CHECKED.contains(&known) || SILENT.contains(&known) => {}
                (other, _) => return unknown(format!("the keyword `{other}` is not known")),
            }
        }
        Ok(())
    }
}

impl<'a> Operation<'a> {
    /// The schema of the JSON it takes. The same holds for `payload_json` of a form with files.
    pub(super) fn body(&self) -> Option<&'a Value> {
        json_schema(self.description.get("requestBody")?)
    }

    /// Its parameters, and those of its path.
    pub(super) fn parameters(&self) -> impl Iterator<Item = &'a Value> {
        let of = |value: &'a Value| value.get("parameters").and_then(Value::as_array).into_iter().flatten();
        of(self.item).chain(of(self.description))
    }

    pub(super) fn statuses(&self) -> impl Iterator<Item = &'a str> {
        self.description
            .get("responses")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|all| all.keys().map(String::as_str))
    }
}

impl Route {
    fn fits(&self, given: &[String]) -> bool {
        let fits = |(part, text): (&Part, &String)| !matches!(part, Part::Literal(word) if word != text);
        self.parts.len() == given.len() && self.parts.iter().zip(given).all(fits)
    }

    fn literals(&self) -> usize {
        self.parts.iter().filter(|part| matches!(part, Part::Literal(_))).count()
    }
}

/// The schema of the JSON that a request or a response carries.
pub(super) fn json_schema(of: &Value) -> Option<&Value> {
    of.get("content")?.get("application/json")?.get("schema")
}

/// The schema a `$ref` leads to.
pub(super) fn referred<'a>(schemas: &'a Map<String, Value>, schema: &Value) -> Option<&'a Value> {
    schemas.get(schema.get("$ref")?.as_str()?.strip_prefix(SCHEMAS)?)
}

fn routes(root: &Value) -> Vec<Route> {
    let paths = root.get("paths").and_then(Value::as_object).into_iter().flat_map(Map::keys);
    let part = |part: &str| match part.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
        Some(name) => Part::Parameter(name.to_owned()),
        None => Part::Literal(part.to_owned()),
    };
    paths
        .map(|template| {
            let parts = template.split('/').filter(|part| !part.is_empty()).map(part).collect();
            Route { template: template.clone(), parts }
        })
        .collect()
}
