//! Gives a member a role, and takes it.

use base::{GuildId, RoleId, UserId};
use poise::serenity_prelude as serenity;
use serenity::http::{LightMethod, Request, Route};

use crate::rest::{Rank, Rest, Sent};

/// What is to become of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum To {
    /// They have it.
    Give,
    /// They do not.
    Take,
}

/// Has a member have a role or not; whoever does already is left as they are.
pub(crate) async fn set(rest: &Rest, guild: GuildId, (member, role): (UserId, RoleId), to: To, rank: Rank) -> Sent {
    let route = Route::GuildMemberRole {
        guild_id: serenity::GuildId::new(guild.0),
        user_id: serenity::UserId::new(member.0),
        role_id: serenity::RoleId::new(role.0),
    };
    let method = match to {
        To::Give => LightMethod::Put,
        To::Take => LightMethod::Delete,
    };
    rest.send_only(Request::new(route, method), rank).await
}
