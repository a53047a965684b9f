//! A mapping of a file, read key by key: what is wrong is noted with its line, and reading goes on.
//!
//! **Invariant:** a key that is nearly a known one is a mistake and not passed over: a mistyped `tools` would leave an agent unbounded.

use base::card::code;

use crate::{
    mistake::quoted,
    yaml::{Node, Value, Wrong},
};

/// The longest text of a field, in characters.
const LONGEST: usize = 2_000;
/// The most items of a list.
const MOST: usize = 100;
/// A shorter key is near to everything.
const TELLING: usize = 4;

/// A mapping, and what was found wrong with it so far.
pub(crate) struct Fields<'a> {
    node: &'a Node,
    /// What it cannot be used with.
    pub(crate) wrong: Vec<Wrong>,
    /// What is only worth knowing.
    pub(crate) notes: Vec<Wrong>,
}

impl<'a> Fields<'a> {
    /// Reads a mapping with these keys; others are noted.
    pub(crate) fn of(node: &'a Node, known: &[&str]) -> Self {
        let mut fields = Self { node, wrong: Vec::new(), notes: Vec::new() };
        match &node.value {
            Value::Map(entries) => {
                for (key, _) in entries.iter().filter(|(key, _)| !known.contains(&key.name.as_str())) {
                    let near = known.iter().find(|near| is_slip(near, &key.name));
                    match near {
                        Some(near) => fields.wrong.push(Wrong::new(
                            key.line,
                            format!("{} is not known; did you mean {}?", quoted(&key.name), code(near)),
                        )),
                        None => fields.notes.push(Wrong::new(
                            key.line,
                            format!("{} is not known and counts for nothing", quoted(&key.name)),
                        )),
                    }
                }
            }
            Value::Empty => {}
            _ => fields.wrong.push(Wrong::new(node.line, "this is written as `key: value` lines")),
        }
        fields
    }

    /// No fields at all, of what is no mapping.
    pub(crate) fn none(node: &'a Node) -> Self {
        Self { node, wrong: Vec::new(), notes: Vec::new() }
    }

    /// A value that is there and not empty.
    pub(crate) fn node(&self, key: &str) -> Option<&'a Node> {
        let Value::Map(entries) = &self.node.value else { return None };
        let found = entries.iter().find(|(known, _)| known.name == key).map(|(_, node)| node);
        found.filter(|node| node.value != Value::Empty)
    }

    /// Notes what a value cannot be.
    pub(crate) fn refuse(&mut self, key: &str, why: impl Into<String>) {
        let line = self.node(key).map_or(self.node.line, |node| node.line);
        self.wrong.push(Wrong::new(line, why));
    }

    /// A text; none where there is none.
    pub(crate) fn text(&mut self, key: &str) -> Option<String> {
        let node = self.node(key)?;
        match text(node) {
            Ok(text) => Some(text),
            Err(why) => {
                self.wrong.push(Wrong::new(node.line, format!("{} {why}", code(key))));
                None
            }
        }
    }

    /// A list of texts, also where one stands alone; none where there is none.
    pub(crate) fn texts(&mut self, key: &str) -> Option<Vec<String>> {
        let node = self.node(key)?;
        let nodes = match &node.value {
            Value::List(items) => items.iter().collect(),
            _ => vec![node],
        };
        if nodes.len() > MOST {
            self.refuse(key, format!("{} has more than {MOST} items", code(key)));
            return None;
        }
        let mut texts = Vec::new();
        for item in nodes {
            match text(item) {
                Ok(text) => texts.push(text),
                Err(why) => self.wrong.push(Wrong::new(item.line, format!("an item of {} {why}", code(key)))),
            }
        }
        Some(texts)
    }

    /// A whole number within these; none where there is none.
    pub(crate) fn number(&mut self, key: &str, least: u64, most: u64) -> Option<u64> {
        let text = self.text(key)?;
        match text.parse::<u64>() {
            Ok(number) if (least..=most).contains(&number) => Some(number),
            _ => {
                let why =
                    format!("{} is a whole number from {least} to {most}, and {} is none", code(key), quoted(&text));
                self.refuse(key, why);
                None
            }
        }
    }
}

/// Whether one is most likely the other, mistyped.
fn is_slip(known: &str, typed: &str) -> bool {
    known.len() >= TELLING && strsim::levenshtein(known, &typed.to_lowercase()) <= known.len() / 3
}

/// A node as a text, or why it is none.
pub(crate) fn text(node: &Node) -> Result<String, String> {
    match &node.value {
        Value::Text(text) if text.chars().count() <= LONGEST => Ok(text.trim().to_owned()),
        Value::Text(_) => Err(format!("has more than {LONGEST} characters")),
        Value::Empty => Ok(String::new()),
        _ => Err("is one text, not a list or a mapping".to_owned()),
    }
}

/// The items of a list in any shape that people write: the list itself, or a mapping that has it as `key` or as `items`.
pub(crate) fn listed<'a>(node: &'a Node, key: &str) -> Result<&'a [Node], Wrong> {
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        Value::Empty => &[],
        Value::Map(entries) => {
            let inner = entries.iter().find(|(known, _)| known.name == key || known.name == "items");
            match inner.map(|(_, inner)| &inner.value) {
                Some(Value::List(items)) => items.as_slice(),
                Some(Value::Empty) => &[],
                _ => return Err(Wrong::new(node.line, format!("there is no list under {} or `items`", code(key)))),
            }
        }
        Value::Text(_) => return Err(Wrong::new(node.line, format!("{} is a list", code(key)))),
    };
    if items.len() > MOST {
        return Err(Wrong::new(node.line, format!("{} has more than {MOST} items", code(key))));
    }
    Ok(items)
}
