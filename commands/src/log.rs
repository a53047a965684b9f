//! `/log`: what happens, shown in a channel.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use events::{ListLogs, RemoveLog, SetUpLog};
use poise::serenity_prelude as serenity;

use crate::{Context, Result, complete, perform::Perform};

/// What happens, shown in a channel.
#[poise::command(slash_command, guild_only, subcommand_required, subcommands("setup", "list", "remove"))]
pub(crate) async fn log(_: Context<'_>) -> Result {
    Ok(())
}

/// Show what happens in a channel.
#[poise::command(slash_command)]
async fn setup(
    ctx: Context<'_>,
    #[description = "The channel"]
    #[channel_types("Text", "News")]
    channel: serenity::ChannelId,
    #[description = "Which events, with commas between them, such as action.failed, bot.*; all unless told"]
    #[autocomplete = "complete::kinds"]
    #[max_length = 400]
    kinds: Option<String>,
) -> Result {
    let kinds = kinds.unwrap_or_else(|| "all".to_owned());
    ctx.perform(SetUpLog { channel: channel.get(), kinds }).await
}

/// List the logs.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform(ListLogs {}).await
}

/// End the log in a channel.
#[poise::command(slash_command)]
async fn remove(ctx: Context<'_>, #[description = "The channel"] channel: serenity::ChannelId) -> Result {
    ctx.perform(RemoveLog { channel: channel.get() }).await
}
