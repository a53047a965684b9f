//! Members and roles of a guild, as its streams need them, as Discord says at this moment.

use std::time::Duration;

use base::{Error, GuildId, Result, RoleId, UserId};
use futures::future::{BoxFuture, FutureExt};
use guilds::permission::MENTION_EVERYONE;
use hub::Members as _;
use poise::serenity_prelude as serenity;
use serde::Deserialize;
use serde_json::Value;
use serenity::{Permissions, http::Route};
use streams::{Members, RoleFacts, Withheld};

use crate::{
    Discord,
    asked::{
        role::{To, set},
        status,
    },
    place::{channel, standing},
    rest::{Rank, Rest, Sent},
};

/// Whoever pressed a button waits for the answer.
const DEADLINE: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct Role {
    id: serenity::RoleId,
    name: String,
    permissions: Permissions,
    position: u16,
    #[serde(default)]
    managed: bool,
    #[serde(default)]
    mentionable: bool,
}

#[derive(Deserialize)]
struct Member {
    roles: Vec<serenity::RoleId>,
}

impl Members for Discord {
    fn roles(&self, guild: GuildId, member: UserId) -> BoxFuture<'_, Result<Option<Vec<RoleId>>>> {
        let standing = self.standing(guild, member);
        async move { Ok(standing.await?.map(|one| one.roles)) }.boxed()
    }

    fn role(&self, guild: GuildId, role: RoleId) -> BoxFuture<'_, Result<Option<RoleFacts>>> {
        in_time(async move { facts(&self.0, guild, role).await.map_err(lost) }).boxed()
    }

    fn give(&self, guild: GuildId, member: UserId, role: RoleId) -> BoxFuture<'_, Result<bool>> {
        let given = async move {
            match set(&self.0, guild, (member, role), To::Give, Rank::Answer).await {
                Ok(()) => Ok(true),
                Err(error) if status(&error) == Some(404) => Ok(false),
                Err(error) => Err(refused(error)),
            }
        };
        in_time(given).boxed()
    }

    fn take(&self, guild: GuildId, member: UserId, role: RoleId) -> BoxFuture<'_, Result<()>> {
        let taken = async move {
            match set(&self.0, guild, (member, role), To::Take, Rank::Answer).await {
                Err(error) if status(&error) != Some(404) => Err(refused(error)),
                _ => Ok(()),
            }
        };
        in_time(taken).boxed()
    }

    fn may_mention(&self, guild: GuildId, channel: Option<u64>) -> BoxFuture<'_, Result<bool>> {
        in_time(async move { may_mention(&self.0, guild, channel).await.map_err(lost) }).boxed()
    }

    fn name(&self, guild: GuildId) -> BoxFuture<'_, Result<String>> {
        tickets::Members::guild_name(self, guild)
    }

    fn is_text(&self, guild: GuildId, channel: u64) -> BoxFuture<'_, Result<bool>> {
        let asked = tickets::Members::channel(self, guild, channel);
        async move { Ok(asked.await? == Some(tickets::ChannelKind::Text)) }.boxed()
    }
}

async fn in_time<T>(asked: impl Future<Output = Result<T>> + Send) -> Result<T> {
    let silent = || Error::Busy("Discord does not answer. Try again in a moment.".to_owned());
    tokio::time::timeout(DEADLINE, asked).await.unwrap_or_else(|_| Err(silent()))
}

fn lost(error: serenity::Error) -> Error {
    Error::internal("asking Discord about roles", error)
}

fn refused(error: serenity::Error) -> Error {
    if status(&error) == Some(403) {
        return Error::Busy(
            "Discord does not let me give that role: it takes Manage Roles. Nothing was changed.".to_owned(),
        );
    }
    Error::internal("giving a role", error)
}

async fn facts(rest: &Rest, guild: GuildId, role: RoleId) -> Sent<Option<RoleFacts>> {
    let (guild_id, user_id) = (serenity::GuildId::new(guild.0), rest.me().await.user);
    let (all, me) = tokio::join!(
        rest.fetch::<Vec<Role>>(Route::GuildRoles { guild_id }, None, Rank::Answer),
        rest.fetch::<Member>(Route::GuildMember { guild_id, user_id }, None, Rank::Answer),
    );
    let (all, me) = (all?, me?);
    let everyone = all.iter().find(|one| one.id.get() == guild.0).map_or(Permissions::empty(), |one| one.permissions);
    let highest = all.iter().filter(|one| me.roles.contains(&one.id)).map(|one| one.position).max().unwrap_or(0);
    let found = all.into_iter().find(|one| one.id.get() == role.0 && one.id.get() != guild.0);
    Ok(found.map(|one| RoleFacts {
        withheld: withheld(&one, highest, everyone),
        mentionable: one.mentionable,
        name: one.name,
    }))
}

/// Why a role is given to nobody, where the bot's highest stands there and everybody may do that.
fn withheld(role: &Role, highest: u16, everyone: Permissions) -> Option<Withheld> {
    if role.managed {
        Some(Withheld::Managed)
    } else if role.position >= highest {
        Some(Withheld::NotBelow)
    } else if !everyone.contains(role.permissions) {
        Some(Withheld::Powerful)
    } else {
        None
    }
}

async fn may_mention(rest: &Rest, guild: GuildId, place: Option<u64>) -> Sent<bool> {
    let facts = standing(rest, guild).await?;
    let bits = match place.filter(|id| *id != 0) {
        Some(id) => {
            let route = Route::Channel { channel_id: serenity::ChannelId::new(id) };
            match rest.fetch::<Value>(route, None, Rank::Answer).await {
                Ok(found) => facts.allowed_in(&channel(&found)),
                // Where it is gone, or cannot be seen, nobody is pinged.
                Err(error) if matches!(status(&error), Some(403 | 404)) => 0,
                Err(error) => return Err(error),
            }
        }
        None => facts.allowed(),
    };
    Ok(bits & MENTION_EVERYONE.bit != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_role_that_is_below_us_harmless_and_nobodys_own_is_given() {
        let role = |position, permissions, managed| {
            let id = serenity::RoleId::new(7);
            let role = Role { id, name: "Fans".to_owned(), permissions, position, managed, mentionable: false };
            withheld(&role, 3, Permissions::VIEW_CHANNEL)
        };
        assert_eq!(role(2, Permissions::VIEW_CHANNEL, false), None);
        assert_eq!(role(3, Permissions::empty(), false), Some(Withheld::NotBelow));
        assert_eq!(role(2, Permissions::MANAGE_MESSAGES, false), Some(Withheld::Powerful));
        assert_eq!(role(2, Permissions::empty(), true), Some(Withheld::Managed));
    }
}
