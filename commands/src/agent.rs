//! `/agent`: who a model is to be, and what it may call.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use conversations::{AskJarvis, Until};
use workspace::{
    Condition, CreateAgent, ExportAgent, ItemName, ListAgents, Look, Part, RemoveAgent, ShowAgent, ShowTree,
};

use crate::{
    Context, Result, complete_workspace,
    form::Form,
    perform::{Perform, refuse_secrets},
};

/// Who a model is to be, and what it may call.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands("list", "tree", "show", "run", "export", "create", "remove")
)]
pub(crate) async fn agent(_: Context<'_>) -> Result {
    Ok(())
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum File {
    #[name = "config.yaml"]
    Config,
    #[name = "prompt.md"]
    Prompt,
}

/// List the agents, where they are from, and what is wrong with their files.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform(ListAgents {}).await
}

/// Show which agents stand below which.
#[poise::command(slash_command)]
async fn tree(ctx: Context<'_>) -> Result {
    ctx.perform(ShowTree {}).await
}

/// Show an agent: what it may call, and what it is told.
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "The agent"]
    #[autocomplete = "complete_workspace::agent"]
    #[max_length = 64]
    name: String,
) -> Result {
    ctx.perform(ShowAgent { name: ctx.read(&name)? }).await
}

/// Have an agent answer, in a thread of its own.
#[poise::command(slash_command)]
async fn run(
    ctx: Context<'_>,
    #[description = "The agent"]
    #[autocomplete = "complete_workspace::agent"]
    #[max_length = 64]
    name: String,
    #[description = "What to find out or have done"]
    #[max_length = 6000]
    question: String,
    #[description = "What must hold before it counts as done; parted by ;, or {action: …, expect: {…}} to be looked at"]
    #[max_length = 1000]
    until: Option<String>,
) -> Result {
    let (asked, name) = (ctx.asked()?, ctx.read::<ItemName>(&name)?);
    // Whoever asks one that is not there hears it at once.
    ctx.data().workspace.agent(asked.actor.guild, &name).await?;
    let (agent, channel) = (Some(name.to_string()), ctx.interaction.channel_id.get());
    let until = until.map(|until| workspace::conditions(&until)).transpose()?.unwrap_or_default();
    let until = until.into_iter().map(stated).collect();
    let asking = AskJarvis { question, agent, channel, until, ..AskJarvis::default() };
    refuse_secrets(&ctx.data().hub, asked.actor.guild, &asking)?;
    ctx.perform(asking).await
}

/// A condition, for the conversation that is held to it.
fn stated(condition: Condition) -> Until {
    let Condition { says, look } = condition;
    match look {
        Some(Look { action, with, expect }) => {
            Until::Look { says, action, with: with.as_object().cloned().unwrap_or_default(), expect }
        }
        None => Until::Words(says),
    }
}

/// Export one of an agent's files, to keep or to change.
#[poise::command(slash_command)]
async fn export(
    ctx: Context<'_>,
    #[description = "The agent"]
    #[autocomplete = "complete_workspace::agent"]
    #[max_length = 64]
    name: String,
    #[description = "Which file; prompt.md unless told"] file: Option<File>,
) -> Result {
    let part = match file {
        Some(File::Config) => Part::Config,
        Some(File::Prompt) | None => Part::Prompt,
    };
    ctx.perform(ExportAgent { name: ctx.read(&name)?, part }).await
}

/// Make an agent for this server; a form asks what it is told and what it may call.
#[poise::command(slash_command)]
async fn create(
    ctx: Context<'_>,
    #[description = "What it is called; one of that name from a file is replaced here"]
    #[max_length = 64]
    name: String,
    #[description = "The agent above it"]
    #[autocomplete = "complete_workspace::agent"]
    #[max_length = 64]
    parent: Option<String>,
    #[description = "The model it wants"]
    #[max_length = 100]
    model: Option<String>,
    #[description = "How often it may ask the model in one run"]
    #[min = 1]
    #[max = 50]
    rounds: Option<u32>,
) -> Result {
    let create = CreateAgent {
        name: ctx.read(&name)?,
        role: String::new(),
        description: String::new(),
        prompt: String::new(),
        tools: Vec::new(),
        verify: Vec::new(),
        parent: parent.map(|parent| ctx.read(&parent)).transpose()?,
        model,
        rounds,
    };
    let (asked, hub) = (ctx.asked()?, &ctx.data().hub);
    // Nobody writes a prompt only to hear that they may not.
    hub.check(&asked.actor, &create).await?;
    Form::CreateAgent(create).open(&asked, hub).await
}

/// Remove an agent that was made here.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The agent"]
    #[autocomplete = "complete_workspace::agent"]
    #[max_length = 64]
    name: String,
) -> Result {
    ctx.perform(RemoveAgent { name: ctx.read(&name)? }).await
}
