//! A provider's name, as people type it.

use std::{fmt, str::FromStr};

use base::{Error, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A longer one does not fit beside a model's.
const LONGEST: usize = 32;

/// A provider's name: letters, digits, `-`, `_` and `.`, at most 32. Capitals do not tell two of them apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ProviderName(String);

impl ProviderName {
    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProviderName {
    type Err = Error;

    fn from_str(typed: &str) -> Result<Self, Error> {
        let name = typed.trim();
        let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
        if name.is_empty() || name.len() > LONGEST || !name.chars().all(fits) {
            return Err(Error::Invalid(format!(
                "{} is no name for a provider: letters, digits, `-`, `_` and `.`, at most {LONGEST}. Nothing was changed.",
                code(typed)
            )));
        }
        Ok(Self(name.to_owned()))
    }
}

impl TryFrom<String> for ProviderName {
    type Error = Error;

    fn try_from(typed: String) -> Result<Self, Error> {
        typed.parse()
    }
}

impl From<ProviderName> for String {
    fn from(name: ProviderName) -> Self {
        name.0
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
