//! `/image`: what containers are made of.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use containers::{ListImages, PullImage, RemoveImage};

use crate::{Context, Result, complete, perform::Perform};

/// Images, here and on every server.
#[poise::command(slash_command, guild_only, subcommand_required, subcommands("list", "pull", "remove"))]
pub(crate) async fn image(_: Context<'_>) -> Result {
    Ok(())
}

/// List the images.
#[poise::command(slash_command)]
async fn list(
    ctx: Context<'_>,
    #[description = "The server they are on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
) -> Result {
    ctx.perform(ListImages { server: ctx.read(&server)? }).await
}

/// Fetch an image.
#[poise::command(slash_command)]
async fn pull(
    ctx: Context<'_>,
    #[description = "The server to fetch it to"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The image, such as nginx:1.27"]
    #[autocomplete = "complete::image"]
    #[max_length = 200]
    image: String,
) -> Result {
    ctx.perform(PullImage { server: ctx.read(&server)?, image: ctx.read(&image)? }).await
}

/// Remove an image.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The server it is on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The image"]
    #[autocomplete = "complete::image"]
    #[max_length = 200]
    image: String,
) -> Result {
    ctx.perform(RemoveImage { server: ctx.read(&server)?, image: ctx.read(&image)? }).await
}
