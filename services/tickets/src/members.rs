//! Who somebody is in a guild, as whoever knows Discord says at this moment.

use base::{GuildId, Result, RoleId, UserId};
use futures::future::BoxFuture;

use crate::Words;

/// Somebody in a guild.
#[derive(Debug, Clone)]
pub struct Member {
    /// Their roles, without @everyone.
    pub roles: Vec<RoleId>,
    /// Whether they may do everything there.
    pub administrator: bool,
}

/// What a channel is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelKind {
    /// People write in it.
    Text,
    /// Other channels are under it.
    Folder,
    /// People write posts in it.
    Forum,
    /// Something else.
    Other,
}

/// Knows the members of guilds.
pub trait Members: Send + Sync {
    /// What somebody is in a guild; none if they are not in it.
    fn member(&self, guild: GuildId, user: UserId) -> BoxFuture<'_, Result<Option<Member>>>;

    /// People who hold one of these roles, as many as a thread can do with. None of them where Discord does not tell.
    fn holders(&self, guild: GuildId, roles: Vec<RoleId>) -> BoxFuture<'_, Result<Vec<UserId>>>;

    /// The last words that people wrote in a guild's thread, the oldest first.
    fn last_words(&self, guild: GuildId, thread: u64, most: usize) -> BoxFuture<'_, Result<Vec<Words>>>;

    /// What a guild is called.
    fn guild_name(&self, guild: GuildId) -> BoxFuture<'_, Result<String>>;

    /// What kind of channel that is; none where there is none in this guild that the bot sees.
    fn channel(&self, guild: GuildId, channel: u64) -> BoxFuture<'_, Result<Option<ChannelKind>>>;
}
