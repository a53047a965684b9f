//! A prompt's text, and what is filled into it: `{server}` stands for what is asked for when it is used.
//!
//! **Invariant:** what is filled in is never read for variables again.

use std::collections::BTreeMap;

use base::{Error, Result};

/// The most variables: as many as a form has fields.
pub const MOST_VARIABLES: usize = 5;
/// The longest text of a prompt, in letters; it is typed into a form.
pub(crate) const LONGEST: usize = 2_000;
/// The longest value of a variable.
pub(crate) const LONGEST_VALUE: usize = 300;
/// The longest text once it is filled in: a variable may stand in it many times.
const LONGEST_FILLED: usize = 8_000;
/// The longest name of a variable.
const NAME: usize = 32;

/// A text, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(String),
}

impl Template {
    /// Reads a text. Braces around anything but a name are braces.
    pub fn read(text: &str) -> Result<Self> {
        let text = text.trim();
        let letters = text.chars().count();
        if !(1..=LONGEST).contains(&letters) {
            return Err(Error::Invalid(format!(
                "A prompt has 1 to {LONGEST} letters, and this has {letters}. Nothing was kept."
            )));
        }
        let mut parts = Vec::new();
        let (mut rest, mut words) = (text, String::new());
        while let Some(open) = rest.find('{') {
            let (before, inside) = (&rest[..open], &rest[open + 1..]);
            words.push_str(before);
            if let Some(close) = inside.find('}').filter(|close| is_name(&inside[..*close])) {
                parts.push(Part::Text(std::mem::take(&mut words)));
                parts.push(Part::Variable(inside[..close].to_owned()));
                rest = &inside[close + 1..];
            } else {
                words.push('{');
                rest = inside;
            }
        }
        words.push_str(rest);
        parts.push(Part::Text(words));
        parts.retain(|part| *part != Part::Text(String::new()));
        let read = Self { parts };
        let many = read.variables().len();
        if many > MOST_VARIABLES {
            return Err(Error::Invalid(format!(
                "That has {many} variables, and a form asks for at most {MOST_VARIABLES}. Nothing was kept."
            )));
        }
        Ok(read)
    }

    /// Its variables, in the order in which they stand there, each once.
    pub fn variables(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for part in &self.parts {
            if let Part::Variable(name) = part
                && !names.contains(&name.as_str())
            {
                names.push(name);
            }
        }
        names
    }

    /// The text with these values. Every variable needs one.
    pub fn fill(&self, values: &BTreeMap<String, String>) -> Result<String> {
        let missing: Vec<String> = self
            .variables()
            .into_iter()
            .filter(|name| values.get(*name).is_none_or(|value| value.trim().is_empty()))
            .map(|name| format!("`{name}`"))
            .collect();
        if !missing.is_empty() {
            return Err(Error::Invalid(format!("{} must be filled in. Nothing was asked.", missing.join(", "))));
        }
        if values.values().any(|value| value.chars().count() > LONGEST_VALUE) {
            return Err(Error::Invalid(format!("A value has at most {LONGEST_VALUE} letters. Nothing was asked.")));
        }
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Variable(name) => values.get(name).map_or("", |value| value.trim()),
        });
        let filled: String = parts.collect();
        let letters = filled.chars().count();
        if letters > LONGEST_FILLED {
            return Err(Error::Invalid(format!(
                "Filled in, that has {letters} letters, and at most {LONGEST_FILLED} are used. Nothing was asked."
            )));
        }
        Ok(filled)
    }
}

fn is_name(text: &str) -> bool {
    (1..=NAME).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filled(text: &str, values: &[(&str, &str)]) -> Result<String> {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Template::read(text)?.fill(&values.collect())
    }

    #[test]
    fn variables_are_filled_in_and_other_braces_stay() {
        let text = "On {server}: run {\"a\": 1} and {server}, {Not} {} {x";
        assert_eq!(Template::read(text).unwrap().variables(), ["server"]);
        assert_eq!(filled(text, &[("server", " web-1 ")]).unwrap(), "On web-1: run {\"a\": 1} and web-1, {Not} {} {x");
        assert_eq!(filled("{a}{b}", &[("a", "{b}"), ("b", "2")]).unwrap(), "{b}2", "a value is no template");
    }

    #[test]
    fn what_is_missing_or_too_long_is_said() {
        let refused = |text: &str, values: &[(&str, &str)]| filled(text, values).unwrap_err().to_string();
        assert_eq!(refused("{a} {b}", &[("a", "1"), ("b", " ")]), "`b` must be filled in. Nothing was asked.");
        assert!(refused("", &[]).contains("1 to 2000 letters"));
        assert!(refused(&"x".repeat(2_001), &[]).contains("has 2001"));
        assert!(refused("{a}{b}{c}{d}{e}{f}", &[]).contains("at most 5"));
        assert!(refused("{a}", &[("a", &"x".repeat(301))]).contains("300"));
        assert!(refused(&"{a}".repeat(600), &[("a", &"x".repeat(300))]).contains("8000"));
    }

    proptest! {
        #[test]
        fn a_text_without_values_is_what_it_was(text in "[a-z{} ]{1,60}") {
            let text = text.trim();
            if let Ok(template) = Template::read(text) {
                let same = template.variables().iter().map(|name| ((*name).to_owned(), format!("{{{name}}}"))).collect();
                prop_assert_eq!(template.fill(&same).unwrap(), text);
            }
        }
    }
}
