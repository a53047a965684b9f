//! Completes channels of platforms: those that are followed, and what a name could stand for.

use std::borrow::Cow;

use poise::serenity_prelude::{AutocompleteChoice, CreateAutocompleteResponse};
use streams::offered;

use crate::{
    Context,
    complete::{CHOICES, clean, held, offer},
};

/// Completes a channel that is followed: what is chosen stands for that one alone, whoever else is called so.
pub(crate) async fn followed(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    if !held.allows_any("stream.list") {
        return offer([]);
    }
    let all = ctx.data().hub.store().stream_follows(actor.guild).await.unwrap_or_default();
    let (redactor, typed) = (ctx.data().hub.redactor(actor.guild), typed.trim().to_lowercase());
    let is_clean = |text: &str| matches!(redactor.mask(text), Cow::Borrowed(_));
    let mut fitting = offered(&all);
    fitting.retain(|one| {
        let fits = one.label.to_lowercase().contains(&typed) || one.value.to_lowercase().contains(&typed);
        fits && is_clean(&one.label) && is_clean(&one.value)
    });
    fitting.sort_by_key(|one| !one.label.to_lowercase().starts_with(&typed));
    let choices = fitting.into_iter().take(CHOICES).map(|one| AutocompleteChoice::new(one.label, one.value));
    CreateAutocompleteResponse::new().set_choices(choices.collect())
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
