//! Completes who runs models, and their models. A provider that does not answer at once offers nothing.

use std::time::Duration;

use ::models::{Cloud, Kind, Provider};
use base::Actor;
use futures::future::join_all;
use poise::serenity_prelude::{CreateAutocompleteResponse, ResolvedValue};

use crate::{
    Context,
    complete::{LENGTH, clean, fitting, held, offer},
};

/// A completion that is not there by then is of no use.
const BY: Duration = Duration::from_millis(1_500);

/// Completes a provider's name.
pub(crate) async fn provider(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    names(ctx, typed, |_| true).await
}

/// The same, of one that is an Ollama.
pub(crate) async fn ollama(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    names(ctx, typed, |provider| provider.kind == Kind::Ollama).await
}

async fn names(ctx: Context<'_>, typed: &str, fits: impl Fn(&Provider) -> bool) -> CreateAutocompleteResponse {
    let Some((actor, all)) = seen(ctx).await else { return offer([]) };
    let names = all.into_iter().filter(fits).map(|provider| provider.name);
    offer(fitting(clean(ctx, &actor, names.collect()), typed))
}

/// Completes a model of the Ollama that was chosen.
pub(crate) async fn model(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, all)) = seen(ctx).await else { return offer([]) };
    let chosen = ctx.args.iter().find(|option| option.name == "provider").and_then(|option| match option.value {
        ResolvedValue::String(name) => Some(name.to_lowercase()),
        _ => None,
    });
    let is_chosen = |provider: &&Provider| chosen.as_ref().is_none_or(|name| provider.name.to_lowercase() == *name);
    let ollama = all.iter().filter(|provider| provider.kind == Kind::Ollama).find(is_chosen);
    let models = match ollama {
        Some(ollama) => models(ctx, ollama).await,
        None => Vec::new(),
    };
    offer(fitting(clean(ctx, &actor, models), typed))
}

/// Completes models in an order, the last of several.
pub(crate) async fn order(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, mut all)) = seen(ctx).await else { return offer([]) };
    let sees = ctx.data().models.cloud(actor.guild).await.unwrap_or_default();
    // Where nothing leaves the house, not even a question after its models does.
    all.retain(|provider| !provider.is_cloud() || sees != Cloud::Nothing);
    let each = join_all(all.iter().map(async |provider| {
        let models = models(ctx, provider).await.into_iter();
        models.map(|model| format!("{}/{model}", provider.name)).collect::<Vec<_>>()
    }));
    let names = each.await.into_iter().flatten().chain(["any".to_owned()]).collect();
    let (before, last) = typed.rsplit_once(',').map_or(("", typed), |(before, last)| (before, last));
    let before = if before.is_empty() { String::new() } else { format!("{}, ", before.trim_end()) };
    let names = fitting(clean(ctx, &actor, names), last).into_iter().map(|name| format!("{before}{name}"));
    offer(names.filter(|whole| whole.chars().count() <= LENGTH).collect::<Vec<_>>())
}

async fn models(ctx: Context<'_>, provider: &Provider) -> Vec<String> {
    let health = tokio::time::timeout(BY, ctx.data().models.health(provider)).await;
    let found = health.ok().and_then(|health| health.found.clone().ok()).unwrap_or_default();
    found.into_iter().map(|known| known.name).filter(|name| name.chars().count() <= LENGTH).collect()
}

/// The providers, of whoever may see them.
async fn seen(ctx: Context<'_>) -> Option<(Actor, Vec<Provider>)> {
    let (actor, held) = held(ctx).await?;
    let sees = ["ai.providers", "ai.status", "ai.use", "model.list"].iter().any(|action| held.allows_any(action));
    let all = if sees { ctx.data().models.of(actor.guild).await.unwrap_or_default() } else { Vec::new() };
    Some((actor, all))
}
