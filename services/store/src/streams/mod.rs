//! Streams: who is followed where, what is live, and what was told of it.
//!
//! **Invariants:** channels and streams are no guild's, and every guild that follows one shares them; whatever a guild owns is read
//! and written under its number. A stream is one row under one key, and what is told of it one row a guild and channel: whoever
//! claims it second has nothing to say. The claim and its post are one transaction.

mod channels;
mod deliveries;
mod follows;
mod lives;
mod own;
mod posts;
mod quota;
mod roles;
mod secrets;
mod settings;
mod subscriptions;
mod videos;

pub use channels::{Channel, Counted, NewChannel};
pub use deliveries::Delivery;
pub use follows::{Follow, Followed, NewFollow};
pub use lives::{Kind, Live};
pub use own::{Ending, Joined, Unproven};
pub use posts::{NewTold, Told, ToldState};
pub use quota::QUOTA_RESTS;
pub use roles::LiveRole;
pub use settings::{Filters, Settings};
pub use subscriptions::Subscription;
pub use videos::Video;

use base::Millis;

/// A platform that is followed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Twitch.
    Twitch,
    /// YouTube.
    YouTube,
    /// Kick.
    Kick,
}

impl Source {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Twitch, Self::YouTube, Self::Kick];

    /// As it is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Twitch => "twitch",
            Self::YouTube => "youtube",
            Self::Kick => "kick",
        }
    }

    /// As people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Twitch => "Twitch",
            Self::YouTube => "YouTube",
            Self::Kick => "Kick",
        }
    }

    fn kept(text: &str) -> Self {
        Self::ALL.into_iter().find(|one| one.as_str() == text).unwrap_or(Self::Twitch)
    }
}

fn id(text: Option<&str>) -> Option<u64> {
    text.and_then(|text| text.parse().ok())
}

fn at(millis: Option<i64>) -> Option<Millis> {
    millis.map(Millis)
}

/// Text as both databases take it.
fn text(text: &str) -> String {
    text.replace('\0', "␀")
}

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
