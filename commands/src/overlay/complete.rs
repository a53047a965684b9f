//! Completes overlays' names.

use poise::serenity_prelude::CreateAutocompleteResponse;

use crate::{
    Context,
    complete::{clean, fitting, held, offer},
};

/// Completes an overlay's name, for whoever may look at them.
pub(crate) async fn overlay(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    if !held.allows_any("overlay.preview") {
        return offer([]);
    }
    let names = ctx.data().overlays.names(actor.guild).await.unwrap_or_default();
    offer(fitting(clean(ctx, &actor, names), typed))
}
