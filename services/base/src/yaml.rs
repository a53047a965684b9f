//! YAML as a tree that remembers its lines.
//!
//! **Invariants:** an alias, an anchor, a tag and a second document are refused, so a small file is a small tree; depth and size
//! are bounded before anything is built. Reading never panics, whatever the bytes.

use granit_parser::{Event, Parser, ScalarStyle};
use serde::Serialize;

/// A larger text is not read, in bytes.
pub const LARGEST: usize = 64 * 1024;
const DEEPEST: usize = 12;
const MOST_NODES: usize = 8_000;

/// What is wrong with a text, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub text: String,
}

impl Wrong {
    /// What is wrong in this line.
    pub fn new(line: usize, text: impl Into<String>) -> Self {
        Self { line, text: text.into() }
    }
}

/// A value and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// From 1.
    pub line: usize,
    /// What it is.
    pub value: Value,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing, or `null`.
    Empty,
    /// Everything that is written, as it is written: what it is to be is known by who reads it.
    Text(String),
    /// In the order of the file.
    List(Vec<Node>),
    /// In the order of the file; a key is there once.
    Map(Vec<(Key, Node)>),
}

/// The name of a value of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// From 1.
    pub line: usize,
    /// As it is written.
    pub name: String,
}

enum Open {
    List(usize, Vec<Node>),
    Map(usize, Vec<(Key, Node)>, Option<Key>),
}

/// Reads a document.
///
/// # Errors
/// The first line that cannot be read, and why.
pub fn read(text: &str) -> Result<Node, Wrong> {
    if text.len() > LARGEST {
        return Err(Wrong::new(1, format!("the file has {} bytes, and {LARGEST} are the most", text.len())));
    }
    let mut open: Vec<Open> = Vec::new();
    let mut root: Option<Node> = None;
    let mut nodes = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let line = error.marker().line().max(1);
            // Braces are a map in YAML: the usual mistake.
            let holds = text.lines().take(line).skip(line.saturating_sub(2)).any(|text| text.contains("{{"));
            let hint = if holds { ". Put what holds `{{…}}` in quotes" } else { "" };
            Wrong::new(line, format!("this is no YAML: {}{hint}", error.info()))
        })?;
        let line = span.start.line().max(1);
        let no = |what: &str| Err(Wrong::new(line, format!("{what} cannot be used here: write it out")));
        nodes += 1;
        if nodes > MOST_NODES || open.len() > DEEPEST {
            return Err(Wrong::new(line, "there is too much in it, or it is too deep"));
        }
        let done = match event {
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => continue,
            Event::DocumentStart(..) if root.is_none() => continue,
            Event::DocumentStart(..) => return Err(Wrong::new(line, "a file holds one document; take this one out")),
            Event::Scalar(_, _, anchor, _) | Event::SequenceStart(_, anchor, _) | Event::MappingStart(_, anchor, _)
                if anchor > 0 =>
            {
                return no("an anchor (`&`)");
            }
            Event::Scalar(.., Some(_)) | Event::SequenceStart(.., Some(_)) | Event::MappingStart(.., Some(_)) => {
                return no("a tag (`!`)");
            }
            Event::Scalar(text, style, ..) => {
                let is_empty = style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value = if is_empty { Value::Empty } else { Value::Text(text.into_owned()) };
                Node { line, value }
            }
            Event::SequenceStart(..) => {
                open.push(Open::List(line, Vec::new()));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::Map(line, Vec::new(), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(line, items)) => Node { line, value: Value::List(items) },
                Some(Open::Map(line, entries, _)) => Node { line, value: Value::Map(entries) },
                None => return Err(Wrong::new(line, "this is no YAML")),
            },
            _ => return no("an alias (`*`)"),
        };
        match open.last_mut() {
            Some(Open::List(_, items)) => items.push(done),
            Some(Open::Map(_, entries, key)) => match key.take() {
                Some(key) => entries.push((key, done)),
                None => *key = Some(name(done, entries)?),
            },
            None => root = Some(done),
        }
    }
    root.ok_or_else(|| Wrong::new(1, "the file is empty"))
}

fn name(node: Node, before: &[(Key, Node)]) -> Result<Key, Wrong> {
    let Value::Text(name) = node.value else { return Err(Wrong::new(node.line, "a key must be a word")) };
    if before.iter().any(|(key, _)| key.name == name) {
        return Err(Wrong::new(node.line, format!("{} is there twice", crate::card::code(&name))));
    }
    Ok(Key { line: node.line, name })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use proptest::prelude::*;

    use super::*;

    fn wrong(text: &str) -> String {
        let mistake = read(text).expect_err("it is refused");
        format!("{}: {}", mistake.line, mistake.text)
    }

    #[test]
    fn every_value_remembers_its_line() {
        let root = read("a: 1\nb:\n  - x\n  - \"null\"\n  - null\n").unwrap();
        let Value::Map(entries) = root.value else { panic!("no map") };
        assert_eq!(entries[1].0.line, 2);
        let Value::List(items) = &entries[1].1.value else { panic!("no list") };
        assert_eq!(items.iter().map(|item| item.line).collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!(items[1].value, Value::Text("null".to_owned()));
        assert_eq!(items[2].value, Value::Empty);
    }

    #[test]
    fn what_makes_a_small_file_a_large_tree_is_refused() {
        let mut bomb = "a0: &a0 [x, x]\n".to_owned();
        for level in 1..30 {
            writeln!(bomb, "a{level}: &a{level} [*a{}, *a{}]", level - 1, level - 1).unwrap();
        }
        assert!(wrong(&bomb).starts_with("1: an anchor"), "{}", wrong(&bomb));
        assert!(wrong(&["[".repeat(40), "]".repeat(40)].concat()).contains("too deep"));
        assert!(read(&"[".repeat(5_000)).is_err());
        assert!(wrong(&"- a\n".repeat(9_000)).contains("too much"));
        assert!(wrong(&"x".repeat(LARGEST + 1)).contains("65536 are the most"));
        assert!(wrong("a: !!python/object x").starts_with("1: a tag"));
        assert!(wrong("a: 1\n---\nb: 2\n").contains("one document"));
        assert!(wrong("a: 1\nb: 2\na: 3\n").contains("3: `a` is there twice"));
        assert!(wrong("a: [1\nb: 2\n").contains("no YAML"));
        assert!(wrong("").contains("empty"));
        assert!(wrong("a: {b: echo {{x}}}\n").contains("in quotes"));
    }

    proptest! {
        #[test]
        fn no_text_at_all_makes_reading_panic(text in "\\PC{0,400}") {
            let _ = read(&text);
        }

        #[test]
        fn nor_does_what_looks_like_yaml(text in "([-?:,\\[\\]{}#&*!|>'\"%@` \na-c0-2\t]|: |- |\n  ){0,200}") {
            let _ = read(&text);
        }
    }
}
