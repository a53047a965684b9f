//! What somebody says for themselves alone: it goes through the gate like anything else, and stands in no log.

use base::{Secret, card::block};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Words that concern only whoever says them: written down as a mask, wherever that is read by others. A model may say them, where it
/// may not say a [`Secret`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OwnWords(Secret);

impl OwnWords {
    /// These words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(Secret::new(words))
    }

    /// The words as whoever says yes to them reads them.
    pub(crate) fn quoted(&self) -> String {
        block(self.said())
    }

    /// The words, for where they are kept, and for whoever said them.
    pub fn said(&self) -> &str {
        self.0.expose()
    }
}

impl JsonSchema for OwnWords {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "OwnWords".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_says_for_themselves_stands_in_no_log() {
        let words = OwnWords::new("my flat is above the shop");
        assert_eq!(serde_json::to_string(&words).unwrap(), "\"‹secret›\"");
        assert!(!format!("{words:?}").contains("flat"));
        let read: OwnWords = serde_json::from_str("\"nas is blue\"").unwrap();
        assert_eq!(read.said(), "nas is blue");
    }
}
