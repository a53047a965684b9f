//! `/audit`: who did what, and how it ended.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use audit::{ExportAudit, SearchAudit, ShowEntry, Wanted};
use poise::serenity_prelude as serenity;

use crate::{Context, Result, complete, perform::Perform};

/// Who did what, and how it ended.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    rename = "audit",
    subcommands("search", "show", "export")
)]
pub(crate) async fn group(_: Context<'_>) -> Result {
    Ok(())
}

/// Search the audit log, newest first.
#[poise::command(slash_command)]
#[expect(clippy::too_many_arguments, reason = "an option each")]
async fn search(
    ctx: Context<'_>,
    #[description = "On whose behalf it was done"] person: Option<serenity::User>,
    #[description = "The action, or how it begins, such as server.*"]
    #[autocomplete = "complete::action"]
    #[max_length = 100]
    action: Option<String>,
    #[description = "What it acted on, such as a server"]
    #[autocomplete = "complete::acted_on"]
    #[max_length = 200]
    target: Option<String>,
    #[description = "How it ended"]
    #[choices("done", "failed", "refused", "waiting", "started", "cancelled", "timed_out", "interrupted")]
    outcome: Option<&'static str>,
    #[description = "How it was asked"]
    #[choices("command", "press", "form", "model", "automation")]
    way: Option<&'static str>,
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
    let wanted = wanted(person.as_ref(), action, target, outcome, way, since, until, within);
    ctx.perform(SearchAudit { wanted, before: None, after: None }).await
}

/// Show everything that is on record of one thing.
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "The six characters after ref in a card's small print"]
    #[autocomplete = "complete::reference"]
    #[max_length = 100]
    reference: String,
) -> Result {
    ctx.perform(ShowEntry { reference }).await
}

/// Export the audit log as a file.
#[poise::command(slash_command)]
#[expect(clippy::too_many_arguments, reason = "an option each")]
async fn export(
    ctx: Context<'_>,
    #[description = "On whose behalf it was done"] person: Option<serenity::User>,
    #[description = "The action, or how it begins, such as server.*"]
    #[autocomplete = "complete::action"]
    #[max_length = 100]
    action: Option<String>,
    #[description = "What it acted on, such as a server"]
    #[autocomplete = "complete::acted_on"]
    #[max_length = 200]
    target: Option<String>,
    #[description = "How it ended"]
    #[choices("done", "failed", "refused", "waiting", "started", "cancelled", "timed_out", "interrupted")]
    outcome: Option<&'static str>,
    #[description = "How it was asked"]
    #[choices("command", "press", "form", "model", "automation")]
    way: Option<&'static str>,
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
    let wanted = wanted(person.as_ref(), action, target, outcome, way, since, until, within);
    ctx.perform(ExportAudit { wanted }).await
}

#[expect(clippy::too_many_arguments, reason = "an option each")]
fn wanted(
    person: Option<&serenity::User>,
    action: Option<String>,
    target: Option<String>,
    outcome: Option<&str>,
    way: Option<&str>,
    since: Option<String>,
    until: Option<String>,
    within: Option<String>,
) -> Wanted {
    Wanted {
        person: person.map(|person| person.id.to_string()),
        action,
        target,
        outcome: outcome.map(str::to_owned),
        way: way.map(str::to_owned),
        since,
        until,
        within,
    }
}
