//! Completes what is remembered, and prompts: of whoever types, and of their guild.

use memories::{Found, Origin};
use poise::serenity_prelude::{AutocompleteChoice, CreateAutocompleteResponse};

use crate::{
    Context,
    complete::{LENGTH, clean, fitting, held, offer},
};

/// Discord's own limit.
const CHOICES: usize = 25;

/// Completes what is remembered for them, or for the guild, by any words in it.
pub(crate) async fn memory(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, _)) = held(ctx).await else { return offer([]) };
    let all = ctx.data().memories.of(actor.guild, actor.user).await.unwrap_or_default();
    let redactor = ctx.data().hub.redactor(actor.guild);
    let typed = typed.trim().to_lowercase();
    let fits = all.into_iter().filter(|one| one.text.to_lowercase().contains(&typed) && !redactor.finds(&one.text));
    let choices = fits.take(CHOICES).map(|one| {
        let line = one.text.split_whitespace().collect::<Vec<_>>().join(" ");
        AutocompleteChoice::new(line.chars().take(LENGTH).collect::<String>(), one.id)
    });
    CreateAutocompleteResponse::new().set_choices(choices.collect())
}

/// Completes a prompt that they may use.
pub(crate) async fn prompt(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    prompts(ctx, typed, |_| true).await
}

/// The same, of their own.
pub(crate) async fn own_prompt(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    prompts(ctx, typed, |one| matches!(one.from, Origin::Mine | Origin::MineShared)).await
}

/// The same, of all that somebody saved.
pub(crate) async fn kept_prompt(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    prompts(ctx, typed, |one| one.from != Origin::BuiltIn).await
}

async fn prompts(ctx: Context<'_>, typed: &str, wanted: impl Fn(&Found) -> bool) -> CreateAutocompleteResponse {
    let Some((actor, _)) = held(ctx).await else { return offer([]) };
    let all = ctx.data().memories.prompts(actor.guild, actor.user).await.unwrap_or_default();
    let names = all.into_iter().filter(wanted).map(|one| one.name).collect();
    offer(fitting(clean(ctx, &actor, names), typed))
}
