//! Completes several servers at a time: tags, and the last of several names.
//!
//! **Invariant:** a tag is offered only of servers that may be seen.

use std::collections::BTreeSet;

use hosts::Server;
use poise::serenity_prelude::CreateAutocompleteResponse;

use crate::{
    Context,
    complete::{LENGTH, clean, held, offer},
};

/// Completes one server, several, or a tag.
pub(crate) async fn several(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    let seen = |server: &Server| held.sees("server", &server.name, &server.tags);
    let (before, last) = match typed.rsplit_once(',') {
        Some((before, last)) => (format!("{}, ", before.trim_end()), last.trim_start()),
        None => (String::new(), typed.trim_start()),
    };
    let chosen: BTreeSet<String> = before.split(',').map(|name| name.trim().to_lowercase()).collect();
    let mut names = ctx.data().hosts.complete(actor.guild, last, seen);
    names.retain(|name| !chosen.contains(name));
    if before.is_empty() {
        let servers = ctx.data().hosts.of(actor.guild).into_iter().filter(seen);
        let tags: BTreeSet<String> = servers.flat_map(|server| server.tags).map(|tag| format!("tag:{tag}")).collect();
        let typed = last.to_lowercase();
        names.extend(tags.into_iter().filter(|tag| tag.contains(&typed)));
    }
    let whole = clean(ctx, &actor, names).into_iter().map(|name| format!("{before}{name}"));
    offer(whole.filter(|whole| whole.chars().count() <= LENGTH))
}
