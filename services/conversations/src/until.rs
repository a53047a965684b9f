//! What must hold before an answer counts as done, as whoever asks states it.

use std::collections::BTreeMap;

use base::{Error, Redactor, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// So much may be stated that must hold …
const MOST: usize = 10;
/// … each in so many characters …
const LONGEST: usize = 200;
/// … and so many bytes where it says how it is looked at.
const LARGEST: usize = 1_000;

/// Something that must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Until {
    /// In words: a model judges it by what was seen.
    Words(String),
    /// With how it is looked at.
    Look {
        /// What, for people.
        says: String,
        /// The action, which only looks.
        action: String,
        /// Its arguments.
        #[serde(default)]
        with: Map<String, Value>,
        /// What its report must say, by field.
        #[serde(default)]
        expect: BTreeMap<String, String>,
    },
}

impl Until {
    fn is_too_long(&self) -> bool {
        match self {
            Self::Words(words) => words.chars().count() > LONGEST,
            Self::Look { says, .. } => says.chars().count() > LONGEST || self.json().len() > LARGEST,
        }
    }

    fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Refuses what nobody keeps: too much, and secrets.
pub(crate) fn refuse_wrong(redactor: &Redactor, until: &[Until]) -> Result<()> {
    if until.len() > MOST || until.iter().any(Until::is_too_long) {
        let sentence = format!("At most {MOST} conditions, each of at most {LONGEST} characters. Nothing was asked.");
        return Err(Error::Invalid(sentence));
    }
    until.iter().try_for_each(|one| crate::refuse_secrets(redactor, &one.json()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_in_words_is_read_again_and_so_is_what_says_how_it_is_looked_at() {
        let kept =
            r#"["it is up",{"says":"it runs","action":"server.run","with":{"server":"box"},"expect":{"exit":"0"}}]"#;
        let read: Vec<Until> = serde_json::from_str(kept).unwrap();
        assert_eq!(read[0], Until::Words("it is up".to_owned()));
        assert!(matches!(&read[1], Until::Look { action, .. } if action == "server.run"));
        assert_eq!(serde_json::to_string(&read).unwrap(), kept);
        assert!(refuse_wrong(&Redactor::default(), &read).is_ok());
        assert!(refuse_wrong(&Redactor::default(), &[Until::Words("x".repeat(201))]).is_err());
    }
}
