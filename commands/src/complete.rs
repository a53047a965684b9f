//! Names are never typed blind: completion from memory, only of what the person may see.

#![expect(clippy::unused_async, reason = "the framework awaits every completion")]

use base::Way;
use poise::serenity_prelude::{AutocompleteChoice, CreateAutocompleteResponse};

use crate::Context;

/// Completes a server's name.
pub(crate) async fn server(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let interaction = ctx.interaction;
    let names = crate::actor(interaction.guild_id, &interaction.user, interaction.member.as_deref(), Way::Command)
        .filter(|actor| ctx.data().hub.may(actor))
        .map(|actor| ctx.data().hosts.complete(actor.guild, typed))
        .unwrap_or_default();
    let choices = names.into_iter().map(|name| AutocompleteChoice::new(name.clone(), name)).collect();
    CreateAutocompleteResponse::new().set_choices(choices)
}
