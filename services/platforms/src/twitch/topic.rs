//! What Twitch is asked to tell of: kinds of events of a channel, each in the version that we read and under its own condition.

use serde_json::{Value, json};

/// A kind of events of a channel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic {
    /// Which kind.
    pub kind: &'static str,
    /// Whose channel, by its id.
    pub channel: String,
}

/// What is told of a stream to whoever shows it.
pub const EVENTS: [&str; 6] = [
    "channel.follow",
    "channel.subscribe",
    "channel.subscription.gift",
    "channel.subscription.message",
    "channel.cheer",
    "channel.raid",
];
/// What is said in its chat.
pub const CHAT: &str = "channel.chat.message";
/// What its moderators take back of that: a message, all of somebody's, and everything.
pub const GONE: [&str; 3] = ["channel.chat.message_delete", "channel.chat.clear_user_messages", "channel.chat.clear"];

impl Topic {
    /// The version that we read, and what it is about, as somebody with this id sees it.
    pub(crate) fn asked(&self, user: &str) -> (&'static str, Value) {
        let channel = &self.channel;
        match self.kind {
            "channel.follow" => ("2", json!({ "broadcaster_user_id": channel, "moderator_user_id": user })),
            "channel.raid" => ("1", json!({ "to_broadcaster_user_id": channel })),
            kind if kind == CHAT || GONE.contains(&kind) => {
                ("1", json!({ "broadcaster_user_id": channel, "user_id": user }))
            }
            _ => ("1", json!({ "broadcaster_user_id": channel })),
        }
    }
}
