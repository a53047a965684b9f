//! Names are never typed blind: completion, mostly from memory, and only of what the person may see.

#![expect(clippy::unused_async, reason = "the framework awaits every completion")]

use base::{Actor, Way};
use poise::serenity_prelude::{AutocompleteChoice, CreateAutocompleteResponse};

use crate::Context;

/// Completes a server's name.
pub(crate) async fn server(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    offer(asker(ctx).map(|actor| ctx.data().hosts.complete(actor.guild, typed)).unwrap_or_default())
}

/// Completes a rule of the harmless commands.
pub(crate) async fn rule(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some(actor) = asker(ctx) else { return offer(Vec::new()) };
    let rules = ctx.data().policy.complete(actor.guild, typed).await;
    offer(rules.unwrap_or_else(|error| {
        tracing::warn!("rules could not be completed: {error}");
        Vec::new()
    }))
}

/// Whoever types, if what is here may be offered to them.
fn asker(ctx: Context<'_>) -> Option<Actor> {
    let interaction = ctx.interaction;
    crate::actor(interaction.guild_id, &interaction.user, interaction.member.as_deref(), Way::Command)
        .filter(|actor| ctx.data().hub.may(actor))
}

fn offer(names: Vec<String>) -> CreateAutocompleteResponse {
    let choices = names.into_iter().map(|name| AutocompleteChoice::new(name.clone(), name)).collect();
    CreateAutocompleteResponse::new().set_choices(choices)
}
