//! Reads what a model wrote as JSON, and takes nothing for what it is not.
//!
//! **Invariant:** two fields of one name, more depth or more text than any call needs are refused while they are read: a later reader
//! might believe the one that was not checked.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The longest arguments of a call, in bytes. A file of that size is not written by a model in one go.
pub(crate) const LARGEST: usize = 64 * 1024;
/// The deepest they nest.
const DEEPEST: usize = 16;

/// Reads one value, and nothing after it. The error is a part of a sentence.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    if text.len() > LARGEST {
        return Err(format!("they are {} bytes long, and at most {LARGEST} are read", text.len()));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Part { depth: 0 }.deserialize(&mut reader).map_err(|error| error.to_string())?;
    reader.end().map_err(|error| error.to_string())?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Part {
    depth: usize,
}

impl Part {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth >= DEEPEST {
            return Err(E::custom(format_args!("nested more than {DEEPEST} deep")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Part {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number that is none"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(part) = parts.next_element_seed(inner)? {
            list.push(part);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let value = fields.next_value_seed(inner)?;
            if map.contains_key(&name) {
                let name: String = name.chars().take(60).collect();
                return Err(de::Error::custom(format_args!("`{name}` is there twice")));
            }
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_there_twice_too_deep_too_long_or_not_json_is_refused() {
        for (text, why) in [
            (r#"{"a":1,"a":2}"#, "`a` is there twice"),
            (r#"{"a":{"b":1,"b":1}}"#, "`b` is there twice"),
            (r#"{"a":1} {"b":2}"#, "trailing"),
            (r#"{"a":1"#, "EOF"),
            ("{a:1}", "key must be a string"),
            (r#"{"a":NaN}"#, "expected value"),
            (r#"{"a":1e999}"#, "out of range"),
            ("", "EOF"),
        ] {
            let refused = read(text).unwrap_err();
            assert!(refused.contains(why), "{text}: {refused}");
        }
        let deep = |by: usize| format!("{}1{}", "[".repeat(by), "]".repeat(by));
        assert!(read(&deep(DEEPEST)).is_ok() && read(&deep(DEEPEST + 1)).unwrap_err().contains("deep"));
        assert!(read(&deep(30_000)).is_err(), "and the stack is left alone");
        assert!(read(&"1".repeat(LARGEST + 1)).unwrap_err().contains("bytes long"));
    }

    proptest! {
        #[test]
        fn what_json_writes_is_read_as_it_was(keys in proptest::collection::btree_map("\\PC{0,6}", "\\PC{0,9}", 0..6), n in any::<i64>()) {
            let mut value = serde_json::to_value(&keys).unwrap();
            value["n"] = Value::from(n);
            prop_assert_eq!(read(&value.to_string()).unwrap(), value);
        }

        #[test]
        fn no_text_at_all_breaks_the_reader(text in "\\PC{0,80}|[\\[\\]{}\",:0-9eE.+-]{0,80}") {
            if let Ok(value) = read(&text) {
                prop_assert_eq!(value, serde_json::from_str::<Value>(&text).unwrap());
            }
        }
    }
}
