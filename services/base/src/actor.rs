//! Who asks, from where, and what they are in that guild at this moment.

use serde::{Deserialize, Serialize};

use crate::Secret;

/// A Discord guild's snowflake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GuildId(pub u64);

/// A Discord user's snowflake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UserId(pub u64);

/// A Discord role's snowflake. A guild's @everyone has the guild's own number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RoleId(pub u64);

impl std::fmt::Display for RoleId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

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
    /// A message that was written in a thread of ours.
    Message,
    /// A model called a tool.
    Model,
    /// A schedule, a flow or a runbook.
    Automation,
}

/// Who asks, as a guild's policy tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asker {
    /// Somebody, with their own hands.
    Person,
    /// A model, on somebody's behalf.
    Model,
    /// Something that was set up once and goes on by itself, on behalf of who set it up.
    Automation,
}

impl Way {
    /// The word the audit log keeps.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Press => "press",
            Self::Form => "form",
            Self::Message => "message",
            Self::Model => "model",
            Self::Automation => "automation",
        }
    }

    /// The way of this word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Command, Self::Press, Self::Form, Self::Message, Self::Model, Self::Automation]
            .into_iter()
            .find(|way| way.as_str() == text)
    }

    /// Who comes in by it.
    pub fn asker(self) -> Asker {
        match self {
            Self::Command | Self::Press | Self::Form | Self::Message => Asker::Person,
            Self::Model => Asker::Model,
            Self::Automation => Asker::Automation,
        }
    }
}

impl Asker {
    /// The word a guild's policy keeps.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Model => "model",
            Self::Automation => "automation",
        }
    }

    /// The asker of this word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Person, Self::Model, Self::Automation].into_iter().find(|asker| asker.as_str() == text)
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
    /// Their roles, without @everyone.
    pub roles: Vec<RoleId>,
    /// Who asks in their name, where they do not ask themselves: "Jarvis", or a schedule's name.
    pub agent: Option<String>,
    /// How they asked.
    pub way: Way,
    /// How they can still be answered by another process, in words only their way in understands.
    pub reply_to: Option<Secret>,
}

impl Actor {
    /// Whether they are this role: everybody is @everyone, the role with the guild's own number.
    pub fn has_role(&self, role: RoleId) -> bool {
        role.0 == self.guild.0 || self.roles.contains(&role)
    }

    /// The person as a mention that pings nobody unless the message allows it.
    pub fn mention(&self) -> String {
        format!("<@{}>", self.user)
    }
}
