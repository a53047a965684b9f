//! Completes what tickets are made of: numbers, categories, panels.

use poise::serenity_prelude::{AutocompleteChoice, CreateAutocompleteResponse};
use store::tickets::Wanted;

use crate::{
    Context,
    complete::{clean, fitting, held, offer},
};

/// Discord's own limits for what is offered.
const LENGTH: usize = 100;
const CHOICES: usize = 25;
/// More are typed.
const LOOKED_AT: i64 = 200;

/// Completes the number of a ticket that goes on, for whoever answers it.
pub(crate) async fn ticket(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    let (hub, theirs) = (&ctx.data().hub, ctx.data().tickets.staffed_by(&actor).await.unwrap_or_default());
    let all = hub.store().tickets(actor.guild, &Wanted::default(), LOOKED_AT).await.unwrap_or_default().0;
    let sees_all = held.allows("ticket.show", None, &[]);
    let seen = all.into_iter().filter(|one| sees_all || theirs.iter().any(|its| its.id == one.course.category));
    let (redactor, typed) = (hub.redactor(actor.guild), typed.trim().trim_start_matches('#').to_lowercase());
    let named = seen.map(|one| (format!("{}  {}", one.number, redactor.mask(&one.course.title)), one.number));
    let choices = named.filter(|(name, _)| name.to_lowercase().contains(&typed)).take(CHOICES).map(|(name, number)| {
        AutocompleteChoice::new(name.chars().take(LENGTH).collect::<String>(), number.to_string())
    });
    CreateAutocompleteResponse::new().set_choices(choices.collect())
}

/// Completes a category's name: everybody may open a ticket.
pub(crate) async fn category(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, _)) = held(ctx).await else { return offer([]) };
    let all = ctx.data().hub.store().ticket_categories(actor.guild).await.unwrap_or_default();
    let names = all.into_iter().map(|category| category.name).collect();
    offer(fitting(clean(ctx, &actor, names), typed))
}

/// Completes the name of a saved reply, for whoever answers tickets.
pub(crate) async fn saved(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    let is_staff = !ctx.data().tickets.staffed_by(&actor).await.unwrap_or_default().is_empty();
    if !is_staff && !held.allows_any("ticket.reply") {
        return offer([]);
    }
    let all = ctx.data().hub.store().saved_replies(actor.guild).await.unwrap_or_default();
    let names = all.into_iter().map(|reply| reply.name).collect();
    offer(fitting(clean(ctx, &actor, names), typed))
}

/// Completes a panel's name.
pub(crate) async fn panel(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    if !held.allows_any("ticket.panel-preview") {
        return offer([]);
    }
    let all = ctx.data().hub.store().ticket_panels(actor.guild).await.unwrap_or_default();
    let names = all.into_iter().map(|panel| panel.name).collect();
    offer(fitting(clean(ctx, &actor, names), typed))
}
