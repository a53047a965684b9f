//! Names are never typed blind: completion from memory, only of what the person may see.

#![expect(clippy::unused_async, reason = "the framework awaits every completion")]

use std::borrow::Cow;

use base::{GuildId, Way};
use poise::serenity_prelude::{AutocompleteChoice, CreateAutocompleteResponse};

use crate::{Context, Data};

/// Completes a server's name.
pub(crate) async fn server(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    names(ctx, |data, guild| data.hosts.complete(guild, typed))
}

/// Completes a secret's name.
pub(crate) async fn secret(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    names(ctx, |data, guild| data.secrets.complete(guild, typed))
}

/// Names of a guild, for who may; a name that is itself a secret is not offered.
fn names(ctx: Context<'_>, of: impl Fn(&Data, GuildId) -> Vec<String>) -> CreateAutocompleteResponse {
    let (interaction, data) = (ctx.interaction, ctx.data());
    let names = crate::actor(interaction.guild_id, &interaction.user, interaction.member.as_deref(), Way::Command)
        .filter(|actor| data.hub.may(actor))
        .map(|actor| {
            let redactor = data.hub.redactor(actor.guild);
            let mut names = of(data, actor.guild);
            names.retain(|name| matches!(redactor.mask(name), Cow::Borrowed(_)));
            names
        })
        .unwrap_or_default();
    let choices = names.into_iter().map(|name| AutocompleteChoice::new(name.clone(), name)).collect();
    CreateAutocompleteResponse::new().set_choices(choices)
}
