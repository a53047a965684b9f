//! Completion of what the workspace holds: agents, skills, registries and their entries, playbooks.

use poise::serenity_prelude::{CreateAutocompleteResponse, ResolvedValue};
use workspace::Catalogue;

use crate::{
    Context,
    complete::{LENGTH, clean, fitting, held, offer},
};

/// Completes an agent's name.
pub(crate) async fn agent(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    names(ctx, "agent", |all| all.agents.into_keys().collect(), typed).await
}

/// Completes a skill's name.
pub(crate) async fn skill(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    names(ctx, "skill", |all| all.skills.into_keys().collect(), typed).await
}

/// Completes a registry's name.
pub(crate) async fn registry(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    names(ctx, "registry", |all| all.registries.into_keys().collect(), typed).await
}

/// Completes a playbook's name.
pub(crate) async fn playbook(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    names(ctx, "playbook", |all| all.playbooks.into_keys().collect(), typed).await
}

/// Completes an entry of the registry that was chosen.
pub(crate) async fn entry(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    let chosen = ctx.args.iter().find(|option| option.name == "registry").and_then(|option| match option.value {
        ResolvedValue::String(name) => name.parse::<workspace::ItemName>().ok(),
        _ => None,
    });
    let Some(name) = chosen.filter(|name| held.sees("registry", name.as_str(), &[])) else { return offer([]) };
    let Ok(registry) = ctx.data().workspace.registry(actor.guild, &name).await else { return offer([]) };
    let keys = registry.entries.into_iter().map(|entry| entry.key).filter(|key| key.chars().count() <= LENGTH);
    offer(fitting(clean(ctx, &actor, keys.collect()), typed))
}

async fn names(
    ctx: Context<'_>,
    kind: &str,
    of: impl FnOnce(Catalogue) -> Vec<String>,
    typed: &str,
) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    let all = ctx.data().workspace.catalogue(actor.guild).await.unwrap_or_default();
    let names = of(all).into_iter().filter(|name| held.sees(kind, name, &[])).collect();
    offer(fitting(clean(ctx, &actor, names), typed))
}
