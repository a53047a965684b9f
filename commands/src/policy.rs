//! `/policy`: what needs whose yes.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use hub::policy::{SetRule, ShowPolicy};

use crate::{Context, Result, complete, perform::Perform};

/// What needs whose yes here.
#[poise::command(slash_command, guild_only, subcommand_required, subcommands("show", "set"))]
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
    #[name = "never: nobody is asked"]
    Never,
    #[name = "confirm: whoever asks presses a button"]
    Confirm,
    #[name = "approve: another person who may do it"]
    Approve,
    #[name = "four-eyes: two others who may do it"]
    FourEyes,
    #[name = "default: take the rule away"]
    Default,
}

/// What it does.
#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Does {
    #[name = "observe: it only looks"]
    Observe,
    #[name = "change: it can be changed back"]
    Change,
    #[name = "destroy: something is gone afterwards"]
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
    #[description = "Whose yes it needs"] need: Needs,
    #[description = "An action such as server.run, all of a kind as server.*, or * (which it is unless told)"]
    #[autocomplete = "complete::action"]
    #[max_length = 64]
    action: Option<String>,
    #[description = "A target such as web-1, several as web-* or tag:prod, or * (which it is unless told)"]
    #[autocomplete = "complete::target"]
    #[max_length = 64]
    target: Option<String>,
    #[description = "Only where this is what it does"] risk: Option<Does>,
    #[description = "Only where this is who asks"] asker: Option<Asks>,
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
