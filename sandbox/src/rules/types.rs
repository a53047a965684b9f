//! Checks of a field's type, in the words of Discord's form validator. Null counts as absent everywhere.

use crate::errors::{Form, join};
use crate::snowflake;
use serde_json::Value;

/// A field that is there and not null.
pub(crate) fn given<'a>(of: &'a Value, field: &str) -> Option<&'a Value> {
    of.get(field).filter(|value| !value.is_null())
}

/// A field that says something: neither absent nor the empty value a library may send for it.
pub(crate) fn says_something(of: &Value, field: &str) -> bool {
    match of.get(field) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(Value::Object(fields)) => !fields.is_empty(),
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(Value::Bool(true)) => true,
    }
}

impl Form {
    pub(crate) fn boolean(&mut self, at: &str, of: &Value, field: &str) {
        if given(of, field).is_some_and(|value| !value.is_boolean()) {
            self.broke("field.type", &join(at, field), "BOOLEAN_TYPE_CONVERT", "Must be either true or false.");
        }
    }

    pub(crate) fn list(&mut self, at: &str, of: &Value, field: &str) {
        if given(of, field).is_some_and(|value| !value.is_array()) {
            let words = "Only iterables may be used in a ListType";
            self.broke("field.type", &join(at, field), "LIST_TYPE_CONVERT", words);
        }
    }

    pub(crate) fn object(&mut self, at: &str, of: &Value, field: &str) {
        if given(of, field).is_some_and(|value| !value.is_object()) {
            let words = "Only dictionaries may be used in a DictType";
            self.broke("field.type", &join(at, field), "DICT_TYPE_CONVERT", words);
        }
    }

    pub(crate) fn snowflake(&mut self, at: &str, of: &Value, field: &str) {
        if let Some(value) = given(of, field).filter(|value| snowflake::parse(value).is_none()) {
            let words = format!("Value {value} is not snowflake.");
            self.broke("field.type", &join(at, field), "NUMBER_TYPE_COERCE", &words);
        }
    }

    /// A number that must be one of a few.
    pub(crate) fn choice(&mut self, rule: &'static str, at: &str, of: &Value, field: &str, known: &[u64]) {
        if given(of, field).is_some_and(|value| !value.as_u64().is_some_and(|number| known.contains(&number))) {
            self.broke(rule, &join(at, field), "BASE_TYPE_CHOICES", &one_of(known));
        }
    }

    /// A list of numbers, each one of a few and none twice.
    pub(crate) fn choices(&mut self, rule: &'static str, at: &str, of: &Value, field: &str, known: &[u64]) {
        self.list(at, of, field);
        let all = super::list(of, field);
        for (index, value) in all.iter().enumerate() {
            let path = format!("{}.{index}", join(at, field));
            if !value.as_u64().is_some_and(|number| known.contains(&number)) {
                self.broke(rule, &path, "BASE_TYPE_CHOICES", &one_of(known));
            }
        }
        self.unique(rule, &join(at, field), all);
    }

    /// A list in which nothing may be twice.
    pub(crate) fn unique(&mut self, rule: &'static str, path: &str, all: &[Value]) {
        if all.iter().enumerate().any(|(index, one)| all[..index].contains(one)) {
            self.broke(rule, path, "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value");
        }
    }

    /// Checks a text that must say something: what is empty, or nothing but spaces, counts as missing.
    pub(crate) fn spoken(&mut self, rule: &'static str, at: &str, of: &Value, field: &str, most: usize) {
        match of.get(field) {
            None | Some(Value::Null) => self.broke(rule, &join(at, field), "BASE_TYPE_REQUIRED", REQUIRED),
            Some(Value::String(text)) if text.trim().is_empty() => {
                self.broke(rule, &join(at, field), "BASE_TYPE_REQUIRED", REQUIRED);
            }
            Some(_) => self.text(rule, at, of, field, (0, most)),
        }
    }

    pub(crate) fn address(&mut self, rule: &'static str, path: &str, url: &str, schemes: &[&str]) {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        // The name of a file may hold anything.
        let spaced = scheme != "attachment" && url.contains(char::is_whitespace);
        if scheme.is_empty() || rest.is_empty() || spaced {
            self.broke(rule, path, "URL_TYPE_INVALID_URL", "Not a well formed URL.");
        } else if !schemes.contains(&scheme.to_ascii_lowercase().as_str()) {
            let known: Vec<_> = schemes.iter().map(|scheme| format!("'{scheme}'")).collect();
            let words = format!("Scheme \"{scheme}\" is not supported. Scheme must be one of ({}).", known.join(", "));
            self.broke(rule, path, "URL_TYPE_INVALID_SCHEME", &words);
        } else {
            self.length(rule, path, url.chars().count(), (0, 2048));
        }
    }
}

pub(crate) const REQUIRED: &str = "This field is required";

fn one_of(known: &[u64]) -> String {
    let known: Vec<_> = known.iter().map(ToString::to_string).collect();
    format!("Value must be one of {{{}}}.", known.join(", "))
}

#[cfg(test)]
mod tests {
    use crate::errors::Form;

    #[test]
    fn an_address_needs_a_scheme_that_is_allowed_and_something_behind_it() {
        let judged = |url: &str| {
            let mut form = Form::default();
            form.address("x", "url", url, &["http", "https"]);
            form.is_clean()
        };
        assert!(judged("https://example.com/a?b=c") && judged("HTTP://example.com"));
        for broken in ["example.com", "https://", "ftp://example.com", "https://a b", "javascript:alert(1)", ""] {
            assert!(!judged(broken), "{broken}");
        }
    }
}
