//! What this crate asks of Discord: how a guild stands, which commands are there, the bot's face. Whoever talks to it does that.

use base::{GuildId, Millis, Result, RoleId, UserId};
use futures::future::BoxFuture;

use crate::{Feature, permission};

/// Discord, as far as a guild's features and settings are concerned.
pub trait Discord: Send + Sync {
    /// How a guild stands now.
    fn facts(&self, guild: GuildId) -> BoxFuture<'_, Result<Facts>>;
    /// Brings a guild's list of commands up to date with the features that are on there.
    fn register<'a>(
        &'a self,
        guild: GuildId,
        on: &'a [&'static Feature],
        look: Look,
    ) -> BoxFuture<'a, Result<Registered>>;
    /// Changes how the bot looks in a guild.
    fn change_face<'a>(&'a self, guild: GuildId, face: &'a Face, reason: &'a str) -> BoxFuture<'a, Result<()>>;
    /// What a file that somebody attached to a command holds, at most so many bytes of it.
    fn fetch<'a>(&'a self, url: &'a str, most: usize) -> BoxFuture<'a, Result<Vec<u8>>>;
}

/// Whether what was last seen at Discord is taken for granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// It is: nothing is asked where the list should be as it is.
    Kept,
    /// It is asked anew: somebody else may have changed it.
    Anew,
}

/// What came of bringing a guild's commands up to date.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Registered {
    /// How many were made, changed or removed.
    pub changed: usize,
    /// Those that Discord does not take today: it allows 200 new ones in 24 hours.
    pub left_out: Vec<String>,
    /// When it takes some again.
    pub again: Option<i64>,
}

impl Registered {
    /// What is not there yet, as a sentence; none where all is.
    pub fn missing(&self) -> Option<String> {
        if self.left_out.is_empty() {
            return None;
        }
        let names: Vec<String> = self.left_out.iter().map(|name| format!("`/{name}`")).collect();
        let again = self.again.map_or_else(|| "later".to_owned(), |again| Millis(again).relative());
        let verb = if names.len() == 1 { "follows" } else { "follow" };
        Some(format!(
            "Discord takes 200 new commands a day here, and has had them: {} {verb} {again}.",
            names.join(", ")
        ))
    }
}

/// How a guild stands: its roles, its channels, and the bot in it.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The guild.
    pub guild: GuildId,
    /// What it is called.
    pub name: String,
    /// Who owns it.
    pub owner: UserId,
    /// Its roles.
    pub roles: Vec<Role>,
    /// Where Discord itself says who joined.
    pub system_channel: Option<u64>,
    /// Its channels.
    pub channels: Vec<Channel>,
    /// The bot.
    pub me: Member,
    /// The application's flags, which say what Discord sends it.
    pub flags: u64,
}

/// A role.
#[derive(Debug, Clone)]
pub struct Role {
    /// Its number.
    pub id: RoleId,
    /// What it is called.
    pub name: String,
    /// The higher, the more.
    pub position: i64,
    /// What it allows: raw bits.
    pub permissions: u64,
    /// Whether it is some bot's own, which nobody else can be given.
    pub managed: bool,
}

/// A channel.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its number.
    pub id: u64,
    /// What kind of channel, as Discord counts them: 0 is text.
    pub kind: u64,
    /// The lower, the further up.
    pub position: i64,
    /// Its exceptions: of whom, what is allowed, what is denied. Raw bits.
    pub overwrites: Vec<(u64, u64, u64)>,
}

/// The bot in a guild.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its number.
    pub user: UserId,
    /// Its roles, without @everyone.
    pub roles: Vec<RoleId>,
    /// What it is called here, where that is not its own name.
    pub nick: Option<String>,
    /// Its picture here, where it is not its own.
    pub avatar: Option<String>,
    /// Its banner here, where it is not its own.
    pub banner: Option<String>,
}

/// Something about the bot that can be changed in a guild.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// It stays as it is.
    Kept,
    /// As everywhere else.
    Reset,
    /// This, a picture as a data URI.
    Set(String),
}

/// How the bot shall look in a guild.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// Its name.
    pub nick: Part,
    /// Its picture.
    pub avatar: Part,
    /// The picture behind it.
    pub banner: Part,
    /// What it says about itself.
    pub bio: Part,
}

const EVERYTHING: u64 = u64::MAX;

impl Facts {
    /// What the bot may in the whole guild: raw bits.
    pub fn allowed(&self) -> u64 {
        if self.owner == self.me.user {
            return EVERYTHING;
        }
        let held = self.roles.iter().filter(|role| role.id.0 == self.guild.0 || self.me.roles.contains(&role.id));
        let bits = held.fold(0, |bits, role| bits | role.permissions);
        if bits & permission::ADMINISTRATOR.bit != 0 { EVERYTHING } else { bits }
    }

    /// What the bot may in a channel: everybody's exceptions first, then those of its roles, denials before allowances, then its
    /// own. Where it does not see the channel it may nothing there.
    pub fn allowed_in(&self, channel: &Channel) -> u64 {
        let bits = self.allowed();
        if bits == EVERYTHING {
            return bits;
        }
        let of = |id: u64| channel.overwrites.iter().find(move |(whose, ..)| *whose == id);
        let apply = |bits: u64, exception: Option<&(u64, u64, u64)>| {
            exception.map_or(bits, |(_, allow, deny)| (bits & !deny) | allow)
        };
        let bits = apply(bits, of(self.guild.0));
        let roles = self.me.roles.iter().filter_map(|role| of(role.0));
        let (allow, deny) = roles.fold((0, 0), |(allow, deny), (_, more, less)| (allow | more, deny | less));
        let bits = apply((bits & !deny) | allow, of(self.me.user.0));
        if bits & permission::VIEW_CHANNEL.bit == 0 { 0 } else { bits }
    }

    /// This channel, where it is still there.
    pub fn channel(&self, id: u64) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == id)
    }

    /// Where the bot can say something: Discord's own place for that, else the first text channel.
    pub fn first_writable(&self) -> Option<u64> {
        let takes = permission::VIEW_CHANNEL.bit | permission::SEND_MESSAGES.bit;
        let mut texts: Vec<&Channel> = self.channels.iter().filter(|channel| channel.kind == 0).collect();
        texts.sort_by_key(|channel| (Some(channel.id) != self.system_channel, channel.position));
        texts.into_iter().find(|channel| self.allowed_in(channel) & takes == takes).map(|channel| channel.id)
    }

    /// This role, where it is still there.
    pub fn role(&self, id: RoleId) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == id)
    }

    /// The bot's highest role, which decides whose roles it can change.
    pub fn highest(&self) -> Option<&Role> {
        self.roles.iter().filter(|role| self.me.roles.contains(&role.id)).max_by_key(|role| role.position)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const SEE: u64 = permission::VIEW_CHANNEL.bit;
    const SEND: u64 = permission::SEND_MESSAGES.bit;
    const ATTACH: u64 = permission::ATTACH_FILES.bit;

    pub(crate) fn facts(everyone: u64, own: u64) -> Facts {
        let role = |id, name: &str, position, permissions| Role {
            id: RoleId(id),
            name: name.to_owned(),
            position,
            permissions,
            managed: id == 5,
        };
        Facts {
            guild: GuildId(1),
            name: "Crew".to_owned(),
            owner: UserId(2),
            roles: vec![role(1, "@everyone", 0, everyone), role(5, "Nebula", 2, own), role(6, "Operators", 1, 0)],
            system_channel: None,
            channels: vec![channel(9, &[])],
            me: Member { user: UserId(3), roles: vec![RoleId(5)], nick: None, avatar: None, banner: None },
            flags: 0,
        }
    }

    fn channel(id: u64, overwrites: &[(u64, u64, u64)]) -> Channel {
        Channel { id, kind: 0, position: i64::try_from(id).unwrap(), overwrites: overwrites.to_vec() }
    }

    #[test]
    fn a_welcome_stands_in_the_first_channel_that_takes_it() {
        let mut facts = facts(SEE | SEND, 0);
        facts.channels = vec![channel(11, &[]), channel(9, &[(1, 0, SEND)]), channel(10, &[])];
        assert_eq!(facts.first_writable(), Some(10), "the topmost that can be written in");
        facts.system_channel = Some(11);
        assert_eq!(facts.first_writable(), Some(11));
        facts.system_channel = Some(9);
        assert_eq!(facts.first_writable(), Some(10), "the system channel only where it takes messages");
        facts.roles[0].permissions = SEE;
        assert_eq!(facts.first_writable(), None);
    }

    #[test]
    fn what_is_allowed_adds_up_as_discord_adds_it() {
        let mut facts = facts(SEE, SEND);
        assert_eq!(facts.allowed(), SEE | SEND);
        let in_channel = |facts: &Facts, overwrites: &[(u64, u64, u64)]| facts.allowed_in(&channel(9, overwrites));
        assert_eq!(in_channel(&facts, &[]), SEE | SEND);
        assert_eq!(in_channel(&facts, &[(1, 0, SEND)]), SEE, "everybody's exception counts for the bot too");
        assert_eq!(in_channel(&facts, &[(1, 0, SEND), (5, SEND, 0)]), SEE | SEND, "its role's comes after");
        assert_eq!(in_channel(&facts, &[(5, SEND, 0), (3, ATTACH, SEND)]), SEE | ATTACH, "and its own last");
        assert_eq!(in_channel(&facts, &[(1, 0, SEE)]), 0, "what is not seen is not used");
        facts.roles[1].permissions = permission::ADMINISTRATOR.bit;
        assert_eq!(in_channel(&facts, &[(1, 0, SEE)]), EVERYTHING);
    }
}
