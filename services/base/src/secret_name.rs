//! What people call a secret: the only part of it that is ever shown.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    name::{close, is_letter},
};

/// Longest name of a secret.
pub const SECRET_NAME_LIMIT: usize = 64;

/// A secret's name: 1 to 64 letters, digits, `_`, `-` and `.`, beginning with a letter or a digit. Capitals are kept, and
/// do not tell two names apart.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct SecretName(String);

impl SecretName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for SecretName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let name = text.trim();
        let fits = (1..=SECRET_NAME_LIMIT).contains(&name.len())
            && name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name.chars().all(is_letter);
        if fits { Ok(Self(name.to_owned())) } else { Err(Error::Invalid(complaint(name))) }
    }
}

/// One sentence: the rule, and a name close to what was typed that keeps it.
fn complaint(typed: &str) -> String {
    let close = close(typed, SECRET_NAME_LIMIT, '_');
    let example = if close.is_empty() { "DEPLOY_TOKEN" } else { &close };
    format!("A secret's name is 1 to {SECRET_NAME_LIMIT} letters, digits, `_`, `-` or `.`, for example `{example}`.")
}

impl TryFrom<String> for SecretName {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<SecretName> for String {
    fn from(name: SecretName) -> Self {
        name.0
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_name_is_answered_with_one_that_would_do() {
        let long = "x".repeat(200);
        let cut = format!("`{}`", "x".repeat(64));
        for (typed, example) in [
            ("db password", "`db_password`"),
            ("", "`DEPLOY_TOKEN`"),
            ("$HOME/`id`", "`HOME__id`"),
            ("日本", "`DEPLOY_TOKEN`"),
            (long.as_str(), cut.as_str()),
        ] {
            let complaint = typed.parse::<SecretName>().unwrap_err().to_string();
            assert!(complaint.ends_with(&format!("for example {example}.")), "{typed}: {complaint}");
        }
        for fine in ["DEPLOY_TOKEN", "db-password", "a.b", "7"] {
            assert_eq!(fine.parse::<SecretName>().unwrap().as_str(), fine);
        }
    }
}
