//! The state of this Discord: who is there, what was said, what was asked. Pure: no sockets, no tasks, no clock.
//!
//! **Invariant:** whoever holds the world holds all of it (one lock). A change appends its `effects`, and the caller delivers
//! them before letting go, so events leave in the order things happened.

pub(crate) mod attachments;
pub(crate) mod channels;
pub(crate) mod commands;
pub(crate) mod crowd;
pub(crate) mod faces;
pub(crate) mod forms;
pub(crate) mod forums;
mod founding;
pub(crate) mod guilds;
pub(crate) mod interactions;
pub(crate) mod invocations;
pub(crate) mod limits;
pub(crate) mod logins;
pub(crate) mod media;
pub(crate) mod members;
pub(crate) mod mentions;
pub(crate) mod messages;
pub(crate) mod moderation;
pub(crate) mod overwrites;
pub(crate) mod permissions;
pub(crate) mod pins;
pub(crate) mod presses;
pub(crate) mod reactions;
pub(crate) mod references;
pub(crate) mod resolved;
pub(crate) mod responses;
pub(crate) mod threads;
pub(crate) mod users;

use crate::clock::{self, Millis};
use crate::judge::Actor;
use crate::snowflake::{self, Id, Snowflakes};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

#[derive(Debug)]
pub(crate) struct World {
    /// When the current change happens; set by whoever takes the lock.
    pub(crate) now: Millis,
    pub(crate) ids: Snowflakes,
    pub(crate) application: users::Application,
    pub(crate) users: BTreeMap<Id, users::User>,
    pub(crate) guilds: BTreeMap<Id, guilds::Guild>,
    pub(crate) channels: BTreeMap<Id, channels::Channel>,
    /// By channel, then by id, so a channel's messages are in the order they were written.
    pub(crate) messages: BTreeMap<Id, BTreeMap<Id, messages::Message>>,
    pub(crate) commands: BTreeMap<Id, commands::Command>,
    pub(crate) interactions: BTreeMap<Id, interactions::Interaction>,
    pub(crate) attachments: BTreeMap<Id, attachments::Attachment>,
    pub(crate) limits: limits::Limits,
    pub(crate) logins: logins::Logins,
    pub(crate) effects: Vec<Effect>,
    /// How long the bot took to acknowledge, the newest [`interactions::MEASURED`] times.
    pub(crate) acknowledged: VecDeque<Duration>,
    /// People who take no direct messages.
    pub(crate) unreachable: BTreeSet<Id>,
}

/// What a change asks the outside to do.
#[derive(Debug)]
pub(crate) enum Effect {
    Tell(Event),
    /// Come back when the three seconds of this interaction are over.
    Await(Id),
    Accuse {
        rule: &'static str,
        detail: String,
    },
}

/// Something gateway sessions are told.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) name: &'static str,
    pub(crate) data: Value,
    pub(crate) audience: Audience,
    /// Where it happened, which decides the shard; `None` in direct messages.
    pub(crate) guild: Option<Id>,
}

#[derive(Debug, Clone)]
pub(crate) enum Audience {
    /// Every member of a guild.
    Guild(Id),
    /// Everybody who may see a channel.
    Channel(Id),
    /// These accounts: who saw a channel that is gone now.
    Accounts(Vec<Id>),
    /// One person, and nobody else.
    User(Id),
    /// The bot, and one person: messages that are ephemeral.
    Whisper { user: Id, channel: Id },
    /// The bot only, on the shard of this guild (or shard 0).
    Bot(Option<Id>),
}

impl World {
    pub(crate) fn tell(&mut self, name: &'static str, audience: Audience, data: Value) {
        let guild = match &audience {
            Audience::Guild(guild) => Some(*guild),
            Audience::Channel(channel) => self.channels.get(channel).and_then(|channel| channel.guild),
            Audience::Bot(guild) => *guild,
            Audience::Accounts(_) => data.get("guild_id").and_then(snowflake::parse),
            Audience::User(_) | Audience::Whisper { .. } => None,
        };
        self.effects.push(Effect::Tell(Event { name, data, audience, guild }));
    }

    pub(crate) fn accuse(&mut self, rule: &'static str, detail: String) {
        self.effects.push(Effect::Accuse { rule, detail });
    }

    pub(crate) fn next_id(&mut self) -> Id {
        self.ids.next(self.now)
    }

    /// The account behind an actor: the bot has one too.
    pub(crate) fn account(&self, actor: Actor) -> Option<Id> {
        match actor {
            Actor::Bot => Some(self.application.id),
            Actor::User(id) => Some(id),
            Actor::Nobody => None,
        }
    }

    pub(crate) fn iso_now(&self) -> String {
        clock::iso(self.now)
    }
}
