//! Who the members of a guild are to its tickets, as Discord says at this moment.

use std::{collections::BTreeSet, time::Duration};

use base::{Error, GuildId, Result, RoleId, UserId};
use events::Channels;
use futures::future::{BoxFuture, FutureExt};
use hub::Members as _;
use poise::serenity_prelude as serenity;
use serde::Deserialize;
use serenity::http::Route;
use tickets::{Member, Members};

use crate::{
    Discord,
    asked::status,
    rest::{Rank, Rest},
};

/// Whoever opened a ticket waits for those who answer.
const DEADLINE: Duration = Duration::from_secs(20);
/// Members that Discord tells of at once, and pages of them: where there are more, roles are looked through no further.
const PAGE: usize = 1_000;
const PAGES: usize = 20;
/// More are not brought into a thread: they see it where they may manage threads.
const MOST: usize = 50;

impl Members for Discord {
    fn member(&self, guild: GuildId, user: UserId) -> BoxFuture<'_, Result<Option<Member>>> {
        let standing = self.standing(guild, user);
        async move {
            let standing = standing.await?;
            Ok(standing.map(|one| Member { roles: one.roles, administrator: one.administrator }))
        }
        .boxed()
    }

    fn holders(&self, guild: GuildId, roles: Vec<RoleId>) -> BoxFuture<'_, Result<Vec<UserId>>> {
        async move {
            let asked = tokio::time::timeout(DEADLINE, holders(&self.0, guild, &roles));
            asked.await.unwrap_or_else(|_| Err(Error::Busy("Discord does not say who holds a role.".to_owned())))
        }
        .boxed()
    }

    fn is_text_channel(&self, guild: GuildId, channel: u64) -> BoxFuture<'_, Result<bool>> {
        let place = Channels::place(self, guild, channel);
        async move { Ok(place.await?.is_some_and(|place| place.is_text)) }.boxed()
    }
}

#[derive(Deserialize)]
struct Listed {
    user: User,
    roles: Vec<serenity::RoleId>,
}

#[derive(Deserialize)]
struct User {
    id: serenity::UserId,
    #[serde(default)]
    bot: bool,
}

async fn holders(rest: &Rest, guild: GuildId, roles: &[RoleId]) -> Result<Vec<UserId>> {
    let guild_id = serenity::GuildId::new(guild.0);
    let wanted: BTreeSet<u64> = roles.iter().map(|role| role.0).collect();
    let (mut found, mut after) = (Vec::new(), 0);
    for _ in 0..PAGES {
        let window = vec![("limit", PAGE.to_string()), ("after", after.to_string())];
        let page: Vec<Listed> = match rest.fetch(Route::GuildMembers { guild_id }, Some(window), Rank::Urgent).await {
            Ok(page) => page,
            // It takes the Server Members Intent; whoever may manage threads finds the ticket without.
            Err(error) if matches!(status(&error), Some(403)) => {
                tracing::warn!(%error, "Discord does not say who holds a role");
                return Ok(found);
            }
            Err(error) => return Err(Error::internal("asking Discord who answers tickets", error)),
        };
        let holds = |one: &&Listed| !one.user.bot && one.roles.iter().any(|role| wanted.contains(&role.get()));
        found.extend(page.iter().filter(holds).map(|one| UserId(one.user.id.get())));
        if page.len() < PAGE || found.len() >= MOST {
            break;
        }
        after = page.iter().map(|one| one.user.id.get()).max().unwrap_or(after);
    }
    found.truncate(MOST);
    Ok(found)
}
