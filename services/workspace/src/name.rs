//! The name of an agent, a skill, a registry or a playbook.

use std::{fmt, str::FromStr};

use base::Error;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Fits a completion, a card's title and a phone's width.
const LIMIT: usize = 48;

/// A name in the workspace: 1 to 48 of `a–z`, `0–9`, `-`, `_` and `.`, beginning with a letter or a digit. Spaces count as `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ItemName(String);

impl ItemName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ItemName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let name = text.split_whitespace().collect::<Vec<_>>().join("-");
        base::name::read(&name, LIMIT, "A name", "disk-watch").map(Self)
    }
}

impl TryFrom<String> for ItemName {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<ItemName> for String {
    fn from(name: ItemName) -> Self {
        name.0
    }
}

impl fmt::Display for ItemName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_word_however_it_is_written() {
        let read = |text: &str| text.parse::<ItemName>().map(String::from).map_err(|error| error.to_string());
        assert_eq!(read(" Lead Developer "), Ok("lead-developer".to_owned()));
        for bad in ["", "../up", "a/b", "-x", "`x`", &"x".repeat(49), "ж"] {
            assert!(read(bad).is_err_and(|error| error.contains("for example")), "{bad}");
        }
    }
}
