//! Who somebody is in a guild, as whoever knows Discord says at this moment.

use base::{GuildId, Result, RoleId, UserId};
use futures::future::BoxFuture;

/// Somebody in a guild.
#[derive(Debug, Clone)]
pub struct Member {
    /// Their roles, without @everyone.
    pub roles: Vec<RoleId>,
    /// Whether they may do everything there.
    pub administrator: bool,
}

/// Knows the members of guilds.
pub trait Members: Send + Sync {
    /// What somebody is in a guild; none if they are not in it.
    fn member(&self, guild: GuildId, user: UserId) -> BoxFuture<'_, Result<Option<Member>>>;

    /// People who hold one of these roles, as many as a thread can do with. None of them where Discord does not tell.
    fn holders(&self, guild: GuildId, roles: Vec<RoleId>) -> BoxFuture<'_, Result<Vec<UserId>>>;

    /// Whether there is such a text channel in a guild that the bot sees.
    fn is_text_channel(&self, guild: GuildId, channel: u64) -> BoxFuture<'_, Result<bool>>;
}
