//! What must hold before an agent's work counts as done: a sentence, and how it is looked at where that can be said.
//!
//! **Invariant:** a condition that names an action names one that can be looked at exactly as it stands; whether it only looks is judged
//! when it is asked for.

use std::collections::BTreeMap;

use base::{Error, card::code};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::read::is_pattern;
use crate::{
    fields::{Fields, text},
    mistake::quoted,
    yaml::{self, Node, Value as Yaml, Wrong},
};

/// More of them are no list that anybody would read.
const MOST: usize = 20;

/// Something that must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// What, for people.
    pub says: String,
    /// How it is looked at; without it, a model judges it by what was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub look: Option<Look>,
}

/// How a condition is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Look {
    /// The action, which only looks.
    pub action: String,
    /// Its arguments.
    pub with: Value,
    /// What its report must say, by field: `exit: 0`, `state: running`, `output: ~ok`, `percent: <90`.
    pub expect: BTreeMap<String, String>,
}

impl Condition {
    /// One that nobody said how to look at.
    pub fn said(says: impl Into<String>) -> Self {
        Self { says: says.into(), look: None }
    }

    /// As a line of a file.
    pub(crate) fn written(&self) -> Value {
        match &self.look {
            None => Value::from(self.says.as_str()),
            Some(look) => json!({ "says": self.says, "action": look.action, "with": look.with, "expect": look.expect }),
        }
    }
}

/// Reads conditions as they are typed on one line: several are parted by `;`, and one in braces is written as in a file.
///
/// # Errors
/// What is wrong with one of them.
pub fn typed(text: &str) -> Result<Vec<Condition>, Error> {
    let read = |one: &str| -> Result<Condition, Vec<Wrong>> {
        if one.starts_with('{') {
            self::one(&yaml::read(one).map_err(|wrong| vec![wrong])?)
        } else {
            Ok(Condition::said(one))
        }
    };
    let all = parted(text).into_iter().map(|one| {
        let told = |wrong: Vec<Wrong>| wrong.into_iter().map(|wrong| wrong.text).collect::<Vec<_>>().join("; ");
        read(one).map_err(|wrong| Error::Invalid(format!("{}: {}. Nothing was asked.", code(one), told(wrong))))
    });
    all.collect()
}

/// What `;` and new lines part outside of braces.
fn parted(text: &str) -> Vec<&str> {
    let (mut depth, mut quote, mut from, mut parts) = (0_usize, None, 0, Vec::new());
    for (at, letter) in text.char_indices() {
        match (letter, quote) {
            (_, Some(open)) => quote = quote.filter(|_| letter != open),
            ('"' | '\'', None) if depth > 0 => quote = Some(letter),
            ('{', None) => depth += 1,
            ('}', None) => depth = depth.saturating_sub(1),
            (';' | '\n', None) if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// Reads conditions: a list, or one alone.
pub(crate) fn read(node: &Node) -> (Vec<Condition>, Vec<Wrong>) {
    let nodes: Vec<&Node> = match &node.value {
        Yaml::List(items) => items.iter().collect(),
        _ => vec![node],
    };
    if nodes.len() > MOST {
        return (Vec::new(), vec![Wrong::new(node.line, format!("`verify` has more than {MOST} items"))]);
    }
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    for node in nodes {
        match one(node) {
            Ok(condition) => all.push(condition),
            Err(mistakes) => wrong.extend(mistakes),
        }
    }
    (all, wrong)
}

fn one(node: &Node) -> Result<Condition, Vec<Wrong>> {
    if let Yaml::Text(_) | Yaml::Empty = node.value {
        return text(node)
            .map(Condition::said)
            .map_err(|why| vec![Wrong::new(node.line, format!("an item of `verify` {why}"))]);
    }
    let mut fields = Fields::of(node, &["says", "action", "with", "expect"]);
    let action = fields.text("action").filter(|action| !action.is_empty());
    let says = fields.text("says").filter(|says| !says.is_empty()).or_else(|| action.clone());
    if let Some(action) = action.as_deref().filter(|action| !is_pattern(action) || action.contains('*')) {
        fields.refuse("action", format!("{} is no action; one is `server.show`", quoted(action)));
    }
    let with = fields.node("with").map_or_else(|| Value::Object(Map::new()), value);
    if !with.is_object() {
        fields.refuse("with", "`with` is written as `key: value` lines");
    }
    let mut expect = BTreeMap::new();
    match fields.node("expect").map(|node| (node, &node.value)) {
        None => {}
        Some((_, Yaml::Map(entries))) => {
            for (key, node) in entries {
                match text(node) {
                    Ok(text) => drop(expect.insert(key.name.clone(), text)),
                    Err(why) => fields.wrong.push(Wrong::new(node.line, format!("{} {why}", quoted(&key.name)))),
                }
            }
        }
        Some(_) => fields.refuse("expect", "`expect` is written as `field: value` lines"),
    }
    let Some(says) = says else {
        fields.wrong.push(Wrong::new(node.line, "this says neither `says` nor `action`"));
        return Err(fields.wrong);
    };
    if !fields.wrong.is_empty() {
        return Err(fields.wrong);
    }
    Ok(Condition { says, look: action.map(|action| Look { action, with, expect }) })
}

/// A value as JSON: what is written like a number or like true and false is one.
fn value(node: &Node) -> Value {
    match &node.value {
        Yaml::Empty => Value::Null,
        Yaml::Text(text) => match text.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            plain => plain.parse::<i64>().map_or_else(|_| Value::from(plain), Value::from),
        },
        Yaml::List(items) => items.iter().map(value).collect(),
        Yaml::Map(entries) => entries.iter().map(|(key, node)| (key.name.clone(), value(node))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (Vec<Condition>, Vec<Wrong>) {
        read(&yaml::read(text).unwrap())
    }

    #[test]
    fn a_condition_is_a_sentence_or_says_how_it_is_looked_at() {
        let (all, wrong) = of(
            "- the site is well\n- says: it answers\n  action: server.run\n  with: {server: box, command: curl x, minutes: 2}\n  expect: {exit: 0}\n- action: container.show\n",
        );
        assert_eq!(wrong, []);
        assert_eq!(all[0], Condition::said("the site is well"));
        let look = all[1].look.as_ref().unwrap();
        assert_eq!(look.with, json!({ "server": "box", "command": "curl x", "minutes": 2 }));
        assert_eq!(look.expect.get("exit").map(String::as_str), Some("0"));
        assert_eq!(all[2].says, "container.show");
    }

    #[test]
    fn conditions_on_one_line_are_words_or_say_in_braces_how_they_are_looked_at() {
        let all = typed(
            "it is up; {says: 'it; answers', action: server.run, with: {server: box, command: 'true; echo }'}, expect: {exit: 0}} ;\nnothing else changed",
        )
        .unwrap();
        assert_eq!(
            all.iter().map(|one| one.says.as_str()).collect::<Vec<_>>(),
            ["it is up", "it; answers", "nothing else changed"]
        );
        let look = all[1].look.as_ref().unwrap();
        assert_eq!(look.with, json!({ "server": "box", "command": "true; echo }" }));
        assert_eq!(look.expect.get("exit").map(String::as_str), Some("0"));
        for wrong in ["{says: x", "{action: server.*}", "{expect: {a: b}}"] {
            assert!(typed(wrong).is_err(), "{wrong}");
        }
        assert!(typed(" ; ").unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_looked_at_is_a_mistake_with_its_line() {
        let (all, wrong) = of(
            "- says: x\n  action: server.*\n- {expect: {a: b}}\n- {action: server.show, with: all}\n- {action: a.b, expect: no}\n",
        );
        assert_eq!(all, []);
        assert_eq!(wrong.iter().map(|wrong| wrong.line).collect::<Vec<_>>(), [2, 3, 4, 5]);
    }
}
