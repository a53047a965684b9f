//! What an overlay shows.

use serde::{Deserialize, Serialize};

/// What an overlay shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OverlayKind {
    /// Follows, subscriptions, gifts, cheers, raids and donations, one after the other.
    Alerts,
    /// What is said in the chat.
    Chat,
    /// The track that is playing.
    NowPlaying,
    /// How far something is from where it should be.
    Goal,
    /// A number.
    Counter,
    /// Time that runs, up or down.
    Timer,
    /// What happened last.
    Recent,
    /// A question and how it was answered.
    Poll,
    /// Two lines about somebody or something.
    LowerThird,
    /// That it begins soon, and when.
    StartingSoon,
    /// Texts, pictures, boxes and alerts wherever they were put.
    Canvas,
}

impl OverlayKind {
    /// All of them, in their order.
    pub const ALL: [Self; 11] = [
        Self::Alerts,
        Self::Chat,
        Self::NowPlaying,
        Self::Goal,
        Self::Counter,
        Self::Timer,
        Self::Recent,
        Self::Poll,
        Self::LowerThird,
        Self::StartingSoon,
        Self::Canvas,
    ];

    /// The word that is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alerts => "alerts",
            Self::Chat => "chat",
            Self::NowPlaying => "now_playing",
            Self::Goal => "goal",
            Self::Counter => "counter",
            Self::Timer => "timer",
            Self::Recent => "recent",
            Self::Poll => "poll",
            Self::LowerThird => "lower_third",
            Self::StartingSoon => "starting_soon",
            Self::Canvas => "canvas",
        }
    }

    /// The kind of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}
