//! The words by which people say what the status is to be.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the status is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Who is live of those that guilds follow.
    Streams,
    /// What plays on guilds' Plex.
    Plex,
    /// What members listen to who lent that.
    Lanyard,
    /// Fixed words.
    Text,
}

impl Source {
    /// Every one, in the order in which they are usual.
    pub const ALL: [Self; 4] = [Self::Streams, Self::Plex, Self::Lanyard, Self::Text];

    /// The word its row keeps.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Streams => "streams",
            Self::Plex => "plex",
            Self::Lanyard => "lanyard",
            Self::Text => "text",
        }
    }

    /// The source of this word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == text)
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Streams => "streams",
            Self::Plex => "Plex",
            Self::Lanyard => "Lanyard",
            Self::Text => "fixed words",
        }
    }
}

/// How the bot looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// There.
    #[default]
    Online,
    /// Away.
    Idle,
    /// Not to be disturbed.
    Dnd,
}

impl Status {
    /// Discord's own word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Idle => "idle",
            Self::Dnd => "dnd",
        }
    }

    /// The status of this word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Online, Self::Idle, Self::Dnd].into_iter().find(|status| status.as_str() == text)
    }
}
