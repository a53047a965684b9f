//! Members and roles of guilds, as whoever knows Discord says at this moment.

use base::{GuildId, Result, RoleId, UserId};
use futures::future::BoxFuture;

/// What a role is to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleFacts {
    /// What it is called.
    pub name: String,
    /// Why we give it to nobody; none where we may.
    pub withheld: Option<Withheld>,
    /// Whether everybody may mention it.
    pub mentionable: bool,
}

/// Why a role is given to nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// It comes with an app, a subscription or a boost, which alone give it.
    Managed,
    /// It is not below our own highest.
    NotBelow,
    /// Its holders may do what not everybody may.
    Powerful,
}

/// Knows the members of guilds.
pub trait Members: Send + Sync {
    /// The roles of somebody; none if they are not in the guild.
    fn roles(&self, guild: GuildId, member: UserId) -> BoxFuture<'_, Result<Option<Vec<RoleId>>>>;

    /// What a role of a guild's is; none where there is no such one, or it is everybody's.
    fn role(&self, guild: GuildId, role: RoleId) -> BoxFuture<'_, Result<Option<RoleFacts>>>;

    /// Gives somebody a role. The answer is whether they are in the guild.
    fn give(&self, guild: GuildId, member: UserId, role: RoleId) -> BoxFuture<'_, Result<bool>>;

    /// Takes a role from somebody. Who is not there does not have it.
    fn take(&self, guild: GuildId, member: UserId, role: RoleId) -> BoxFuture<'_, Result<()>>;

    /// Whether we may mention everybody and every role, in this channel or else in the guild.
    fn may_mention(&self, guild: GuildId, channel: Option<u64>) -> BoxFuture<'_, Result<bool>>;

    /// What a guild is called.
    fn name(&self, guild: GuildId) -> BoxFuture<'_, Result<String>>;

    /// Whether that is a text channel of this guild that the bot sees.
    fn is_text(&self, guild: GuildId, channel: u64) -> BoxFuture<'_, Result<bool>>;
}
