//! The name of an image: `nginx:1.27`, `registry.example.com:5000/team/app@sha256:…`.
//!
//! **Invariant:** a name is a part of an API's path as it is, so nothing in it can lead to another path.

use std::fmt;

use base::{Error, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A registry's host, a path, and a digest of 71 fit easily.
const LONGEST: usize = 255;

/// An image's name, with its tag or digest, or its id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Image(String);

impl Image {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, and the tag or digest that is asked for: `latest` unless told.
    pub(crate) fn parts(&self) -> (&str, &str) {
        if self.0.contains('@') {
            // With a digest the whole name is one.
            return (&self.0, "");
        }
        match self.0.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
            Some((name, tag)) => (name, tag),
            None => (&self.0, "latest"),
        }
    }
}

impl std::str::FromStr for Image {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let name = text.trim();
        let part = |part: &str| {
            part.starts_with(|first: char| first.is_ascii_alphanumeric())
                && part.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.-:@+".contains(letter))
                && !part.contains("..")
        };
        if name.len() <= LONGEST && name.split('/').all(part) {
            return Ok(Self(name.to_owned()));
        }
        Err(Error::Invalid(format!("{} is no image's name, such as `nginx:1.27`. Nothing was done.", code(text))))
    }
}

impl TryFrom<String> for Image {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Image> for String {
    fn from(image: Image) -> Self {
        image.0
    }
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_tag_or_digest_or_the_latest() {
        for (name, parts) in [
            ("nginx", ("nginx", "latest")),
            ("nginx:1.27", ("nginx", "1.27")),
            ("example.com:5000/app", ("example.com:5000/app", "latest")),
            ("example.com:5000/a/b:v1", ("example.com:5000/a/b", "v1")),
            ("app@sha256:0123", ("app@sha256:0123", "")),
        ] {
            assert_eq!(name.parse::<Image>().unwrap().parts(), parts);
        }
        for bad in ["", "/", "a//b", "../x", "a/../b", "a b", "a?b=c", "-x", "a#b", "$(id)", "a\nb", "a..b"] {
            assert!(bad.parse::<Image>().is_err(), "{bad}");
        }
    }
}
