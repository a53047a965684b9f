//! YAML as a tree in which everything knows its line.
//!
//! **Invariant:** what a text can cost is bounded before it is read: its size, its depth, and what its aliases make of it.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::Spanned;

/// Longest text, in bytes.
pub(crate) const LONGEST: usize = 256 * 1024;
/// Most parts of a text, aliases followed.
const PARTS: usize = 40_000;
/// Most aliases: a map has a few, a bomb has nothing else.
const ALIASES: usize = 200;
/// Deepest nesting.
const DEPTH: usize = 24;

/// A part of a text, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) line: u64,
    pub(crate) value: Value,
}

/// What it is. Numbers and truths are kept as words: what they are is for whoever reads them.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Nothing,
    Word(String),
    List(Vec<Item>),
    Fields(Vec<Field>),
}

/// A name and what it stands for.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) line: u64,
    pub(crate) name: String,
    pub(crate) item: Item,
}

/// Reads a text, or says in which line it is none, and why.
pub(crate) fn read(text: &str) -> Result<Item, (u64, String)> {
    let budget = serde_saphyr::budget! {
        max_nodes: PARTS,
        max_events: PARTS * 4,
        max_aliases: ALIASES,
        max_depth: DEPTH,
        max_documents: 1,
        max_total_scalar_bytes: LONGEST * 4,
    };
    let options = serde_saphyr::options! { budget: budget, with_snippet: false };
    serde_saphyr::from_str_with_options::<Item>(text, options).map_err(|error| {
        let line = error.location().map_or(1, |location| location.line());
        (line, in_short(&error.to_string()))
    })
}

/// The library's sentence without its own place, which is said otherwise.
fn in_short(sentence: &str) -> String {
    let first = sentence.lines().next().unwrap_or_default();
    let first = first.split(" at line ").next().unwrap_or(first);
    let first = match first.split_once(": ") {
        Some((place, rest)) if place.starts_with("error: line") || place.starts_with("line ") => rest,
        _ => first,
    };
    first.trim().trim_end_matches('.').to_owned()
}

impl Item {
    /// Its fields; none where it has none.
    pub(crate) fn fields(&self) -> &[Field] {
        match &self.value {
            Value::Fields(fields) => fields,
            _ => &[],
        }
    }

    /// The field of this name.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields().iter().find(|field| field.name == name)
    }

    /// What a person calls it.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Nothing => "nothing",
            Value::Word(_) => "a word",
            Value::List(_) => "a list",
            Value::Fields(_) => "a mapping",
        }
    }

    /// Lays other fields over its own, as deep as both have some.
    pub(crate) fn overlay(&mut self, over: &Self) {
        let (Value::Fields(own), Value::Fields(fields)) = (&mut self.value, &over.value) else {
            *self = over.clone();
            return;
        };
        for field in fields {
            match own.iter_mut().find(|known| known.name == field.name) {
                Some(known) => known.item.overlay(&field.item),
                None => own.push(field.clone()),
            }
        }
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        Ok(Self { line: spanned.referenced.line(), value: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Word(truth.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Word(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Word(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Word(number.to_string()))
    }

    fn visit_str<E>(self, word: &str) -> Result<Value, E> {
        Ok(Value::Word(word.to_owned()))
    }

    fn visit_string<E>(self, word: String) -> Result<Value, E> {
        Ok(Value::Word(word))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(name) = entries.next_key::<Spanned<String>>()? {
            fields.push(Field { line: name.referenced.line(), name: name.value, item: entries.next_value()? });
        }
        Ok(Value::Fields(fields))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    #[test]
    fn everything_knows_its_line() {
        let read = read("a: 1\n\nb:\n  c: [x, 2.5, true]\n  d:\n").unwrap();
        let b = read.field("b").unwrap();
        assert_eq!((read.field("a").unwrap().line, b.line), (1, 3));
        let c = b.item.field("c").unwrap();
        assert_eq!(c.line, 4);
        let Value::List(words) = &c.item.value else { panic!("{c:?}") };
        let words: Vec<_> = words.iter().map(|word| format!("{:?}", word.value)).collect();
        assert_eq!(words, [r#"Word("x")"#, r#"Word("2.5")"#, r#"Word("true")"#]);
        assert!(matches!(b.item.field("d").unwrap().item.value, Value::Nothing));
    }

    #[test]
    fn a_yaml_bomb_is_refused_before_it_goes_off() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let row = vec![format!("*a{}", level - 1); 10].join(", ");
            writeln!(bomb, "a{level}: &a{level} [{row}]").unwrap();
        }
        let began = std::time::Instant::now();
        assert!(read(&bomb).is_err());
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read(&"a: {".repeat(5_000)).is_err());
        assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    }

    #[test]
    fn what_is_no_yaml_says_where() {
        let (line, why) = read("a: 1\nb: [1, 2\nc: 3\n").unwrap_err();
        assert!((2..=4).contains(&line) && !why.is_empty(), "{line} {why}");
        let (line, why) = read("a: 1\na: 2\n").unwrap_err();
        assert!(line == 2 && why.contains("duplicate"), "{line} {why}");
    }
}
