//! What people let us do, in their words and in each platform's: as little as connecting takes, and more when a feature needs it.

use std::collections::BTreeSet;

use platforms::Platform;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something a feature does in somebody's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Change title, category and tags, and set markers.
    Manage,
    /// Make clips.
    Clip,
    /// Write in chat.
    Chat,
    /// Announce in chat.
    Announce,
    /// Begin raids.
    Raid,
    /// See who follows.
    SeeFollows,
    /// See who subscribes, and gives subscriptions.
    SeeSubscriptions,
    /// See who cheers.
    SeeCheers,
    /// Read the chat.
    ReadChat,
}

const YOUTUBE_READ: &str = "https://www.googleapis.com/auth/youtube.readonly";
const YOUTUBE_CHANGE: &str = "https://www.googleapis.com/auth/youtube.force-ssl";

/// What connecting takes: who somebody is, and what is playing.
fn least(platform: Platform) -> &'static [&'static str] {
    match platform {
        Platform::Twitch => &[],
        Platform::YouTube => &[YOUTUBE_READ],
        Platform::Kick => &["user:read", "channel:read"],
        Platform::Spotify => &["user-read-currently-playing"],
    }
}

impl Right {
    /// What happens on a stream, to show it.
    pub const EVENTS: [Self; 4] = [Self::SeeFollows, Self::SeeSubscriptions, Self::SeeCheers, Self::ReadChat];

    /// What it takes there; none where that platform knows no such thing.
    pub fn scope(self, platform: Platform) -> Option<&'static str> {
        match (platform, self) {
            (Platform::Twitch, Self::Manage) => Some("channel:manage:broadcast"),
            (Platform::Twitch, Self::Clip) => Some("clips:edit"),
            (Platform::Twitch, Self::Chat) => Some("user:write:chat"),
            (Platform::Twitch, Self::Announce) => Some("moderator:manage:announcements"),
            (Platform::Twitch, Self::Raid) => Some("channel:manage:raids"),
            (Platform::Twitch, Self::SeeFollows) => Some("moderator:read:followers"),
            (Platform::Twitch, Self::SeeSubscriptions) => Some("channel:read:subscriptions"),
            (Platform::Twitch, Self::SeeCheers) => Some("bits:read"),
            (Platform::Twitch, Self::ReadChat) => Some("user:read:chat"),
            (Platform::YouTube, Self::Manage | Self::Chat) => Some(YOUTUBE_CHANGE),
            (Platform::Kick, Self::Manage) => Some("channel:write"),
            (Platform::Kick, Self::Chat) => Some("chat:write"),
            (Platform::YouTube | Platform::Kick | Platform::Spotify, _) => None,
        }
    }
}

/// What somebody is asked for: what connecting takes, what they let us do already, and what these take.
pub(crate) fn asked_for(platform: Platform, held: &[String], rights: &[Right]) -> Vec<String> {
    let mut all: BTreeSet<String> = least(platform).iter().map(|scope| (*scope).to_owned()).collect();
    all.extend(held.iter().cloned());
    all.extend(rights.iter().filter_map(|right| right.scope(platform)).map(str::to_owned));
    all.into_iter().collect()
}

/// What a scope lets us do, as a person reads it.
pub fn words(scope: &str) -> &str {
    match scope {
        "channel:manage:broadcast" => "change your title, category and tags, and set markers",
        "clips:edit" => "make clips",
        "user:write:chat" | "chat:write" => "write in chat as you",
        "moderator:manage:announcements" => "announce in your chat",
        "channel:manage:raids" => "begin raids",
        "moderator:read:followers" => "see who follows you",
        "channel:read:subscriptions" => "see who subscribes to you",
        "bits:read" => "see who cheers",
        "user:read:chat" => "read your chat",
        YOUTUBE_READ => "see your channel and your broadcasts",
        YOUTUBE_CHANGE => "change your broadcasts, and write in their chats",
        "user:read" => "see who you are",
        "channel:read" => "see your channel",
        "channel:write" => "change your title, category and tags",
        "user-read-currently-playing" => "see what you listen to",
        // One that somebody asked for who is no longer here.
        other => other,
    }
}

/// All that scopes let us do, in a sentence.
pub(crate) fn sentence(scopes: &[String]) -> String {
    if scopes.is_empty() {
        return "I may see who you are, and nothing else.".to_owned();
    }
    let all: Vec<&str> = scopes.iter().map(|scope| words(scope)).collect();
    format!("I may {}.", all.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connecting_asks_for_no_more_than_it_takes() {
        assert!(asked_for(Platform::Twitch, &[], &[]).is_empty());
        assert_eq!(asked_for(Platform::Kick, &[], &[]), ["channel:read", "user:read"]);
        for platform in Platform::ALL {
            let all = asked_for(platform, &[], &[]).join(" ");
            assert!(!["write", "manage", "edit", "force", "email"].iter().any(|word| all.contains(word)), "{all}");
        }
    }

    #[test]
    fn who_is_asked_for_more_keeps_what_they_gave() {
        let held = vec!["clips:edit".to_owned()];
        let all = asked_for(Platform::Twitch, &held, &[Right::Chat, Right::Chat]);
        assert_eq!(all, ["clips:edit", "user:write:chat"]);
    }

    #[test]
    fn every_scope_that_is_asked_for_has_words() {
        for platform in Platform::ALL {
            let rights = [Right::Manage, Right::Clip, Right::Chat, Right::Announce, Right::Raid];
            for scope in asked_for(platform, &[], &[rights.as_slice(), &Right::EVENTS].concat()) {
                assert_ne!(words(&scope), scope);
            }
        }
    }
}
