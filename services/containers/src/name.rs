//! Names of containers, volumes and networks, as engines allow them.
//!
//! **Invariant:** a name is a part of an API's path as it is, so nothing in it can lead to another path.

use std::fmt;

use base::{Error, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longer ones are allowed by Docker, and met nowhere; a card's code shows this much.
const LONGEST: usize = 100;

/// A name or an id: letters, digits, `_`, `.` and `-`, beginning with a letter or a digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Name(String);

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Name {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // Engines write a container's name with a slash before it.
        let name = text.trim().trim_start_matches('/');
        let fits = (1..=LONGEST).contains(&name.len())
            && name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.-".contains(letter));
        if fits {
            return Ok(Self(name.to_owned()));
        }
        Err(Error::Invalid(format!(
            "{} is no name that Docker gives: it takes 1 to {LONGEST} letters, digits, `_`, `.` or `-`, such as `web`. \
             Nothing was done.",
            code(text)
        )))
    }
}

impl TryFrom<String> for Name {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_lead_to_another_path_of_the_api_or_into_a_shell() {
        for good in ["web", "/web", "shop_web_1", "a.b-c", "0123456789abcdef"] {
            assert_eq!(good.parse::<Name>().unwrap().as_str(), good.trim_start_matches('/'));
        }
        for bad in ["", "..", "../images/x", "a/b", "a?force=1", "a%2fb", "a b", "$(id)", "-rf", "a\nb", "é", "a;b"] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
        assert!("x".repeat(LONGEST + 1).parse::<Name>().is_err());
    }
}
