//! Names are never typed blind: completion of only what the person may see.

use base::{Actor, Way};
use poise::serenity_prelude::{AutocompleteChoice, CreateAutocompleteResponse};

use crate::Context;

/// Discord shows no more.
const MOST: usize = 25;
/// Longest name of a choice, in characters.
const NAME_LIMIT: usize = 100;

/// Completes a server's name.
#[expect(clippy::unused_async, reason = "the framework awaits every completion")]
pub(crate) async fn server(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let names = actor(ctx).map(|actor| ctx.data().hosts.complete(actor.guild, typed)).unwrap_or_default();
    offer(names)
}

/// Completes an action's name, and the pattern for all of its kind.
#[expect(clippy::unused_async, reason = "the framework awaits every completion")]
pub(crate) async fn action(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let mut names: Vec<String> = Vec::new();
    if actor(ctx).is_some() {
        for entry in ctx.data().hub.actions() {
            let kind = entry.name.split('.').next().unwrap_or_default();
            let all = format!("{kind}.*");
            if !names.contains(&all) {
                names.push(all);
            }
            names.push(entry.name.to_owned());
        }
    }
    offer(matching(names, typed))
}

/// Completes what was acted on lately.
pub(crate) async fn target(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some(actor) = actor(ctx) else { return offer([]) };
    let hub = &ctx.data().hub;
    let redactor = hub.redactor(actor.guild);
    let targets = hub.store().audit_targets(actor.guild).await.unwrap_or_else(|error| {
        tracing::warn!("what was acted on cannot be completed: {error}");
        Vec::new()
    });
    // What a secret is in is not worth completing: chosen, it would not be what is on record.
    let known =
        targets.into_iter().filter(|target| target.chars().count() <= NAME_LIMIT && redactor.mask(target) == *target);
    offer(matching(known.collect(), typed))
}

/// Completes the reference of something asked lately.
pub(crate) async fn reference(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some(actor) = actor(ctx) else { return offer([]) };
    let hub = &ctx.data().hub;
    let redactor = hub.redactor(actor.guild);
    let beginning = typed.trim().to_uppercase();
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let found = hub.store().audit_references(actor.guild, &beginning, most).await.unwrap_or_else(|error| {
        tracing::warn!("references cannot be completed: {error}");
        Vec::new()
    });
    let choices = found.into_iter().map(|(reference, plan)| {
        let what = redactor.mask(&plan).replace('`', "");
        let name = format!("{reference}  {what}").chars().take(NAME_LIMIT).collect::<String>();
        AutocompleteChoice::new(name, reference)
    });
    CreateAutocompleteResponse::new().set_choices(choices.collect())
}

/// Who types, if names are for them.
fn actor(ctx: Context<'_>) -> Option<Actor> {
    let interaction = ctx.interaction;
    crate::actor(interaction.guild_id, &interaction.user, interaction.member.as_deref(), Way::Command)
        .filter(|actor| ctx.data().hub.may(actor))
}

/// The names that go on like this, then those that contain it.
fn matching(mut names: Vec<String>, typed: &str) -> Vec<String> {
    let typed = typed.trim().to_lowercase();
    names.retain(|name| name.to_lowercase().contains(&typed));
    names.sort_by_key(|name| !name.to_lowercase().starts_with(&typed));
    names.truncate(MOST);
    names
}

fn offer(names: impl IntoIterator<Item = String>) -> CreateAutocompleteResponse {
    let choices = names.into_iter().map(|name| AutocompleteChoice::new(name.clone(), name)).collect();
    CreateAutocompleteResponse::new().set_choices(choices)
}
