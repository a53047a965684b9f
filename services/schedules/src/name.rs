//! A schedule's name.

use std::{fmt, str::FromStr};

use base::Error;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Fits a completion, a card's title and a phone's width.
const LIMIT: usize = 32;

/// A schedule's name: 1 to 32 of `a–z`, `0–9`, `-`, `_` and `.`, beginning with a letter or a digit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ScheduleName(String);

impl ScheduleName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ScheduleName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let name = text.trim().to_lowercase();
        let fits = (1..=LIMIT).contains(&name.len())
            && name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter));
        if fits {
            return Ok(Self(name));
        }
        let rule = format!(
            "A schedule's name is 1 to {LIMIT} letters, digits, `-`, `_` or `.`, for example `nightly-backup`."
        );
        Err(Error::Invalid(rule))
    }
}

impl TryFrom<String> for ScheduleName {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<ScheduleName> for String {
    fn from(name: ScheduleName) -> Self {
        name.0
    }
}

impl fmt::Display for ScheduleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
