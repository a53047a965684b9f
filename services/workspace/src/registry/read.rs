//! A registry, read from its file: typed fields, and entries that keep to them.
//!
//! **Invariant:** an entry is called by its first field, and no two of a registry are called the same.

use std::collections::BTreeMap;

use base::card::code;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    ItemName,
    agent::plain,
    fields::{Fields, listed, text},
    item::{Read, found},
    mistake::{Mistake, quoted},
    registry::Kind,
    yaml::{self, Node, Value, Wrong},
};

/// Four forms full.
pub(crate) const FIELDS: usize = 20;
/// What Discord shows above a form's field.
const FIELD_NAME: usize = 45;
/// What a completion shows.
pub(crate) const KEY: usize = 80;
/// The most entries of a file.
const ENTRIES: usize = 500;

/// What is in the fields of an entry, by their names; what is empty is not there.
pub type Values = BTreeMap<String, String>;

/// Things of one kind, and what is known of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Registry {
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What is known of each.
    pub fields: Vec<Field>,
    /// The things, in the order of the file, and then of their names.
    pub entries: Vec<Entry>,
}

/// Something that is known of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Field {
    /// What it is called.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: Kind,
}

/// One thing of a registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The value of the first field.
    pub key: String,
    /// What is in its fields.
    pub values: Values,
    /// How often people of the guild changed it; 0 is as the file has it.
    #[serde(skip)]
    pub(crate) version: i64,
    /// Who changed it last.
    #[serde(skip)]
    pub(crate) by: Option<base::UserId>,
}

impl Entry {
    /// What tells an entry from itself after a change: whoever edits names what they saw.
    pub fn digest(&self) -> String {
        let json = serde_json::to_string(&self.values).unwrap_or_default();
        hex::encode(&Sha256::digest(json)[..8])
    }
}

impl Registry {
    /// The entry of this name, whatever its capitals.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        let key = key.trim().to_lowercase();
        self.entries.iter().find(|entry| entry.key.to_lowercase() == key)
    }

    /// The fields that a form asks for: the first is what an entry is called by, and was said before. Five fit in one.
    pub fn part(&self, part: usize) -> &[Field] {
        let rest = self.fields.get(1..).unwrap_or_default();
        rest.chunks(5).nth(part.saturating_sub(1)).unwrap_or_default()
    }

    /// How many forms that takes.
    pub fn parts(&self) -> usize {
        self.fields.len().saturating_sub(1).div_ceil(5)
    }

    /// What people typed as values, each as its field has it; or all that does not fit, in words.
    pub(crate) fn check(&self, typed: &Values) -> Result<Values, Vec<String>> {
        let (mut values, mut wrong) = (Values::new(), Vec::new());
        for (name, text) in typed.iter().filter(|(_, text)| !text.trim().is_empty()) {
            match self.fields.iter().find(|field| field.name == *name).map(|field| field.kind.read(text)) {
                Some(Ok(value)) => drop(values.insert(name.clone(), value)),
                Some(Err(why)) => wrong.push(format!("{}: {why}", code(name))),
                None => wrong.push(format!("{} is no field of it", quoted(name))),
            }
        }
        if wrong.is_empty() { Ok(values) } else { Err(wrong) }
    }
}

/// Reads a registry; the name is the file's own where it says none.
pub(crate) fn read(stem: &str, file: &str, source: &str) -> (String, Read<Registry>) {
    let root = match yaml::read(source) {
        Ok(root) => root,
        Err(wrong) => return (plain(stem), found(vec![Mistake::new(file, Some(wrong.line), wrong.text)])),
    };
    let mut fields = Fields::of(&root, &["name", "description", "fields", "entries"]);
    let given = fields.text("name").filter(|name| !name.is_empty()).unwrap_or_else(|| stem.to_owned());
    let name = match given.parse::<ItemName>() {
        Ok(name) => name.to_string(),
        Err(why) => {
            fields.refuse("name", format!("{} is no name. {why}", quoted(&given)));
            plain(stem)
        }
    };
    let description = fields.text("description").unwrap_or_default();
    let columns = if let Some(node) = fields.node("fields") {
        columns(node, &mut fields.wrong)
    } else {
        fields.wrong.push(Wrong::new(root.line, "`fields` is missing: what is known of each entry"));
        Vec::new()
    };
    let mut registry = Registry { name: name.clone(), description, fields: columns, entries: Vec::new() };
    // Without its fields, whatever an entry says would be wrong.
    if let Some(node) = fields.node("entries").filter(|_| fields.wrong.is_empty()) {
        entries(node, &mut registry, &mut fields.wrong);
    }
    let told = |wrong: Vec<Wrong>| -> Vec<Mistake> {
        wrong.into_iter().map(|wrong| Mistake::new(file, Some(wrong.line), wrong.text)).collect()
    };
    let (mistakes, notes) = (told(fields.wrong), told(fields.notes));
    (name, Read::of(if mistakes.is_empty() { Ok(registry) } else { Err(mistakes) }, notes))
}

fn columns(node: &Node, wrong: &mut Vec<Wrong>) -> Vec<Field> {
    let items = match listed(node, "fields") {
        Ok(items) => items,
        Err(why) => {
            wrong.push(why);
            return Vec::new();
        }
    };
    let mut columns: Vec<Field> = Vec::new();
    for item in items {
        let mut fields = Fields::of(item, &["name", "type", "description", "label", "required"]);
        let (name, word) = (fields.text("name").unwrap_or_default(), fields.text("type"));
        wrong.append(&mut fields.wrong);
        match column(&name, word.as_deref().unwrap_or("string"), &columns) {
            Ok(field) => columns.push(field),
            Err(why) => wrong.push(Wrong::new(item.line, why)),
        }
    }
    if columns.is_empty() && wrong.is_empty() {
        wrong.push(Wrong::new(node.line, "there is no field"));
    }
    if columns.len() > FIELDS {
        wrong.push(Wrong::new(node.line, format!("there are more than {FIELDS} fields")));
    }
    columns
}

/// A field of this name and type beside the others, or why there can be none.
pub(crate) fn column(name: &str, word: &str, others: &[Field]) -> Result<Field, String> {
    let kind = Kind::parse(word).ok_or_else(|| {
        let all: Vec<&str> = Kind::ALL.into_iter().map(|(word, _)| word).collect();
        format!("{} is no type; there is {}", quoted(word), all.join(", "))
    })?;
    let name = name.trim();
    let is_word = |letter: char| letter.is_alphanumeric() || " -_./".contains(letter);
    if name.is_empty() || name.chars().count() > FIELD_NAME || !name.chars().all(is_word) {
        return Err(format!(
            "{} is no name of a field: it has 1 to {FIELD_NAME} letters, digits and spaces",
            quoted(name)
        ));
    }
    if others.iter().any(|other| other.name.to_lowercase() == name.to_lowercase()) {
        return Err(format!("there are two fields {}", quoted(name)));
    }
    Ok(Field { name: name.to_owned(), kind })
}

fn entries(node: &Node, registry: &mut Registry, wrong: &mut Vec<Wrong>) {
    let Value::List(items) = &node.value else {
        return wrong.push(Wrong::new(node.line, "`entries` is a list"));
    };
    if items.len() > ENTRIES {
        return wrong.push(Wrong::new(node.line, format!("there are more than {ENTRIES} entries")));
    }
    for item in items {
        match entry(item, registry) {
            Ok(entry) => registry.entries.push(entry),
            Err(mut why) => wrong.append(&mut why),
        }
    }
}

fn entry(item: &Node, registry: &Registry) -> Result<Entry, Vec<Wrong>> {
    let Value::Map(pairs) = &item.value else {
        return Err(vec![Wrong::new(item.line, "an entry is written as `field: value` lines")]);
    };
    let (mut values, mut wrong) = (Values::new(), Vec::new());
    for (key, node) in pairs {
        let line = node.line;
        let Some(field) = registry.fields.iter().find(|field| field.name == key.name) else {
            wrong.push(Wrong::new(key.line, format!("{} is no field of this registry", quoted(&key.name))));
            continue;
        };
        match text(node).and_then(|text| if text.is_empty() { Ok(text) } else { field.kind.read(&text) }) {
            Ok(value) if value.is_empty() => {}
            Ok(value) => drop(values.insert(field.name.clone(), value)),
            Err(why) => wrong.push(Wrong::new(line, format!("{}: {why}", code(&field.name)))),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let first = registry.fields.first().map(|field| field.name.as_str()).unwrap_or_default();
    match key(values.get(first).map(String::as_str).unwrap_or_default()) {
        Ok(key) if registry.entry(&key).is_some() => {
            Err(vec![Wrong::new(item.line, format!("there are two entries {}", quoted(&key)))])
        }
        Ok(key) => Ok(Entry { key, values, version: 0, by: None }),
        Err(why) => Err(vec![Wrong::new(item.line, format!("{}: {why}", code(first)))]),
    }
}

/// What an entry is called, or why it cannot be called that.
pub(crate) fn key(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty()
        || text.chars().count() > KEY
        || text.chars().any(|letter| base::card::is_hidden(letter) || letter == '\n')
    {
        return Err(format!("an entry is called by its first field: 1 to {KEY} letters in one line"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str = "name: Domains\ndescription: What we own\nfields:\n  - {name: domain, type: string}\n  - {name: until, type: date}\n  - {name: price, type: number}\n";

    fn of(entries: &str) -> Result<Registry, String> {
        let (_, read) = read("domains", "r/domains.yaml", &format!("{FILE}{entries}"));
        read.read.map_err(|mistakes| mistakes.iter().map(Mistake::told).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn an_entry_keeps_to_the_types_of_its_fields_or_its_line_is_told() {
        let registry =
            of("entries:\n  - {domain: shop.example, until: 2027-01-31, price: 12.5}\n  - domain: a.example\n")
                .unwrap();
        assert_eq!(registry.entries[0].values["until"], "2027-01-31");
        assert_eq!(registry.entry("SHOP.example").unwrap().key, "shop.example");
        assert_eq!(
            of("entries:\n  - domain: shop.example\n    until: soon\n  - {price: 1}\n  - {domain: b, colour: red}\n")
                .unwrap_err(),
            "`r/domains.yaml` line 9: `until`: `soon` is not a date, such as 2026-11-21\n\
             `r/domains.yaml` line 10: `domain`: an entry is called by its first field: 1 to 80 letters in one line\n\
             `r/domains.yaml` line 11: `colour` is no field of this registry"
        );
        assert!(of("entries:\n  - domain: a\n  - domain: A\n").unwrap_err().contains("two entries `A`"));
    }

    #[test]
    fn a_field_has_a_type_that_is_known() {
        let (_, read) = read("x", "x.yaml", "fields:\n  - {name: a, type: colour}\n");
        assert_eq!(
            read.read.unwrap_err()[0].told(),
            "`x.yaml` line 2: `colour` is no type; there is string, number, date, boolean, url"
        );
    }

    #[test]
    fn what_was_seen_is_told_from_what_is() {
        let registry = of("entries:\n  - {domain: a, price: 1}\n").unwrap();
        let mut other = registry.entries[0].clone();
        assert_eq!(other.digest(), registry.entries[0].digest());
        other.values.insert("price".to_owned(), "2".to_owned());
        assert_ne!(other.digest(), registry.entries[0].digest());
    }

    proptest! {
        #[test]
        fn no_text_at_all_makes_reading_a_registry_panic(stem in "\\PC{0,20}", text in "\\PC{0,200}") {
            let (name, _) = read(&stem, "x", &text);
            prop_assert!(name.parse::<ItemName>().is_ok());
        }

        #[test]
        fn nor_do_entries_of_any_shape(text in "([-?:,\\[\\]{}#'\"\n a-c0-2]|domain|price: |- ){0,60}") {
            let _ = of(&format!("entries:\n{text}"));
        }
    }
}
