//! What such a file holds: lenient in what is there, strict in what it says. Pure.

use base::{Error, Result, card::code};
use serde_json::Value;
use store::tickets::CategoryChange;

use crate::{category, panel, words};

/// What nothing here stands for.
const NOTHING: [(&str, &str); 5] = [
    ("color", "a category has no colour of its own, and a panel has one"),
    ("colour", "a category has no colour of its own, and a panel has one"),
    ("buttonStyle", "buttons of a panel look alike"),
    ("welcomeMessage", "a ticket's card says what is known of it"),
    ("welcomeOverride", "a ticket's card says what is known of it"),
];

/// What was read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Read {
    pub(super) categories: Vec<Taken>,
    /// What was not taken, and why, a line each.
    pub(super) said: Vec<String>,
}

/// A category that can be made.
#[derive(Debug, PartialEq)]
pub(super) struct Taken {
    pub(super) name: String,
    pub(super) rest: CategoryChange,
    pub(super) staff: Option<u64>,
    pub(super) required: Option<u64>,
}

/// Reads a list of categories, or an object that has one. `there` are names that are taken, `everyone` the role that everybody has.
pub(super) fn read(text: &str, there: &[&str], everyone: u64) -> Result<Read> {
    let wrong = |why: String| Error::Invalid(format!("That file cannot be read: {why}. Nothing was changed."));
    let whole: Value = serde_json::from_str(text).map_err(|error| wrong(format!("{error}")))?;
    let list = ["categories", "ticketCategories"].iter().find_map(|name| whole.get(name)?.as_array());
    let list =
        whole.as_array().or(list).ok_or_else(|| wrong("it is no list of categories, and has none".to_owned()))?;
    if list.len() > 10 * panel::MENU {
        return Err(wrong(format!("it lists {} categories", list.len())));
    }
    let mut list: Vec<(usize, &Value)> = (1..).zip(list).collect();
    list.sort_by_key(|(at, one)| (order(one), *at));
    let mut read = Read::default();
    let mut names: Vec<String> = there.iter().map(|name| name.to_lowercase()).collect();
    for (at, one) in list {
        if let Err(why) = take(one, everyone, &mut names, &mut read) {
            let name = one["name"].as_str().map_or_else(|| format!("number {at}"), code);
            read.said.push(format!("{name} was not taken: {why}"));
        }
    }
    Ok(read)
}

fn order(one: &Value) -> i64 {
    ["sortOrder", "sort_order", "order", "position"].iter().find_map(|field| one[*field].as_i64()).unwrap_or(i64::MAX)
}

fn take(one: &Value, everyone: u64, names: &mut Vec<String>, read: &mut Read) -> std::result::Result<(), String> {
    let Some(typed) = one["name"].as_str() else { return Err("it has no name".to_owned()) };
    if one["enabled"] == false {
        return Err("it is turned off there".to_owned());
    }
    let name = words::line(typed, category::NAME).map_err(|error| first(&error))?;
    if names.contains(&name.to_lowercase()) {
        return Err("there is one of that name".to_owned());
    }
    let mut said = Vec::new();
    let emoji = match text(one, &["emoji"]) {
        Some(emoji) => {
            let read = category::emoji(emoji).ok();
            if read.is_none() {
                said.push(format!("{} is no emoji", code(emoji)));
            }
            read.map(Some)
        }
        None => None,
    };
    let description = match text(one, &["description"]).map(|typed| words::line(typed, category::DESCRIPTION)) {
        Some(Ok(description)) => Some(description),
        Some(Err(error)) => {
            said.push(format!("its description: {}", first(&error)));
            None
        }
        None => None,
    };
    let required = role(one, &["requiresRole", "requires_role", "requiredRole"], everyone)?;
    let staff = role(one, &["assignToRole", "assign_to_role", "supportRole"], everyone)?;
    let unknown = NOTHING.iter().filter(|(field, _)| !one[*field].is_null());
    said.extend(unknown.map(|(field, why)| format!("`{field}`: {why}")));
    let shown = code(&name);
    read.said.extend(said.into_iter().map(|why| format!("{shown} without that: {why}")));
    names.push(name.to_lowercase());
    let rest = CategoryChange { emoji, description, ..CategoryChange::default() };
    read.categories.push(Taken { name, rest, staff, required });
    Ok(())
}

fn text<'a>(one: &'a Value, fields: &[&str]) -> Option<&'a str> {
    fields.iter().find_map(|field| one[*field].as_str()).map(str::trim).filter(|text| !text.is_empty())
}

/// A role's number. Who may ask and who answers is not guessed: what cannot be read takes the category with it.
fn role(one: &Value, fields: &[&str], everyone: u64) -> std::result::Result<Option<u64>, String> {
    let Some((field, value)) = fields.iter().map(|field| (field, &one[*field])).find(|(_, value)| !value.is_null())
    else {
        return Ok(None);
    };
    let number = match value {
        Value::String(text) if text.trim().is_empty() => return Ok(None),
        Value::String(text) => text.trim().trim_start_matches("<@&").trim_end_matches('>').parse::<u64>().ok(),
        Value::Number(number) => number.as_u64(),
        _ => None,
    };
    match number.filter(|number| *number > 0) {
        Some(number) if number == everyone => Err(format!("`{field}` is everybody")),
        Some(number) => Ok(Some(number)),
        None => Err(format!("`{field}` is no role's number")),
    }
}

/// What is wrong, without what follows from it.
fn first(error: &Error) -> String {
    error.to_string().trim_end_matches(" Nothing was changed.").trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_can_be_taken_is_taken_in_its_order_and_the_rest_is_said() {
        let text = r##"{ "categories": [
            { "name": "Shipping", "sortOrder": 2, "emoji": "bug", "color": "#ff0000" },
            { "name": "Billing", "sortOrder": 1, "emoji": "💶", "description": "Invoices", "requiresRole": "11", "assignToRole": 12, "enabled": true },
            { "name": "billing", "sortOrder": 3 },
            { "name": "Old", "enabled": false },
            { "description": "nothing" },
            { "name": "Secret", "requiresRole": "everyone" },
            { "name": "Open", "assignToRole": "1" }
        ] }"##;
        let read = read(text, &["There"], 1).unwrap();
        let names: Vec<&str> = read.categories.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["Billing", "Shipping"]);
        assert_eq!((read.categories[0].required, read.categories[0].staff), (Some(11), Some(12)));
        assert_eq!(
            read.said,
            [
                "`Shipping` without that: `bug` is no emoji",
                "`Shipping` without that: `color`: a category has no colour of its own, and a panel has one",
                "`billing` was not taken: there is one of that name",
                "`Old` was not taken: it is turned off there",
                "number 5 was not taken: it has no name",
                "`Secret` was not taken: `requiresRole` is no role's number",
                "`Open` was not taken: `assignToRole` is everybody",
            ]
        );
    }

    #[test]
    fn what_is_no_such_file_is_refused_whole() {
        for text in ["", "null", "{}", "[", "7", "{ \"categories\": {} }"] {
            assert!(read(text, &[], 1).is_err(), "{text}");
        }
        assert!(read("[]", &[], 1).unwrap().categories.is_empty());
        assert!(read(&format!("[{}{{}}]", "{},".repeat(300)), &[], 1).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_listed_is_taken_within_the_limits_or_said(names in proptest::collection::vec(".{0,60}", 0..8)) {
            let list: Vec<Value> = names.iter().map(|name| serde_json::json!({ "name": name })).collect();
            let read = read(&Value::Array(list).to_string(), &[], 1).unwrap();
            prop_assert_eq!(read.categories.len() + read.said.len(), names.len());
            for one in &read.categories {
                prop_assert!((1..=category::NAME).contains(&one.name.chars().count()));
            }
        }
    }
}
