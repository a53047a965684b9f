//! Who somebody is in a guild, as Discord says at this moment.
//!
//! **Invariant:** nothing is remembered: a role taken away is gone with the next question.

use std::{sync::Arc, time::Duration};

use base::{Error, GuildId, Result, RoleId, UserId};
use futures::future::{BoxFuture, FutureExt};
use hub::{Members, Standing};
use poise::serenity_prelude as serenity;
use serenity::{Http, PartialGuild, Permissions};

use crate::asked::status;

/// Whoever pressed a button waits for the answer.
const DEADLINE: Duration = Duration::from_secs(8);

/// Asks Discord.
pub struct Discord(pub Arc<Http>);

impl Members for Discord {
    fn standing(&self, guild: GuildId, user: UserId) -> BoxFuture<'_, Result<Option<Standing>>> {
        let asked = tokio::time::timeout(DEADLINE, ask(&self.0, guild, user));
        let silent = || Error::Busy("Discord does not say who may do this. Nothing was done; try again.".to_owned());
        asked.map(move |asked| asked.unwrap_or_else(|_| Err(silent()))).boxed()
    }
}

async fn ask(http: &Http, guild: GuildId, user: UserId) -> Result<Option<Standing>> {
    let lost = |error| Error::internal("asking Discord who may do this", error);
    let place = serenity::GuildId::new(guild.0);
    let (guild, member) = tokio::join!(http.get_guild(place), http.get_member(place, serenity::UserId::new(user.0)));
    let member = match member {
        Ok(member) => member,
        Err(error) if status(&error) == Some(404) => return Ok(None),
        Err(error) => return Err(lost(error)),
    };
    let guild = guild.map_err(lost)?;
    let owner = guild.owner_id.get() == user.0;
    Ok(Some(Standing {
        name: member.user.name.clone(),
        administrator: owner || is_administrator(&guild, &member.roles),
        owner,
        roles: member.roles.iter().map(|role| RoleId(role.get())).collect(),
    }))
}

/// As Discord computes it: @everyone is the role with the guild's own number.
fn is_administrator(guild: &PartialGuild, roles: &[serenity::RoleId]) -> bool {
    let everyone = serenity::RoleId::new(guild.id.get());
    let held = guild.roles.iter().filter(|(id, _)| **id == everyone || roles.contains(id));
    held.fold(Permissions::empty(), |all, (_, role)| all | role.permissions).administrator()
}
