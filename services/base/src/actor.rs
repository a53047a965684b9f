//! Who asks, from where, and what they are in that guild at this moment.

use serde::{Deserialize, Serialize};

use crate::Secret;

/// A Discord guild's snowflake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GuildId(pub u64);

/// A Discord user's snowflake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UserId(pub u64);

impl std::fmt::Display for GuildId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::fmt::Display for UserId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The door somebody came in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// A slash command.
    Command,
    /// A button or a select menu.
    Press,
    /// A form that was filled in.
    Form,
}

impl Way {
    /// The word the audit log keeps.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Press => "press",
            Self::Form => "form",
        }
    }
}

/// The person on whose behalf something is done.
///
/// It is made anew for each interaction: what a person may do is what they may do now, never what they might once.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The guild it happens in. Nothing of one guild is reachable from another.
    pub guild: GuildId,
    /// The person.
    pub user: UserId,
    /// Their name, for logs.
    pub name: String,
    /// The guild's owner, or somebody whose roles include Administrator.
    pub administrator: bool,
    /// How they asked.
    pub way: Way,
    /// How they can still be answered by another process, in words only their way in understands.
    pub reply_to: Option<Secret>,
}

impl Actor {
    /// The person as a mention that pings nobody unless the message allows it.
    pub fn mention(&self) -> String {
        format!("<@{}>", self.user)
    }
}
