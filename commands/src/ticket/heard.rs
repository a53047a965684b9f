//! What people write in tickets: who spoke last, and nothing of what they said.

use base::{GuildId, UserId};
use poise::serenity_prelude::{self as serenity, MessageType};

use crate::Data;

/// Somebody wrote in a channel.
pub(crate) async fn heard(message: &serenity::Message, data: &Data) {
    let Some(guild) = message.guild_id.map(|guild| GuildId(guild.get())) else { return };
    if message.author.bot || !matches!(message.kind, MessageType::Regular | MessageType::InlineReply) {
        return;
    }
    let (thread, by) = (message.channel_id.get(), UserId(message.author.id.get()));
    if let Err(error) = data.tickets.heard(guild, thread, by, message.id.get()).await {
        tracing::warn!("who spoke in a ticket was not noted: {error}");
    }
}
