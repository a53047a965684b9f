//! `/connect` and `/connections`: people's own accounts at platforms, shown to them alone.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use accounts::{ConnectAccount, ListAccounts};
use platforms::Platform;

use crate::{Context, Result, perform::Perform};

/// Connect an account of yours; only you see it, and you can give it back at any time.
#[poise::command(slash_command, guild_only, subcommand_required, subcommands("twitch", "youtube", "kick", "spotify"))]
pub(crate) async fn connect(_: Context<'_>) -> Result {
    Ok(())
}

/// Connect your Twitch account.
#[poise::command(slash_command)]
async fn twitch(ctx: Context<'_>) -> Result {
    begin(ctx, Platform::Twitch).await
}

/// Connect your YouTube channel.
#[poise::command(slash_command)]
async fn youtube(ctx: Context<'_>) -> Result {
    begin(ctx, Platform::YouTube).await
}

/// Connect your Kick account.
#[poise::command(slash_command)]
async fn kick(ctx: Context<'_>) -> Result {
    begin(ctx, Platform::Kick).await
}

/// Connect your Spotify account.
#[poise::command(slash_command)]
async fn spotify(ctx: Context<'_>) -> Result {
    begin(ctx, Platform::Spotify).await
}

async fn begin(ctx: Context<'_>, platform: Platform) -> Result {
    ctx.perform_aside(ConnectAccount { platform, rights: Vec::new() }).await
}

/// See the accounts you have connected: test them, connect them again, give them back.
#[poise::command(slash_command, guild_only)]
pub(crate) async fn connections(ctx: Context<'_>) -> Result {
    ctx.perform_aside(ListAccounts {}).await
}
