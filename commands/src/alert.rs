//! `/alert`: what is watched, and what is wrong.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use alerts::{ListAlerts, ListRules, RemoveRule, ResetRule, SetRule, TestRule, Worse};

use crate::{
    Context, Result, complete_alerts as complete,
    perform::{Perform, refuse_secrets},
};

/// What is watched, and what is wrong.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands("list", "rules", "set", "remove", "reset", "test")
)]
pub(crate) async fn alert(_: Context<'_>) -> Result {
    Ok(())
}

/// In which direction it gets worse.
#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Side {
    #[name = "above"]
    Above,
    #[name = "below"]
    Below,
}

/// List what is wrong now, the worst first.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform(ListAlerts::default()).await
}

/// List what is watched.
#[poise::command(slash_command)]
async fn rules(ctx: Context<'_>) -> Result {
    ctx.perform(ListRules::default()).await
}

/// Watch something, or change how it is watched; what is not said stays as it was.
#[expect(clippy::too_many_arguments, reason = "each is an option of the command")]
#[poise::command(slash_command)]
async fn set(
    ctx: Context<'_>,
    #[description = "The rule's name: a new one, or one that is changed"]
    #[autocomplete = "complete::rule"]
    #[max_length = 32]
    name: String,
    #[description = "What is watched, such as cpu, disk, answers, container, event:action.failed"]
    #[autocomplete = "complete::what"]
    #[max_length = 64]
    what: Option<String>,
    #[description = "From what on somebody should look, such as 80; none for never"]
    #[max_length = 16]
    warn: Option<String>,
    #[description = "From what on somebody should look at once, such as 95; none for never"]
    #[max_length = 16]
    critical: Option<String>,
    #[description = "In which direction it gets worse; above unless told"] worse: Option<Side>,
    #[description = "For how long it must be so, such as 5m; of events, within what they are counted"]
    #[rename = "for"]
    #[max_length = 8]
    lasts: Option<String>,
    #[description = "How long it must be well before it is over, such as 2m"]
    #[max_length = 8]
    calm: Option<String>,
    #[description = "On which servers: all, a server, or tag:web"]
    #[autocomplete = "complete::scope"]
    #[max_length = 40]
    on: Option<String>,
    #[description = "A runbook that is run when it opens; none for none"]
    #[max_length = 32]
    runbook: Option<String>,
    #[description = "How long the runbook is not run again, such as 15m"]
    #[max_length = 8]
    cooldown: Option<String>,
    #[description = "How often in an hour the runbook is run at most"]
    #[min = 1]
    #[max = 60]
    most: Option<u32>,
) -> Result {
    let worse = worse.map(|side| match side {
        Side::Above => Worse::Above,
        Side::Below => Worse::Below,
    });
    let name = ctx.read(&name)?;
    let action = SetRule { name, what, worse, warn, critical, lasts, calm, on, runbook, cooldown, most };
    refuse_secrets(&ctx.data().hub, ctx.asked()?.actor.guild, &action)?;
    ctx.perform(action).await
}

/// Watch something no more.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The rule"]
    #[autocomplete = "complete::rule"]
    #[max_length = 32]
    rule: String,
) -> Result {
    ctx.perform(RemoveRule { name: ctx.read(&rule)? }).await
}

/// Bring back a rule as it was at first.
#[poise::command(slash_command)]
async fn reset(
    ctx: Context<'_>,
    #[description = "The rule"]
    #[autocomplete = "complete::rule"]
    #[max_length = 32]
    rule: String,
) -> Result {
    ctx.perform(ResetRule { name: ctx.read(&rule)? }).await
}

/// Ask what a rule says of how things are now; it opens nothing.
#[poise::command(slash_command)]
async fn test(
    ctx: Context<'_>,
    #[description = "The rule"]
    #[autocomplete = "complete::rule"]
    #[max_length = 32]
    rule: String,
) -> Result {
    ctx.perform(TestRule { name: ctx.read(&rule)? }).await
}
