//! `/policy`: what is harmless here, and what needs whose yes.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use ::policy::{AllowCommand, ExplainLines, ForgetCommand, ListCommands};

use crate::{Context, Result, complete, perform::Perform};

/// What is harmless here, and what needs whose yes.
#[poise::command(slash_command, guild_only, subcommand_required, subcommands("commands", "explain"))]
pub(crate) async fn policy(_: Context<'_>) -> Result {
    Ok(())
}

/// The commands that only look.
#[poise::command(slash_command, subcommand_required, subcommands("list", "add", "remove"))]
async fn commands(_: Context<'_>) -> Result {
    Ok(())
}

/// List the commands that only look: what was changed here, and all in a file.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform(ListCommands {}).await
}

/// Add a rule to the commands that only look.
#[poise::command(slash_command)]
async fn add(
    ctx: Context<'_>,
    #[description = "A program, words it must be given, options it may have: restic snapshots --json *"]
    #[max_length = 500]
    rule: String,
) -> Result {
    ctx.perform(AllowCommand { rule }).await
}

/// Remove a rule from the commands that only look, a shipped one or your own.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The rule, or a beginning that only one has"]
    #[autocomplete = "complete::rule"]
    #[max_length = 500]
    rule: String,
) -> Result {
    ctx.perform(ForgetCommand { rule }).await
}

/// Say what a command line counts as here, and why; nothing is run.
#[poise::command(slash_command)]
async fn explain(
    ctx: Context<'_>,
    #[description = "A command line, or several, each in a line of its own"]
    #[max_length = 6000]
    line: String,
) -> Result {
    ctx.perform(ExplainLines { lines: line }).await
}
