//! What Discord tells of members that concerns streams, and what they lend: who shows one, who leaves, whose roles change.

use base::{GuildId, UserId};
use poise::serenity_prelude::{self as serenity, ActivityType, FullEvent, Presence};

use crate::Data;

/// Hears one event; most are about something else.
pub(crate) async fn heard(event: &FullEvent, data: &Data) {
    let (guild, member) = match event {
        FullEvent::PresenceUpdate { new_data } => return seen(new_data, data),
        FullEvent::GuildMemberRemoval { guild_id, user, .. } => {
            data.accounts.may_have_left(id(*guild_id), UserId(user.id.get()));
            (*guild_id, user.id)
        }
        FullEvent::GuildMemberUpdate { event, .. } => (event.guild_id, event.user.id),
        _ => return,
    };
    if let Err(error) = data.streams.look_at_member(id(guild), UserId(member.get())).await {
        tracing::warn!("whether a member's own stream is still told of is looked at later: {error}");
    }
}

/// A presence is looked at and forgotten.
fn seen(presence: &Presence, data: &Data) {
    let Some(guild) = presence.guild_id else { return };
    let streaming = presence.activities.iter().find(|activity| activity.kind == ActivityType::Streaming);
    if let Some(address) = streaming.and_then(|activity| activity.url.as_ref()) {
        data.streams.seen_streaming(id(guild), UserId(presence.user.id.get()), address.as_str());
    }
}

fn id(guild: serenity::GuildId) -> GuildId {
    GuildId(guild.get())
}
