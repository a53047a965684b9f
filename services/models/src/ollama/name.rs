//! A model's name, as Ollama has it.

use std::{fmt, str::FromStr};

use base::{Error, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A longer one is none.
const LONGEST: usize = 150;

/// A model's name, with or without a tag: `qwen3:8b`, `hf.co/somebody/model:Q4_K_M`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ModelName(String);

impl ModelName {
    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ModelName {
    type Err = Error;

    fn from_str(typed: &str) -> Result<Self, Error> {
        let name = typed.trim();
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.:/".contains(letter);
        let is_name = name.starts_with(|letter: char| letter.is_ascii_alphanumeric()) && name.chars().all(fits);
        if !is_name || name.len() > LONGEST || name.contains("..") || name.contains("//") {
            return Err(Error::Invalid(format!(
                "{} is no model's name, such as `qwen3:8b`. Nothing was done.",
                code(typed)
            )));
        }
        Ok(Self(name.to_owned()))
    }
}

impl TryFrom<String> for ModelName {
    type Error = Error;

    fn try_from(typed: String) -> Result<Self, Error> {
        typed.parse()
    }
}

impl From<ModelName> for String {
    fn from(name: ModelName) -> Self {
        name.0
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_models_name_is_no_address_and_no_path() {
        for name in ["qwen3", "qwen3:8b", "hf.co/bartowski/Llama-3.2-1B-GGUF:Q4_K_M"] {
            assert!(name.parse::<ModelName>().is_ok(), "{name}");
        }
        for name in ["", "-x", "../etc", "http://x/y", "a b", "a\nb", "ä"] {
            assert!(name.parse::<ModelName>().is_err(), "{name}");
        }
    }
}
