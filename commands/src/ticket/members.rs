//! Who the members of a guild are to its tickets, as Discord says at this moment.

use std::{collections::BTreeSet, time::Duration};

use base::{Error, GuildId, Millis, Result, RoleId, UserId};
use futures::future::{BoxFuture, FutureExt};
use hub::Members as _;
use poise::serenity_prelude as serenity;
use serde::Deserialize;
use serenity::http::Route;
use tickets::{ChannelKind, Member, Members, Words};

use crate::{
    Discord,
    asked::{
        channel::{self, FOLDER, FORUM},
        status,
    },
    rest::{Rank, Rest},
};

/// Whoever opened a ticket waits for those who answer.
const DEADLINE: Duration = Duration::from_secs(20);
/// Members that Discord tells of at once, and pages of them: where there are more, roles are looked through no further.
const PAGE: usize = 1_000;
const PAGES: usize = 20;
/// More are not brought into a thread: they see it where they may manage threads.
const MOST: usize = 50;
/// Messages that Discord shows at once, and as much of one as is read.
const MESSAGES: usize = 100;
const LONGEST: usize = 2_000;

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

    fn last_words(&self, guild: GuildId, thread: u64, most: usize) -> BoxFuture<'_, Result<Vec<Words>>> {
        async move {
            let asked = tokio::time::timeout(DEADLINE, last_words(&self.0, guild, thread, most));
            let silent = || Error::Busy("Discord does not say what was written there. Try again.".to_owned());
            asked.await.map_err(|_| silent())?
        }
        .boxed()
    }

    fn guild_name(&self, guild: GuildId) -> BoxFuture<'_, Result<String>> {
        async move {
            let guild_id = serenity::GuildId::new(guild.0);
            let asked = self.0.fetch::<Named>(Route::Guild { guild_id }, None, Rank::Result);
            let silent = || Error::Busy("Discord does not say what this server is called. Try again.".to_owned());
            let named = tokio::time::timeout(DEADLINE, asked).await.map_err(|_| silent())?;
            Ok(named.map_err(|error| Error::internal("asking Discord what a server is called", error))?.name)
        }
        .boxed()
    }

    fn channel(&self, guild: GuildId, channel: u64) -> BoxFuture<'_, Result<Option<ChannelKind>>> {
        async move {
            // Discord has no channel of number 0, and its library panics at one.
            if channel == 0 {
                return Ok(None);
            }
            let asked = tokio::time::timeout(DEADLINE, channel::one(&self.0, channel, Rank::Answer)).await;
            let asked = asked.map_err(|_| Error::Busy("Discord does not say what channel that is.".to_owned()))?;
            let found = match asked {
                Ok(found) => found,
                Err(error) if matches!(status(&error), Some(403 | 404)) => return Ok(None),
                Err(error) => return Err(Error::internal("asking Discord about a channel", error)),
            };
            let is_here = found.guild_id.is_some_and(|its| its.get() == guild.0);
            Ok(is_here.then_some(match found.kind {
                _ if found.is_text() => ChannelKind::Text,
                FOLDER => ChannelKind::Folder,
                FORUM => ChannelKind::Forum,
                _ => ChannelKind::Other,
            }))
        }
        .boxed()
    }
}

#[derive(Deserialize)]
struct Named {
    name: String,
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

#[derive(Deserialize)]
struct Written {
    id: serenity::MessageId,
    author: Author,
    #[serde(default)]
    content: String,
}

#[derive(Deserialize)]
struct Author {
    id: serenity::UserId,
    username: String,
    #[serde(default)]
    bot: bool,
}

#[derive(Deserialize)]
struct Place {
    guild_id: Option<serenity::GuildId>,
}

async fn last_words(rest: &Rest, guild: GuildId, thread: u64, most: usize) -> Result<Vec<Words>> {
    let lost = |error| Error::internal("reading what was written in a ticket", error);
    let channel_id = serenity::ChannelId::new(thread.max(1));
    // A number may be any channel's that the bot sees.
    let place: Place = rest.fetch(Route::Channel { channel_id }, None, Rank::Answer).await.map_err(lost)?;
    if place.guild_id.is_none_or(|its| its.get() != guild.0) {
        return Err(Error::Busy("That is no thread of this server. Nothing was read.".to_owned()));
    }
    let window = vec![("limit", most.min(MESSAGES).to_string())];
    let all: Vec<Written> =
        rest.fetch(Route::ChannelMessages { channel_id }, Some(window), Rank::Answer).await.map_err(lost)?;
    let by_people = all.into_iter().rev().filter(|one| !one.author.bot && !one.content.trim().is_empty());
    let words = |one: Written| Words {
        at: Millis(one.id.created_at().unix_timestamp() * 1_000),
        name: one.author.username,
        by: UserId(one.author.id.get()),
        text: one.content.chars().take(LONGEST).collect(),
    };
    Ok(by_people.map(words).collect())
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
