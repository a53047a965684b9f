//! `/job`: what waits, what goes on, and how it ended.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use hub::runs::{CancelJob, ListJobs, ShowJob, Wanted};
use poise::serenity_prelude as serenity;

use crate::{
    Context, Result,
    asked::Opening,
    complete,
    perform::{self, Perform},
};

/// What waits, what goes on, and how it ended.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    rename = "job",
    subcommands("list", "show", "cancel", "retry")
)]
pub(crate) async fn group(_: Context<'_>) -> Result {
    Ok(())
}

/// List jobs: yours, and those you may do yourself.
#[poise::command(slash_command)]
async fn list(
    ctx: Context<'_>,
    #[description = "How they stand"]
    #[choices("waiting", "queued", "running", "succeeded", "failed", "cancelled", "timed_out", "interrupted")]
    state: Option<&'static str>,
    #[description = "Whose"] person: Option<serenity::User>,
    #[description = "What they do, or where: a part of it"]
    #[max_length = 100]
    what: Option<String>,
) -> Result {
    let person = person.map(|person| person.id.to_string());
    let what = what.map(|what| ctx.read(&what).map(|Words(what)| what)).transpose()?;
    ctx.perform(ListJobs { wanted: Wanted { state: state.map(str::to_owned), person, what }, skip: 0 }).await
}

/// Show all of a job: how it stands, what it printed.
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "The six characters after ref in its card's small print"]
    #[autocomplete = "complete::job"]
    #[max_length = 100]
    reference: String,
) -> Result {
    ctx.perform(ShowJob { reference }).await
}

/// Stop a job that waits or goes on.
#[poise::command(slash_command)]
async fn cancel(
    ctx: Context<'_>,
    #[description = "The six characters after ref in its card's small print"]
    #[autocomplete = "complete::open_job"]
    #[max_length = 100]
    reference: String,
) -> Result {
    ctx.perform(CancelJob { reference }).await
}

/// Do again what a job did, as you.
#[poise::command(slash_command)]
async fn retry(
    ctx: Context<'_>,
    #[description = "The six characters after ref in its card's small print"]
    #[autocomplete = "complete::ended_job"]
    #[max_length = 100]
    reference: String,
) -> Result {
    let asked = ctx.asked()?;
    let hub = &ctx.data().hub;
    let performing = hub.retry(asked.actor.clone(), &reference).await?;
    perform::show(asked, hub, performing, Opening::Message).await;
    Ok(())
}

/// Words to look for.
struct Words(String);

impl std::str::FromStr for Words {
    type Err = base::Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(Self(text.to_owned()))
    }
}
