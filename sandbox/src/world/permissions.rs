//! Who may do what where: Discord's permission bits and how they add up.
//!
//! **Invariant:** the order is Discord's: @everyone, roles, then the channel's overwrites for @everyone, for roles (all
//! denials, then all allowances), for the member. The owner and ADMINISTRATOR skip all of it.

use super::World;
use super::channels::Channel;
use crate::snowflake::Id;
use serde::Serialize;
use serde_json::{Value, json};

pub(crate) type Bits = u64;

pub(crate) const KICK_MEMBERS: Bits = 1 << 1;
pub(crate) const BAN_MEMBERS: Bits = 1 << 2;
pub(crate) const ADMINISTRATOR: Bits = 1 << 3;
pub(crate) const MANAGE_CHANNELS: Bits = 1 << 4;
pub(crate) const ADD_REACTIONS: Bits = 1 << 6;
pub(crate) const VIEW_CHANNEL: Bits = 1 << 10;
pub(crate) const SEND_MESSAGES: Bits = 1 << 11;
pub(crate) const SEND_TTS_MESSAGES: Bits = 1 << 12;
pub(crate) const MANAGE_MESSAGES: Bits = 1 << 13;
pub(crate) const EMBED_LINKS: Bits = 1 << 14;
pub(crate) const ATTACH_FILES: Bits = 1 << 15;
pub(crate) const READ_MESSAGE_HISTORY: Bits = 1 << 16;
pub(crate) const MENTION_EVERYONE: Bits = 1 << 17;
pub(crate) const CHANGE_NICKNAME: Bits = 1 << 26;
pub(crate) const MANAGE_NICKNAMES: Bits = 1 << 27;
pub(crate) const MANAGE_ROLES: Bits = 1 << 28;
pub(crate) const USE_APPLICATION_COMMANDS: Bits = 1 << 31;
pub(crate) const MANAGE_THREADS: Bits = 1 << 34;
pub(crate) const CREATE_PUBLIC_THREADS: Bits = 1 << 35;
pub(crate) const CREATE_PRIVATE_THREADS: Bits = 1 << 36;
pub(crate) const SEND_MESSAGES_IN_THREADS: Bits = 1 << 38;
pub(crate) const MODERATE_MEMBERS: Bits = 1 << 40;
pub(crate) const PIN_MESSAGES: Bits = 1 << 51;
pub(crate) const BYPASS_SLOWMODE: Bits = 1 << 52;
/// The rest of the bits have names in Discord's documentation and nothing here that asks for them: `CREATE_GUILD_EXPRESSIONS`
/// (43) and `CREATE_EVENTS` (44) among them, whose routes are not served.
///
/// Every bit Discord has documented (0 to 52).
pub(crate) const ALL: Bits = (1 << 53) - 1;
/// What @everyone may in the guild one starts with: see, write, react, attach, use commands, speak.
pub(crate) const EVERYONE: Bits = ADD_REACTIONS
    | VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | CHANGE_NICKNAME
    | USE_APPLICATION_COMMANDS
    | CREATE_PUBLIC_THREADS
    | SEND_MESSAGES_IN_THREADS
    | (1 << 18) // use external emojis
    | (1 << 20) // connect
    | (1 << 21) // speak
    | (1 << 25); // use voice activity
/// What the bot's own role gives it.
pub(crate) const BOT: Bits = EVERYONE
    | MANAGE_CHANNELS
    | MANAGE_MESSAGES
    | MANAGE_ROLES
    | MANAGE_NICKNAMES
    | MANAGE_THREADS
    | CREATE_PRIVATE_THREADS
    | MODERATE_MEMBERS
    | PIN_MESSAGES;
/// What is left to somebody who is timed out.
const LOOKING: Bits = VIEW_CHANNEL | READ_MESSAGE_HISTORY;
/// In a direct message everybody may do what makes sense there.
const DIRECT: Bits = VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | ADD_REACTIONS
    | PIN_MESSAGES
    | USE_APPLICATION_COMMANDS;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Target {
    Role,
    Member,
}

/// An exception to the guild's permissions in one channel.
#[derive(Debug, Clone)]
pub(crate) struct Overwrite {
    pub(crate) id: Id,
    pub(crate) target: Target,
    pub(crate) allow: Bits,
    pub(crate) deny: Bits,
}

impl Overwrite {
    pub(crate) fn json(&self) -> Value {
        let kind = u8::from(self.target == Target::Member);
        json!({"id": self.id.to_string(), "type": kind, "allow": self.allow.to_string(), "deny": self.deny.to_string()})
    }

    /// Reads an overwrite as Discord sends and takes it; `None` for one without a usable id or type.
    pub(crate) fn parse(value: &Value) -> Option<Self> {
        let target = if value.get("type")?.as_u64()? == 1 { Target::Member } else { Target::Role };
        let id = crate::snowflake::parse(value.get("id")?)?;
        Some(Self { id, target, allow: bits(value.get("allow")), deny: bits(value.get("deny")) })
    }
}

/// Permission bits as sent: a string of digits or a number; anything else is none.
pub(crate) fn bits(value: Option<&Value>) -> Bits {
    value.and_then(crate::snowflake::parse).unwrap_or(0)
}

impl World {
    /// What a member may in the whole guild, before any channel's exceptions. Zero for somebody who is not in it.
    pub(crate) fn guild_permissions(&self, guild: Id, user: Id) -> Bits {
        let Some(home) = self.guilds.get(&guild) else { return 0 };
        let Some(member) = home.members.get(&user) else { return 0 };
        if home.owner == user {
            return ALL;
        }
        let base = home.roles.iter().filter(|(id, _)| **id == guild || member.roles.contains(id));
        let bits = base.fold(0, |bits, (_, role)| bits | role.permissions);
        if bits & ADMINISTRATOR != 0 {
            return ALL;
        }
        // Whoever is timed out keeps only what looking takes, in the whole guild.
        if member.timed_out_until.is_some_and(|until| until > self.now) { bits & LOOKING } else { bits }
    }

    /// What a user may in a channel; a thread counts as its parent.
    pub(crate) fn permissions(&self, user: Id, channel: Id) -> Bits {
        let Some(found) = self.channels.get(&channel) else { return 0 };
        let Some(guild) = found.guild else {
            return if found.recipients.contains(&user) { DIRECT } else { 0 };
        };
        let place =
            found.thread.as_ref().and(found.parent).and_then(|parent| self.channels.get(&parent)).unwrap_or(found);
        let sending = if found.thread.is_some() { SEND_MESSAGES_IN_THREADS } else { SEND_MESSAGES };
        let bits = self.with_overwrites(guild, user, place, sending);
        if found.is_private_thread() && !found.has_thread_member(user) && bits & MANAGE_THREADS == 0 {
            return 0;
        }
        bits
    }

    fn with_overwrites(&self, guild: Id, user: Id, place: &Channel, sending: Bits) -> Bits {
        let base = self.guild_permissions(guild, user);
        if base == ALL {
            return ALL;
        }
        let Some(member) = self.guilds.get(&guild).and_then(|home| home.members.get(&user)) else { return 0 };
        let mut bits = base;
        let mut apply = |allow: Bits, deny: Bits| bits = (bits & !deny) | allow;
        let of_role =
            |id: Id| place.overwrites.iter().find(move |found| found.target == Target::Role && found.id == id);
        if let Some(everyone) = of_role(guild) {
            apply(everyone.allow, everyone.deny);
        }
        let roles = member.roles.iter().filter_map(|role| of_role(*role));
        let (allow, deny) = roles.fold((0, 0), |(allow, deny), found| (allow | found.allow, deny | found.deny));
        apply(allow, deny);
        if let Some(own) = place.overwrites.iter().find(|found| found.target == Target::Member && found.id == user) {
            apply(own.allow, own.deny);
        }
        if member.timed_out_until.is_some_and(|until| until > self.now) {
            bits &= LOOKING;
        }
        if bits & VIEW_CHANNEL == 0 { 0 } else { without_silenced(bits, place, sending) }
    }

    pub(crate) fn can_see(&self, user: Id, channel: Id) -> bool {
        self.permissions(user, channel) & VIEW_CHANNEL != 0
    }

    /// The position of somebody's highest role, which decides whom they may manage. The owner stands above all.
    pub(crate) fn rank(&self, guild: Id, user: Id) -> i64 {
        let Some(home) = self.guilds.get(&guild) else { return -1 };
        if home.owner == user {
            return i64::MAX;
        }
        let roles = home.members.get(&user).map(|member| member.roles.as_slice()).unwrap_or_default();
        roles.iter().filter_map(|role| home.roles.get(role)).map(|role| role.position).max().unwrap_or(0)
    }
}

/// Who may not send may not do the things that need sending (documented as "implicit permissions").
fn without_silenced(bits: Bits, place: &Channel, sending: Bits) -> Bits {
    let voice = matches!(place.kind, super::channels::VOICE);
    if bits & sending != 0 || voice {
        bits
    } else {
        bits & !(MENTION_EVERYONE | ATTACH_FILES | EMBED_LINKS | SEND_TTS_MESSAGES)
    }
}
