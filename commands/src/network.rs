//! `/network`: networks, to look at.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use containers::{ListNetworks, ShowNetwork};

use crate::{Context, Result, complete, perform::Perform};

/// Networks, here and on every server.
#[poise::command(slash_command, guild_only, subcommand_required, subcommands("list", "show"))]
pub(crate) async fn network(_: Context<'_>) -> Result {
    Ok(())
}

/// List the networks.
#[poise::command(slash_command)]
async fn list(
    ctx: Context<'_>,
    #[description = "The server they are on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
) -> Result {
    ctx.perform(ListNetworks { server: ctx.read(&server)? }).await
}

/// Show a network.
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "The server it is on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The network"]
    #[autocomplete = "complete::network"]
    #[max_length = 200]
    network: String,
) -> Result {
    ctx.perform(ShowNetwork { server: ctx.read(&server)?, network: ctx.read(&network)? }).await
}
