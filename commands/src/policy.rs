//! `/policy`: what is harmless here, and what needs whose yes.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use ::policy::{AllowCommand, ExplainLines, ForgetCommand, ListCommands};
use hub::policy::{SetRule, ShowPolicy};

use crate::{Context, Result, complete, perform::Perform};

/// What is harmless here, and what needs whose yes.
#[poise::command(slash_command, guild_only, subcommand_required, subcommands("show", "set", "commands", "explain"))]
pub(crate) async fn policy(_: Context<'_>) -> Result {
    Ok(())
}

/// Show the rules, or which of them decides about something.
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "What decides about this action"]
    #[autocomplete = "complete::action"]
    #[max_length = 64]
    action: Option<String>,
    #[description = "What decides on this target"]
    #[autocomplete = "complete::target"]
    #[max_length = 64]
    target: Option<String>,
) -> Result {
    ctx.perform(ShowPolicy { action, target }).await
}

/// Whose yes it needs.
#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Needs {
    #[name = "never"]
    Never,
    #[name = "confirm"]
    Confirm,
    #[name = "approve"]
    Approve,
    #[name = "four-eyes"]
    FourEyes,
    #[name = "default"]
    Default,
}

/// What it does.
#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Does {
    #[name = "observe"]
    Observe,
    #[name = "change"]
    Change,
    #[name = "destroy"]
    Destroy,
}

/// Who asks for it.
#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Asks {
    #[name = "person"]
    Person,
    #[name = "model"]
    Model,
    #[name = "automation"]
    Automation,
}

/// Say whose yes something needs.
#[poise::command(slash_command)]
async fn set(
    ctx: Context<'_>,
    #[description = "Nobody's, the asker's own, another person's, two others'; default takes the rule away"]
    need: Needs,
    #[description = "An action such as server.run, all of a kind as server.*, or * (which it is unless told)"]
    #[autocomplete = "complete::action"]
    #[max_length = 64]
    action: Option<String>,
    #[description = "A target such as web-1, several as web-* or tag:prod, or * (which it is unless told)"]
    #[autocomplete = "complete::target"]
    #[max_length = 64]
    target: Option<String>,
    #[description = "Only where it does this: looks, changes what can be changed back, destroys"] risk: Option<Does>,
    #[description = "Only where this asks: somebody, a model, something that was set up"] asker: Option<Asks>,
    #[description = "How long a question stays open, such as 8h or 3d; 24h unless told"]
    #[max_length = 10]
    expires: Option<String>,
) -> Result {
    let any = || "*".to_owned();
    let need = match need {
        Needs::Never => "never",
        Needs::Confirm => "confirm",
        Needs::Approve => "approve",
        Needs::FourEyes => "four_eyes",
        Needs::Default => "default",
    };
    let risk = risk.map(|risk| match risk {
        Does::Observe => "observe",
        Does::Change => "change",
        Does::Destroy => "destroy",
    });
    let asker = asker.map(|asker| match asker {
        Asks::Person => "person",
        Asks::Model => "model",
        Asks::Automation => "automation",
    });
    ctx.perform(SetRule {
        need: need.to_owned(),
        action: action.unwrap_or_else(any),
        target: target.unwrap_or_else(any),
        risk: risk.map(str::to_owned),
        asker: asker.map(str::to_owned),
        expires,
    })
    .await
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
