//! Who somebody is in a guild, as Discord says at this moment.
//!
//! **Invariant:** nothing is remembered: a role taken away is gone with the next question.

use std::time::Duration;

use base::{Error, GuildId, Result, RoleId, UserId};
use futures::future::{BoxFuture, FutureExt};
use hub::{Members, Standing};
use poise::serenity_prelude as serenity;
use serde::Deserialize;
use serenity::{Permissions, http::Route};

use crate::{
    asked::{code, status},
    rest::{Rank, Rest},
};

/// Whoever pressed a button waits for the answer.
const DEADLINE: Duration = Duration::from_secs(8);
/// Discord's own numbers for somebody who is not in a guild, and for somebody who is nowhere any more.
const UNKNOWN: [isize; 2] = [10_007, 10_013];

/// Asks Discord.
pub struct Discord(pub Rest);

impl Members for Discord {
    fn standing(&self, guild: GuildId, user: UserId) -> BoxFuture<'_, Result<Option<Standing>>> {
        in_time(&self.0, guild, user, Rank::Answer)
    }

    fn standing_later(&self, guild: GuildId, user: UserId) -> BoxFuture<'_, Result<Option<Standing>>> {
        in_time(&self.0, guild, user, Rank::Background)
    }
}

impl accounts::Members for Discord {
    fn is_member(&self, guild: GuildId, user: UserId) -> BoxFuture<'_, Result<bool>> {
        let (guild_id, user_id) = (serenity::GuildId::new(guild.0), serenity::UserId::new(user.0));
        let asked = self.0.fetch::<serde_json::Value>(Route::GuildMember { guild_id, user_id }, None, Rank::Background);
        async move {
            match tokio::time::timeout(DEADLINE, asked).await {
                Ok(Ok(_)) => Ok(true),
                // A server that is gone or out of reach is another answer.
                Ok(Err(error)) if code(&error).is_some_and(|code| UNKNOWN.contains(&code)) => Ok(false),
                Ok(Err(error)) => Err(Error::internal("asking Discord who is a member", error)),
                Err(_) => Err(Error::Busy("Discord does not say who is a member.".to_owned())),
            }
        }
        .boxed()
    }
}

fn in_time(rest: &Rest, guild: GuildId, user: UserId, rank: Rank) -> BoxFuture<'_, Result<Option<Standing>>> {
    let asked = tokio::time::timeout(DEADLINE, ask(rest, guild, user, rank));
    let silent = || Error::Busy("Discord does not say who may do this. Nothing was done; try again.".to_owned());
    asked.map(move |asked| asked.unwrap_or_else(|_| Err(silent()))).boxed()
}

async fn ask(rest: &Rest, guild: GuildId, user: UserId, rank: Rank) -> Result<Option<Standing>> {
    let lost = |error| Error::internal("asking Discord who may do this", error);
    let (guild_id, user_id) = (serenity::GuildId::new(guild.0), serenity::UserId::new(user.0));
    let (guild, member) = tokio::join!(
        rest.fetch::<Guild>(Route::Guild { guild_id }, None, rank),
        rest.fetch::<Member>(Route::GuildMember { guild_id, user_id }, None, rank),
    );
    let member = match member {
        Ok(member) => member,
        Err(error) if status(&error) == Some(404) => return Ok(None),
        Err(error) => return Err(lost(error)),
    };
    let guild = guild.map_err(lost)?;
    let owner = guild.owner_id.get() == user.0;
    Ok(Some(Standing {
        name: member.user.username.clone(),
        administrator: owner || is_administrator(&guild, &member.roles),
        owner,
        roles: member.roles.iter().map(|role| RoleId(role.get())).collect(),
    }))
}

/// What Discord says of a guild that matters here.
#[derive(Deserialize)]
struct Guild {
    id: serenity::GuildId,
    owner_id: serenity::UserId,
    roles: Vec<Role>,
}

#[derive(Deserialize)]
struct Role {
    id: serenity::RoleId,
    permissions: Permissions,
}

#[derive(Deserialize)]
struct Member {
    user: User,
    roles: Vec<serenity::RoleId>,
}

#[derive(Deserialize)]
struct User {
    username: String,
}

/// As Discord computes it: @everyone is the role with the guild's own number.
fn is_administrator(guild: &Guild, roles: &[serenity::RoleId]) -> bool {
    let everyone = serenity::RoleId::new(guild.id.get());
    let held = guild.roles.iter().filter(|role| role.id == everyone || roles.contains(&role.id));
    held.fold(Permissions::empty(), |all, role| all | role.permissions).administrator()
}
