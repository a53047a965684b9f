//! What happens around tickets: who left, who came back, what was deleted.

use std::{sync::Arc, time::Duration};

use base::{GuildId, UserId};
use poise::serenity_prelude::{self as serenity, FullEvent};
use store::tickets::Away;

use crate::{Data, Result};

/// Within this it is known whether whoever left is banned.
const OR_BANNED: Duration = Duration::from_secs(1);

/// Whether an event is about where tickets are, or who is there.
pub(crate) fn is_about_them(event: &FullEvent) -> bool {
    matches!(
        event,
        FullEvent::ThreadDelete { .. }
            | FullEvent::ChannelDelete { .. }
            | FullEvent::GuildRoleDelete { .. }
            | FullEvent::GuildRoleUpdate { .. }
            | FullEvent::ChannelUpdate { .. }
            | FullEvent::GuildMemberAddition { .. }
            | FullEvent::GuildMemberRemoval { .. }
            | FullEvent::GuildBanAddition { .. }
    )
}

/// Something of that happened.
pub(crate) async fn changed(event: &FullEvent, data: &Data) {
    if let Err(error) = change(event, data).await {
        tracing::warn!("what became of where tickets are was not noted: {error}");
    }
}

async fn change(event: &FullEvent, data: &Data) -> Result {
    let (tickets, guild) = (&data.tickets, |guild: serenity::GuildId| GuildId(guild.get()));
    match event {
        FullEvent::ThreadDelete { thread, .. } => {
            look_at(guild(thread.guild_id), thread.id.get(), data).await?;
        }
        FullEvent::ChannelDelete { channel, .. } => look_at(guild(channel.guild_id), channel.id.get(), data).await?,
        FullEvent::ChannelUpdate { new, .. } => {
            // Where a panel stands, permissions may be other ones now.
            let panels = data.hub.store().ticket_panels(guild(new.guild_id)).await?;
            if panels.iter().any(|panel| panel.channel == Some(new.id.get())) {
                tickets.nudge(guild(new.guild_id), None);
            }
        }
        FullEvent::GuildRoleDelete { guild_id, .. }
        | FullEvent::GuildRoleUpdate { new: serenity::Role { guild_id, .. }, .. } => {
            let panels = data.hub.store().ticket_panels(guild(*guild_id)).await?;
            if !panels.is_empty() {
                tickets.nudge(guild(*guild_id), None);
            }
        }
        FullEvent::GuildMemberAddition { new_member } => {
            tickets.came(guild(new_member.guild_id), UserId(new_member.user.id.get())).await?;
        }
        FullEvent::GuildBanAddition { guild_id, banned_user } => {
            tickets.left(guild(*guild_id), UserId(banned_user.id.get()), Away::Banned).await?;
        }
        FullEvent::GuildMemberRemoval { guild_id, user, .. } => {
            let (tickets, guild, user) = (Arc::clone(tickets), guild(*guild_id), UserId(user.id.get()));
            // Whoever is banned leaves, too, and is said to be banned: that comes right before or after.
            tokio::spawn(async move {
                tokio::time::sleep(OR_BANNED).await;
                if let Err(error) = tickets.left(guild, user, Away::Left).await {
                    tracing::warn!("who left was not noted: {error}");
                }
            });
        }
        _ => {}
    }
    Ok(())
}

/// Something is gone that may have been a ticket's, or what tickets are under.
async fn look_at(guild: GuildId, channel: u64, data: &Data) -> Result {
    let store = data.hub.store();
    let is_a_tickets = store.ticket_in(guild, channel).await?.is_some();
    if is_a_tickets || store.ticket_panels(guild).await?.iter().any(|panel| panel.channel == Some(channel)) {
        data.tickets.nudge(guild, Some(channel));
    }
    Ok(())
}
