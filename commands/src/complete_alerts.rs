//! Completes what alerts are made of: rules, what can be watched, and where.

use alerts::What;
use hosts::Server;
use poise::serenity_prelude::CreateAutocompleteResponse;

use crate::{
    Context,
    complete::{clean, fitting, held, offer},
};

/// Completes a rule's name.
pub(crate) async fn rule(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    if !held.allows_any("alert.rules") {
        return offer([]);
    }
    let rules = ctx.data().hub.store().alert_rules(actor.guild).await.unwrap_or_default();
    let mut names: Vec<String> = alerts::DEFAULTS.iter().map(|default| default.name.to_owned()).collect();
    names.extend(rules.into_iter().map(|rule| rule.name).filter(|name| !is_default(name)));
    offer(fitting(clean(ctx, &actor, names), typed))
}

fn is_default(name: &str) -> bool {
    alerts::DEFAULTS.iter().any(|default| default.name == name)
}

/// Completes what can be watched.
pub(crate) async fn what(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    match held(ctx).await {
        Some((_, held)) if held.allows_any("alert.set") => offer(fitting(What::all().map(What::word), typed)),
        _ => offer([]),
    }
}

/// Completes on which servers: all, a tag, or one.
pub(crate) async fn scope(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    if !held.allows_any("alert.set") {
        return offer([]);
    }
    let seen = |server: &Server| held.sees("server", &server.name, &server.tags);
    let servers: Vec<Server> = ctx.data().hosts.of(actor.guild).into_iter().filter(seen).collect();
    let mut tags: Vec<String> =
        servers.iter().flat_map(|server| &server.tags).map(|tag| format!("tag:{tag}")).collect();
    tags.sort();
    tags.dedup();
    let names = servers.into_iter().map(|server| server.name);
    let all: Vec<String> = ["all".to_owned()].into_iter().chain(tags).chain(names).collect();
    offer(fitting(clean(ctx, &actor, all), typed))
}

/// Completes a probe's name.
pub(crate) async fn probe(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    if !held.allows_any("probe.list") {
        return offer([]);
    }
    let probes = ctx.data().hub.store().probes(actor.guild).await.unwrap_or_default();
    let names = probes.into_iter().map(|probe| probe.name).collect();
    offer(fitting(clean(ctx, &actor, names), typed))
}
