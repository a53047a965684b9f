//! `/volume`: volumes, to look at.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use containers::{ListVolumes, ShowVolume};

use crate::{Context, Result, complete, perform::Perform};

/// Volumes, here and on every server.
#[poise::command(slash_command, guild_only, subcommand_required, subcommands("list", "show"))]
pub(crate) async fn volume(_: Context<'_>) -> Result {
    Ok(())
}

/// List the volumes.
#[poise::command(slash_command)]
async fn list(
    ctx: Context<'_>,
    #[description = "The server they are on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
) -> Result {
    ctx.perform(ListVolumes { server: ctx.read(&server)? }).await
}

/// Show a volume.
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "The server it is on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The volume"]
    #[autocomplete = "complete::volume"]
    #[max_length = 200]
    volume: String,
) -> Result {
    ctx.perform(ShowVolume { server: ctx.read(&server)?, volume: ctx.read(&volume)? }).await
}
