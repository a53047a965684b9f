//! What the bot may do in a channel, as Discord says at this moment.

use std::time::Duration;

use base::{Error, GuildId, Result};
use events::{Channels, Place};
use futures::future::{BoxFuture, FutureExt};
use poise::serenity_prelude as serenity;
use serenity::{Channel, ChannelId, ChannelType, Member, PartialGuild, Permissions, http::Route};

use crate::{
    Discord,
    asked::status,
    rest::{Rank, Rest},
};

/// Whoever sets something up waits for the answer.
const DEADLINE: Duration = Duration::from_secs(8);
/// What it takes to show something in a channel, and what people call it.
const NEEDED: [(Permissions, &str); 2] =
    [(Permissions::VIEW_CHANNEL, "View Channel"), (Permissions::SEND_MESSAGES, "Send Messages")];

impl Channels for Discord {
    fn place(&self, guild: GuildId, channel: u64) -> BoxFuture<'_, Result<Option<Place>>> {
        let asked = tokio::time::timeout(DEADLINE, place(&self.0, guild, channel));
        let silent =
            || Error::Busy("Discord does not say what I may do there. Nothing was changed; try again.".to_owned());
        asked.map(move |asked| asked.unwrap_or_else(|_| Err(silent()))).boxed()
    }
}

impl containers::Channels for Discord {
    fn lacks(&self, guild: GuildId, channel: u64) -> BoxFuture<'_, Result<Option<Vec<String>>>> {
        let place = Channels::place(self, guild, channel);
        async move { Ok(place.await?.filter(|place| place.is_text).map(|place| place.missing)) }.boxed()
    }
}

async fn place(rest: &Rest, guild: GuildId, channel: u64) -> Result<Option<Place>> {
    let lost = |error| Error::internal("asking Discord about a channel", error);
    // Discord has no channel of number 0, and its library panics at one.
    if channel == 0 {
        return Ok(None);
    }
    let route = Route::Channel { channel_id: ChannelId::new(channel) };
    let channel = match rest.fetch::<Channel>(route, None, Rank::Answer).await {
        Ok(Channel::Guild(channel)) if channel.guild_id.get() == guild.0 => channel,
        Ok(_) => return Ok(None),
        Err(error) if matches!(status(&error), Some(403 | 404)) => return Ok(None),
        Err(error) => return Err(lost(error)),
    };
    let (guild_id, user_id) = (serenity::GuildId::new(guild.0), rest.me().await.user);
    let (here, member) = tokio::join!(
        rest.fetch::<PartialGuild>(Route::Guild { guild_id }, None, Rank::Answer),
        rest.fetch::<serde_json::Value>(Route::GuildMember { guild_id, user_id }, None, Rank::Answer),
    );
    // Discord leaves out which guild it is of.
    let mut member = member.map_err(lost)?;
    member["guild_id"] = guild_id.get().to_string().into();
    let member: Member = serde_json::from_value(member).map_err(|error| lost(error.into()))?;
    let held = here.map_err(lost)?.user_permissions_in(&channel, &member);
    let missing = NEEDED.iter().filter(|(needed, _)| !held.contains(*needed)).map(|(_, name)| (*name).to_owned());
    let is_text = matches!(channel.kind, ChannelType::Text | ChannelType::News);
    Ok(Some(Place { missing: missing.collect(), is_text }))
}
