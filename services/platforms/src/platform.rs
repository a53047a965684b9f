//! Which platform.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where people stream, or listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// twitch.tv.
    Twitch,
    /// youtube.com.
    YouTube,
    /// kick.com.
    Kick,
    /// spotify.com, where nobody streams.
    Spotify,
}

impl Platform {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Twitch, Self::YouTube, Self::Kick, Self::Spotify];

    /// The word of rows, paths and options.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Twitch => "twitch",
            Self::YouTube => "youtube",
            Self::Kick => "kick",
            Self::Spotify => "spotify",
        }
    }

    /// The platform of this word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.as_str() == text)
    }

    /// Its name, as it writes it itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::Twitch => "Twitch",
            Self::YouTube => "YouTube",
            Self::Kick => "Kick",
            Self::Spotify => "Spotify",
        }
    }

    /// Its colour.
    pub fn colour(self) -> u32 {
        match self {
            Self::Twitch => 0x91_46FF,
            Self::YouTube => 0xFF_0000,
            Self::Kick => 0x53_FC18,
            Self::Spotify => 0x1D_B954,
        }
    }

    /// Where people look at a channel: by its login on Twitch and Kick, by its id on YouTube and Spotify.
    pub fn channel(self, known_as: &str) -> String {
        match self {
            Self::Twitch => format!("https://www.twitch.tv/{known_as}"),
            Self::YouTube => format!("https://www.youtube.com/channel/{known_as}"),
            Self::Kick => format!("https://kick.com/{known_as}"),
            Self::Spotify => format!("https://open.spotify.com/user/{known_as}"),
        }
    }

    /// Where people see there whom they let in, and take it back.
    pub fn connections(self) -> &'static str {
        match self {
            Self::Twitch => "https://www.twitch.tv/settings/connections",
            Self::YouTube => "https://myaccount.google.com/connections",
            Self::Kick => "https://kick.com/settings",
            Self::Spotify => "https://www.spotify.com/account/apps",
        }
    }

    /// What whoever runs the bot sets so that people can connect accounts there.
    pub fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Twitch => &["TWITCH_CLIENT_ID"],
            Self::YouTube => &["YOUTUBE_CLIENT_ID", "YOUTUBE_CLIENT_SECRET"],
            Self::Kick => &["KICK_CLIENT_ID", "KICK_CLIENT_SECRET"],
            Self::Spotify => &["SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"],
        }
    }
}

impl std::fmt::Display for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
