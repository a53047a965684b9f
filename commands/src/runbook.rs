//! `/runbook`: what is done when something happens, step by step.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use ::runbooks::{
    DryRun, ExportRunbook, LARGEST, ListRunbooks, ReadRunbook, RemoveRunbook, RunRunbook, SAMPLES, ShowRunbook,
};
use base::{Error, Secret};
use poise::serenity_prelude::{Attachment, CreateAutocompleteResponse};

use crate::{
    Context, Result, complete,
    perform::{Perform, refuse_secrets},
};

/// What is done when something happens, step by step.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands("import", "list", "show", "dry_run", "run", "export", "remove")
)]
pub(crate) async fn runbook(_: Context<'_>) -> Result {
    Ok(())
}

/// Import a runbook from a file; first it is shown what it may do.
#[poise::command(slash_command)]
async fn import(
    ctx: Context<'_>,
    #[description = "The YAML file, at most 64 KiB"] file: Option<Attachment>,
    #[description = "One that comes with me, in place of a file"]
    #[autocomplete = "sample"]
    #[max_length = 64]
    sample: Option<String>,
) -> Result {
    let file = match &file {
        Some(file) => Some(attached(ctx, file).await?),
        None => None,
    };
    ctx.perform(ReadRunbook { file, sample }).await
}

/// What was attached, as far as whoever attached it may import it at all.
async fn attached(ctx: Context<'_>, file: &Attachment) -> Result<Secret> {
    let (asked, hub) = (ctx.asked()?, &ctx.data().hub);
    // Nothing is fetched for somebody who may not.
    hub.check(&asked.actor, &ReadRunbook { file: None, sample: None }).await?;
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX);
    if u64::from(file.size) > most {
        let (size, most) = (base::measure::bytes(u64::from(file.size)), base::measure::bytes(most));
        return Err(Error::Invalid(format!(
            "That file has {size}, and a runbook has at most {most}. Nothing was imported."
        )));
    }
    let bytes = hub.guilds().attached("runbook", &file.url, LARGEST).await?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::Invalid("That file is no text (UTF-8). Nothing was imported.".to_owned()))?;
    Ok(Secret::new(text))
}

/// List the runbooks, and how each went last.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform(ListRunbooks {}).await
}

/// Show a runbook: its steps, what it takes, and its last runs.
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "The runbook"]
    #[autocomplete = "complete::runbook"]
    #[max_length = 64]
    name: String,
) -> Result {
    let name = ctx.read(&name)?;
    ctx.perform(ShowRunbook { name }).await
}

/// Show what a runbook would do, and whose yes each step would take; nothing is done.
#[poise::command(slash_command, rename = "dry-run")]
async fn dry_run(
    ctx: Context<'_>,
    #[description = "The runbook"]
    #[autocomplete = "complete::runbook"]
    #[max_length = 64]
    name: String,
    #[description = "Its variables, such as server=web-1 container=api"]
    #[autocomplete = "vars"]
    #[max_length = 1000]
    vars: Option<String>,
) -> Result {
    let action = DryRun { name: ctx.read(&name)?, vars: vars.unwrap_or_default() };
    refuse_secrets(&ctx.data().hub, ctx.asked()?.actor.guild, &action)?;
    ctx.perform(action).await
}

/// Run a runbook, as you; what it changes waits for a yes.
#[poise::command(slash_command)]
async fn run(
    ctx: Context<'_>,
    #[description = "The runbook"]
    #[autocomplete = "complete::runbook"]
    #[max_length = 64]
    name: String,
    #[description = "Its variables, such as server=web-1 container=api"]
    #[autocomplete = "vars"]
    #[max_length = 1000]
    vars: Option<String>,
) -> Result {
    let action = RunRunbook {
        name: ctx.read(&name)?,
        vars: vars.unwrap_or_default(),
        channel: Some(ctx.interaction.channel_id.get()),
        incident: None,
        alert: None,
    };
    refuse_secrets(&ctx.data().hub, ctx.asked()?.actor.guild, &action)?;
    ctx.perform(action).await
}

/// Export a runbook's file, as it was imported.
#[poise::command(slash_command)]
async fn export(
    ctx: Context<'_>,
    #[description = "The runbook"]
    #[autocomplete = "complete::runbook"]
    #[max_length = 64]
    name: String,
) -> Result {
    let name = ctx.read(&name)?;
    ctx.perform(ExportRunbook { name }).await
}

/// Remove a runbook; what runs goes on to its end.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The runbook"]
    #[autocomplete = "complete::runbook"]
    #[max_length = 64]
    name: String,
) -> Result {
    let name = ctx.read(&name)?;
    ctx.perform(RemoveRunbook { name }).await
}

async fn sample(_: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let typed = typed.trim().to_lowercase();
    complete::offer(SAMPLES.iter().map(|(name, _)| (*name).to_owned()).filter(|name| name.contains(&typed)))
}

/// Completes the variables that the chosen runbook still takes.
async fn vars(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some(name) = complete::chosen_runbook(ctx).await else { return complete::offer([]) };
    let Ok(Some(kept)) = ctx.data().hub.store().runbook(name.0, &name.1).await else { return complete::offer([]) };
    let Ok(read) = ::runbooks::read(&kept.source) else { return complete::offer([]) };
    let is_done = typed.is_empty() || typed.ends_with(' ');
    let missing = read.book.needs().into_iter().filter(|name| !typed.contains(&format!("{name}=")));
    let offers = missing.map(|name| format!("{typed}{name}="));
    complete::offer(offers.filter(|offer| is_done && offer.chars().count() <= complete::LENGTH).collect::<Vec<_>>())
}
