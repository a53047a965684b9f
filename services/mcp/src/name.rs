//! A server's name, as people type it.

use std::{fmt, str::FromStr};

use base::{Error, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A longer one leaves no room for a tool's.
const LONGEST: usize = 32;

/// A server's name: small letters, digits and `-`, at most 32.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ServerName(String);

impl ServerName {
    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ServerName {
    type Err = Error;

    fn from_str(typed: &str) -> Result<Self, Error> {
        let name = typed.trim().to_lowercase();
        let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if name.is_empty() || name.len() > LONGEST || !name.chars().all(fits) {
            return Err(Error::Invalid(format!(
                "{} is no name for an MCP server: letters, digits and `-`, at most {LONGEST}. Nothing was changed.",
                code(typed)
            )));
        }
        Ok(Self(name))
    }
}

impl TryFrom<String> for ServerName {
    type Error = Error;

    fn try_from(typed: String) -> Result<Self, Error> {
        typed.parse()
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
