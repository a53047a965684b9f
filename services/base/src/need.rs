//! Whose yes something needs before it is done.

use serde::{Deserialize, Serialize};

/// Whose yes something needs. The greater is the stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Nobody's.
    Never,
    /// That of whoever asks, once more.
    Confirm,
    /// That of another person who holds the action. For what a model or an automation asks, this may be the person it works for.
    Approve,
    /// That of two such persons.
    FourEyes,
}

impl Need {
    /// Every need, from the mildest.
    pub const ALL: [Self; 4] = [Self::Never, Self::Confirm, Self::Approve, Self::FourEyes];

    /// The word a guild's policy keeps.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Confirm => "confirm",
            Self::Approve => "approve",
            Self::FourEyes => "four_eyes",
        }
    }

    /// The need of this word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|need| need.as_str() == text)
    }

    /// How many people must say yes.
    pub fn votes(self) -> usize {
        match self {
            Self::Never => 0,
            Self::Confirm | Self::Approve => 1,
            Self::FourEyes => 2,
        }
    }

    /// As a person reads it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Never => "nobody is asked",
            Self::Confirm => "whoever asks confirms",
            Self::Approve => "another person approves",
            Self::FourEyes => "two other people approve",
        }
    }
}
