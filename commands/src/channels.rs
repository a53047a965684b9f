//! What the bot may do in a channel, as Discord says at this moment.

use std::time::Duration;

use base::{Error, GuildId, Result};
use events::{Channels, Place};
use futures::future::{BoxFuture, FutureExt};
use poise::serenity_prelude as serenity;
use serenity::{Channel, ChannelId, ChannelType, Http, Permissions};

use crate::{Discord, asked::status};

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

async fn place(http: &Http, guild: GuildId, channel: u64) -> Result<Option<Place>> {
    let lost = |error| Error::internal("asking Discord about a channel", error);
    // Discord has no channel of number 0, and its library panics at one.
    if channel == 0 {
        return Ok(None);
    }
    let channel = match http.get_channel(ChannelId::new(channel)).await {
        Ok(Channel::Guild(channel)) if channel.guild_id.get() == guild.0 => channel,
        Ok(_) => return Ok(None),
        Err(error) if matches!(status(&error), Some(403 | 404)) => return Ok(None),
        Err(error) => return Err(lost(error)),
    };
    let (here, me) = (serenity::GuildId::new(guild.0), http.get_current_user().await.map_err(lost)?.id);
    let (here, member) = tokio::join!(http.get_guild(here), http.get_member(here, me));
    let held = here.map_err(lost)?.user_permissions_in(&channel, &member.map_err(lost)?);
    let missing = NEEDED.iter().filter(|(needed, _)| !held.contains(*needed)).map(|(_, name)| (*name).to_owned());
    let is_text = matches!(channel.kind, ChannelType::Text | ChannelType::News);
    Ok(Some(Place { missing: missing.collect(), is_text }))
}
