//! `/schedule`: what is done by itself, and when.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use ::schedules::{
    AddSchedule, ListSchedules, PauseSchedule, RemoveSchedule, ResumeSchedule, RunSchedule, ScheduleName, ShowSchedule,
};
use poise::serenity_prelude as serenity;

use crate::{
    Context, Result, complete,
    perform::{Perform, refuse_secrets},
};

/// What is done by itself, and when.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands("add", "list", "show", "pause", "resume", "remove", "run")
)]
pub(crate) async fn schedule(_: Context<'_>) -> Result {
    Ok(())
}

/// What becomes of those that were missed.
#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Missed {
    #[name = "skip"]
    Skip,
    #[name = "once"]
    Once,
    #[name = "all"]
    All,
}

/// Which ends are told.
#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Tell {
    #[name = "always"]
    Always,
    #[name = "failures"]
    Failures,
}

/// Have an action done at its time; first it is shown what was understood.
#[expect(clippy::too_many_arguments, reason = "each is an option of the command")]
#[poise::command(slash_command)]
async fn add(
    ctx: Context<'_>,
    #[description = "What it is called, such as nightly-backup"]
    #[max_length = 64]
    name: String,
    #[description = "every weekday at 18:00 · every 15 minutes · tomorrow at 9 · in 2 hours · 30 3 * * 1-5"]
    #[max_length = 100]
    when: String,
    #[description = "What is done, such as server.run"]
    #[autocomplete = "complete::schedulable"]
    #[max_length = 64]
    action: String,
    #[description = "Its options as in a command, such as server:web-1 command:df -h"]
    #[autocomplete = "complete::options"]
    #[max_length = 2000]
    options: Option<String>,
    #[description = "The time zone it counts in, such as Europe/Rome; UTC unless told"]
    #[autocomplete = "complete::zone"]
    #[max_length = 64]
    zone: Option<String>,
    #[description = "Missed ones: skip them, make up for them once (which it is unless told), or for all"]
    missed: Option<Missed>,
    #[description = "How late is missed, such as 30m or 2h; 10m unless told"]
    #[max_length = 20]
    late: Option<String>,
    #[description = "Which ends are told: always (which it is unless told), or only failures"] tell: Option<Tell>,
    #[description = "Where they are told; here unless told"]
    #[channel_types("Text")]
    channel: Option<serenity::ChannelId>,
) -> Result {
    let name = ctx.read::<ScheduleName>(&name)?;
    let missed = missed.map(|missed| match missed {
        Missed::Skip => "skip",
        Missed::Once => "once",
        Missed::All => "all",
    });
    let tell = tell.map(|tell| match tell {
        Tell::Always => "always",
        Tell::Failures => "failures",
    });
    let action = AddSchedule {
        name,
        when,
        action,
        options: options.unwrap_or_default(),
        zone,
        missed: missed.map(str::to_owned),
        late,
        tell: tell.map(str::to_owned),
        channel: channel.unwrap_or(ctx.interaction.channel_id).get(),
        understood: None,
    };
    refuse_secrets(&ctx.data().hub, ctx.asked()?.actor.guild, &action)?;
    ctx.data().schedules.can_be_read(&action)?;
    ctx.perform(action).await
}

/// List the schedules.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform(ListSchedules {}).await
}

/// Show a schedule: when it is next, and how the last ones ended.
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "The schedule"]
    #[autocomplete = "complete::schedule"]
    #[max_length = 64]
    name: String,
) -> Result {
    let name = ctx.read(&name)?;
    ctx.perform(ShowSchedule { name }).await
}

/// Pause a schedule; what comes due meanwhile is left out.
#[poise::command(slash_command)]
async fn pause(
    ctx: Context<'_>,
    #[description = "The schedule"]
    #[autocomplete = "complete::schedule"]
    #[max_length = 64]
    name: String,
) -> Result {
    let name = ctx.read(&name)?;
    ctx.perform(PauseSchedule { name }).await
}

/// Let a paused schedule go on.
#[poise::command(slash_command)]
async fn resume(
    ctx: Context<'_>,
    #[description = "The schedule"]
    #[autocomplete = "complete::schedule"]
    #[max_length = 64]
    name: String,
) -> Result {
    let name = ctx.read(&name)?;
    ctx.perform(ResumeSchedule { name }).await
}

/// Remove a schedule.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The schedule"]
    #[autocomplete = "complete::schedule"]
    #[max_length = 64]
    name: String,
) -> Result {
    let name = ctx.read(&name)?;
    ctx.perform(RemoveSchedule { name }).await
}

/// Have what a schedule does done now, as you.
#[poise::command(slash_command)]
async fn run(
    ctx: Context<'_>,
    #[description = "The schedule"]
    #[autocomplete = "complete::schedule"]
    #[max_length = 64]
    name: String,
) -> Result {
    let name = ctx.read(&name)?;
    ctx.perform(RunSchedule { name }).await
}
