//! Completes channels of platforms: those that are followed, and what a name could stand for.

use poise::serenity_prelude::CreateAutocompleteResponse;

use crate::{
    Context,
    complete::{clean, fitting, held, offer},
};

/// Completes a channel that is followed.
pub(crate) async fn followed(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    if !held.allows_any("stream.list") {
        return offer([]);
    }
    let all = ctx.data().hub.store().stream_follows(actor.guild).await.unwrap_or_default();
    let names = all.into_iter().map(|(_, channel)| channel.name).collect();
    offer(fitting(clean(ctx, &actor, names), typed))
}

/// Completes the address of a channel that somebody begins to name. Nobody is asked whether there is one.
pub(crate) async fn addresses(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    if !held.allows_any("stream.follow") {
        return offer([]);
    }
    let name = typed.trim().trim_start_matches('@');
    let is_name = !name.is_empty()
        && name.len() <= 40
        && name.chars().all(|one| one.is_ascii_alphanumeric() || "-_.".contains(one));
    if !is_name {
        return offer(Some(typed.trim().to_owned()).filter(|typed| !typed.is_empty() && typed.len() <= 100));
    }
    let names = ["twitch.tv/", "youtube.com/@", "kick.com/"].map(|place| format!("{place}{name}"));
    offer(clean(ctx, &actor, names.to_vec()))
}
