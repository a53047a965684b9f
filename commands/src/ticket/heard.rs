//! What people write in tickets: who spoke last decides whose turn it is, and what was said is written down.

use base::{GuildId, Result, UserId};
use poise::serenity_prelude::{self as serenity, FullEvent, MessageType};
use serde_json::{Value, json};
use store::tickets::Reacted;

use super::said::{From, emoji, said};
use crate::Data;

/// Somebody wrote in a channel.
pub(crate) async fn heard(message: &serenity::Message, data: &Data) {
    let Some(guild) = message.guild_id.map(|guild| GuildId(guild.get())) else { return };
    let (thread, by) = (message.channel_id.get(), UserId(message.author.id.get()));
    let new = serde_json::to_value(message).ok().and_then(|message| said(&message, From::Heard));
    if let Some(new) = new {
        told("what was said in a ticket", data.tickets.written(guild, thread, new).await);
    }
    if message.author.bot || !matches!(message.kind, MessageType::Regular | MessageType::InlineReply) {
        return;
    }
    told("who spoke in a ticket", data.tickets.heard(guild, thread, by, message.id.get()).await);
}

/// Something became of what was written.
pub(crate) async fn changed(event: &FullEvent, data: &Data) {
    let tickets = &data.tickets;
    let of = |guild: Option<serenity::GuildId>| guild.map(|guild| GuildId(guild.get()));
    let done = match event {
        FullEvent::MessageUpdate { event, .. } => {
            let Some(guild) = of(event.guild_id) else { return };
            let (thread, message) = (event.channel_id.get(), event.id.get());
            match serde_json::to_value(event).ok().and_then(|message| said(&message, From::Heard)) {
                Some(new) => tickets.written(guild, thread, new).await,
                None => tickets.changed(guild, thread, message).await,
            }
        }
        FullEvent::MessageDelete { channel_id, deleted_message_id, guild_id } => {
            let Some(guild) = of(*guild_id) else { return };
            tickets.deleted(guild, channel_id.get(), &[deleted_message_id.get()]).await
        }
        FullEvent::MessageDeleteBulk { channel_id, multiple_deleted_messages_ids, guild_id } => {
            let Some(guild) = of(*guild_id) else { return };
            let all: Vec<u64> = multiple_deleted_messages_ids.iter().map(|message| message.get()).collect();
            tickets.deleted(guild, channel_id.get(), &all).await
        }
        FullEvent::ReactionAdd { add_reaction } => reacted(add_reaction, Reacted::Added, data).await,
        FullEvent::ReactionRemove { removed_reaction } => reacted(removed_reaction, Reacted::Removed, data).await,
        FullEvent::ReactionRemoveEmoji { removed_reactions } => {
            reacted(removed_reactions, Reacted::Cleared, data).await
        }
        _ => return,
    };
    told("what became of a message in a ticket", done);
}

async fn reacted(reaction: &serenity::Reaction, how: fn(String) -> Reacted, data: &Data) -> Result<()> {
    let Some(guild) = reaction.guild_id.map(|guild| GuildId(guild.get())) else { return Ok(()) };
    let written = match &reaction.emoji {
        serenity::ReactionType::Custom { id, name, .. } => {
            json!({ "id": id.get().to_string(), "name": name.as_deref().unwrap_or("emoji") })
        }
        serenity::ReactionType::Unicode(sign) => json!({ "id": Value::Null, "name": sign }),
        _ => return Ok(()),
    };
    let Some(emoji) = emoji(&written) else { return Ok(()) };
    let (thread, message) = (reaction.channel_id.get(), reaction.message_id.get());
    data.tickets.reacted(guild, thread, message, &how(emoji)).await
}

fn told(what: &str, done: Result<()>) {
    if let Err(error) = done {
        tracing::warn!("{what} was not noted: {error}");
    }
}
