//! `/playbook`: what people go through together, a step at a time.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use base::{Error, GuildId, Redactor};
use futures::future::{BoxFuture, FutureExt};
use workspace::{ListPlaybooks, ShowPlaybook, StartPlaybook, Threads};

use crate::{Context, Discord, Result, asked::thread, complete_workspace, perform::Perform};

/// What people go through together, a step at a time.
#[poise::command(slash_command, guild_only, subcommand_required, subcommands("list", "show", "start"))]
pub(crate) async fn playbook(_: Context<'_>) -> Result {
    Ok(())
}

/// List the playbooks, and those that are gone through now.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform(ListPlaybooks {}).await
}

/// Show a playbook's steps.
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "The playbook"]
    #[autocomplete = "complete_workspace::playbook"]
    #[max_length = 64]
    name: String,
) -> Result {
    ctx.perform(ShowPlaybook { name: ctx.read(&name)? }).await
}

/// Go through a playbook together: a thread with a button for each step.
#[poise::command(slash_command)]
async fn start(
    ctx: Context<'_>,
    #[description = "The playbook"]
    #[autocomplete = "complete_workspace::playbook"]
    #[max_length = 64]
    name: String,
) -> Result {
    let channel = ctx.interaction.channel_id.get();
    ctx.perform(StartPlaybook { name: ctx.read(&name)?, channel }).await
}

/// Makes threads for playbooks.
impl Threads for Discord {
    fn open(
        &self,
        guild: GuildId,
        channel: u64,
        name: String,
        redactor: Redactor,
    ) -> BoxFuture<'_, std::result::Result<u64, Error>> {
        async move { thread::make(&self.0, guild, channel, &name, &redactor).await }.boxed()
    }
}
