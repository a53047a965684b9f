//! `/history`: the commands that were run, and what they printed.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use ::audit::history::{ExportHistory, KeepHistory, SearchHistory, ShowCommand, Which};
use poise::serenity_prelude as serenity;

use crate::{Context, Result, complete, perform::Perform};

/// The commands that were run, and what they printed.
#[poise::command(slash_command, guild_only, subcommand_required, subcommands("search", "show", "export", "keep"))]
pub(crate) async fn history(_: Context<'_>) -> Result {
    Ok(())
}

/// Search the commands that were run, newest first: yours, and those where you may run the like.
#[poise::command(slash_command)]
#[expect(clippy::too_many_arguments, reason = "an option each")]
async fn search(
    ctx: Context<'_>,
    #[description = "The server they ran on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: Option<String>,
    #[description = "Who ran them"] person: Option<serenity::User>,
    #[description = "A part of the command line"]
    #[max_length = 200]
    text: Option<String>,
    #[description = "How they ended"]
    #[choices("done", "failed", "started", "cancelled", "timed_out", "interrupted")]
    outcome: Option<&'static str>,
    #[description = "From this day or time on, in UTC: 2026-11-21 or 2026-11-21 14:30"]
    #[max_length = 40]
    since: Option<String>,
    #[description = "To this day or time, in UTC"]
    #[max_length = 40]
    until: Option<String>,
    #[description = "Within this long, such as 24h or 7d"]
    #[max_length = 20]
    within: Option<String>,
) -> Result {
    let which = which(server, person.as_ref(), text, outcome, since, until, within);
    ctx.perform(SearchHistory { which, before: None }).await
}

/// Show a command that was run, and what it printed, as a file too.
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "The six characters after ref in its card's small print"]
    #[autocomplete = "complete::ended_job"]
    #[max_length = 100]
    reference: String,
) -> Result {
    ctx.perform(ShowCommand { reference }).await
}

/// Export the commands that were run as a file, with what they printed.
#[poise::command(slash_command)]
#[expect(clippy::too_many_arguments, reason = "an option each")]
async fn export(
    ctx: Context<'_>,
    #[description = "The server they ran on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: Option<String>,
    #[description = "Who ran them"] person: Option<serenity::User>,
    #[description = "A part of the command line"]
    #[max_length = 200]
    text: Option<String>,
    #[description = "How they ended"]
    #[choices("done", "failed", "started", "cancelled", "timed_out", "interrupted")]
    outcome: Option<&'static str>,
    #[description = "From this day or time on, in UTC: 2026-11-21 or 2026-11-21 14:30"]
    #[max_length = 40]
    since: Option<String>,
    #[description = "To this day or time, in UTC"]
    #[max_length = 40]
    until: Option<String>,
    #[description = "Within this long, such as 24h or 7d"]
    #[max_length = 20]
    within: Option<String>,
) -> Result {
    let which = which(server, person.as_ref(), text, outcome, since, until, within);
    ctx.perform(ExportHistory { which }).await
}

/// For how many days what commands print is kept.
#[poise::command(slash_command)]
async fn keep(
    ctx: Context<'_>,
    #[description = "So many days from now on; without it you see how it is"]
    #[min = 1]
    #[max = 365]
    days: Option<i64>,
) -> Result {
    ctx.perform(KeepHistory { days }).await
}

fn which(
    server: Option<String>,
    person: Option<&serenity::User>,
    text: Option<String>,
    outcome: Option<&str>,
    since: Option<String>,
    until: Option<String>,
    within: Option<String>,
) -> Which {
    let person = person.map(|person| person.id.to_string());
    Which { server, person, text, outcome: outcome.map(str::to_owned), since, until, within }
}
