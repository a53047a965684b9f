//! What a cloud provider may see of a guild.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What may leave the house. Secrets never do: they are masked before anything is sent anywhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Cloud {
    /// Nothing: no model in the cloud is asked.
    #[default]
    Nothing,
    /// What was said, with stand-ins in place of addresses, hosts and people.
    Redacted,
    /// All that was said.
    All,
}

impl Cloud {
    /// The word its row keeps.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Redacted => "redacted",
            Self::All => "all",
        }
    }

    /// The policy of this word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Nothing, Self::Redacted, Self::All].into_iter().find(|cloud| cloud.as_str() == text)
    }

    /// As a person reads it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Nothing => "Nothing of this guild leaves the house: no model in the cloud is asked.",
            Self::Redacted => {
                "A model in the cloud sees what is said, with stand-ins such as `server-1` for addresses, hosts and people."
            }
            Self::All => "A model in the cloud sees all that is said here; secrets are masked before.",
        }
    }
}
