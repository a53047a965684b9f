//! Completes MCP servers and their tools, of whoever may see them, and tokens of whoever types.

use poise::serenity_prelude::{CreateAutocompleteResponse, ResolvedValue};

use crate::{
    Context,
    complete::{LENGTH, clean, fitting, held, offer},
};

/// Completes a server that is used here.
pub(crate) async fn server(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    if !["mcp.list", "mcp.show", "mcp.tools"].iter().any(|action| held.allows_any(action)) {
        return offer([]);
    }
    let names = ctx.data().mcp.names(actor.guild).await.unwrap_or_default();
    offer(fitting(clean(ctx, &actor, names), typed))
}

/// Completes one that whoever runs the bot named.
pub(crate) async fn own(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    let names = if held.allows_any("mcp.add") { ctx.data().mcp.own_names(actor.guild) } else { Vec::new() };
    offer(fitting(clean(ctx, &actor, names), typed))
}

/// Completes a tool of the server that was chosen, where it is connected.
pub(crate) async fn tool(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    let chosen = ctx.args.iter().find(|option| option.name == "server").and_then(|option| match option.value {
        ResolvedValue::String(name) => name.parse().ok(),
        _ => None,
    });
    let Some(server) = chosen.filter(|_| held.allows_any("mcp.tools")) else { return offer([]) };
    let names = ctx.data().mcp.tool_names(actor.guild, &server).await;
    let names = names.into_iter().filter(|name| name.chars().count() <= LENGTH).collect();
    offer(fitting(clean(ctx, &actor, names), typed))
}

/// Completes a token of theirs.
pub(crate) async fn token(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, _)) = held(ctx).await else { return offer([]) };
    let names = ctx.data().mcp.token_names(actor.guild, actor.user).await.unwrap_or_default();
    offer(fitting(clean(ctx, &actor, names), typed))
}
