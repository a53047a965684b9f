//! Who somebody is in a guild at this moment, asked of whoever knows.

use base::{Actor, GuildId, Result, RoleId, UserId, Way};
use futures::future::BoxFuture;

/// What somebody is in a guild.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Their name.
    pub name: String,
    /// Their roles, without @everyone.
    pub roles: Vec<RoleId>,
    /// The guild's owner, or somebody whose roles include Administrator.
    pub administrator: bool,
    /// The guild's owner.
    pub owner: bool,
}

/// Knows the members of guilds as they are now, never as they were.
pub trait Members: Send + Sync {
    /// What somebody is in a guild; none if they are not in it.
    fn standing(&self, guild: GuildId, user: UserId) -> BoxFuture<'_, Result<Option<Standing>>>;

    /// The same where nobody waits for the answer: whoever has somebody waiting asks first.
    fn standing_later(&self, guild: GuildId, user: UserId) -> BoxFuture<'_, Result<Option<Standing>>> {
        self.standing(guild, user)
    }
}

impl Standing {
    /// Somebody who did not come in by themselves, as they are now.
    pub(crate) fn actor(self, guild: GuildId, user: UserId) -> Actor {
        Actor {
            guild,
            user,
            name: self.name,
            administrator: self.administrator,
            roles: self.roles,
            agent: None,
            way: Way::Press,
            reply_to: None,
        }
    }
}
