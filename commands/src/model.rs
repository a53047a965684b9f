//! `/model`: the models of an Ollama.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use ::models::{ListModels, ProviderName, PullModel, RemoveModel, ShowModel};

use crate::{Context, Result, complete_models, perform::Perform};

/// The models of an Ollama: list, fetch, show, remove.
#[poise::command(slash_command, guild_only, subcommand_required, subcommands("list", "pull", "show", "remove"))]
pub(crate) async fn model(_: Context<'_>) -> Result {
    Ok(())
}

fn on(ctx: Context<'_>, typed: Option<String>) -> Result<Option<ProviderName>> {
    typed.map(|typed| ctx.read(&typed)).transpose()
}

/// List the models that an Ollama has.
#[poise::command(slash_command)]
async fn list(
    ctx: Context<'_>,
    #[description = "The Ollama; the first unless told"]
    #[autocomplete = "complete_models::ollama"]
    #[max_length = 64]
    provider: Option<String>,
) -> Result {
    ctx.perform(ListModels { provider: on(ctx, provider)? }).await
}

/// Fetch a model, and watch how far it is.
#[poise::command(slash_command)]
async fn pull(
    ctx: Context<'_>,
    #[description = "The model, such as qwen3:8b"]
    #[max_length = 150]
    name: String,
    #[description = "The Ollama; the first unless told"]
    #[autocomplete = "complete_models::ollama"]
    #[max_length = 64]
    provider: Option<String>,
) -> Result {
    ctx.perform(PullModel { name: ctx.read(&name)?, provider: on(ctx, provider)? }).await
}

/// Show a model: how much it reads, what it can do, how large it is.
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "The model"]
    #[autocomplete = "complete_models::model"]
    #[max_length = 150]
    name: String,
    #[description = "The Ollama; the first unless told"]
    #[autocomplete = "complete_models::ollama"]
    #[max_length = 64]
    provider: Option<String>,
) -> Result {
    ctx.perform(ShowModel { name: ctx.read(&name)?, provider: on(ctx, provider)? }).await
}

/// Remove a model from the disk.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The model"]
    #[autocomplete = "complete_models::model"]
    #[max_length = 150]
    name: String,
    #[description = "The Ollama; the first unless told"]
    #[autocomplete = "complete_models::ollama"]
    #[max_length = 64]
    provider: Option<String>,
) -> Result {
    ctx.perform(RemoveModel { name: ctx.read(&name)?, provider: on(ctx, provider)? }).await
}
