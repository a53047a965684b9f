//! Names that people type and everything else trusts.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Longest server name. Fits an autocomplete choice, a card's title and a phone's width.
pub const SERVER_NAME_LIMIT: usize = 32;

/// A server's name: 1 to 32 of `a–z`, `0–9`, `-`, `_` and `.`, beginning with a letter or a digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ServerName(String);

impl ServerName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for ServerName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let name = text.trim().to_lowercase();
        let fits = (1..=SERVER_NAME_LIMIT).contains(&name.len())
            && name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter));
        if fits { Ok(Self(name)) } else { Err(Error::Invalid(complaint(&name))) }
    }
}

/// One sentence: the rule, and a name close to what was typed that keeps it.
fn complaint(typed: &str) -> String {
    let mut close: String = typed
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '-' })
        .skip_while(|letter| !letter.is_ascii_alphanumeric())
        .take(SERVER_NAME_LIMIT)
        .collect();
    close.truncate(close.trim_end_matches('-').len());
    let example = if close.is_empty() { "web-1".to_owned() } else { close };
    format!("A server's name is 1 to {SERVER_NAME_LIMIT} letters, digits, `-`, `_` or `.`, for example `{example}`.")
}

impl TryFrom<String> for ServerName {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<ServerName> for String {
    fn from(name: ServerName) -> Self {
        name.0
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_in_lower_case() {
        assert_eq!(" Web-1 ".parse::<ServerName>().unwrap().as_str(), "web-1");
    }

    #[test]
    fn a_bad_name_is_answered_with_one_that_would_do() {
        let long = "x".repeat(200);
        for (typed, example) in [
            ("my box", "`my-box`"),
            ("", "`web-1`"),
            ("`rm -rf /`", "`rm--rf`"),
            ("日本", "`web-1`"),
            (long.as_str(), "`xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx`"),
        ] {
            let complaint = typed.parse::<ServerName>().unwrap_err().to_string();
            assert!(complaint.ends_with(&format!("for example {example}.")), "{typed}: {complaint}");
        }
    }
}
