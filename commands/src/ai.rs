//! `/ai`: who runs models here, which are asked, what may leave the house, and what was used.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use ::models::{
    AddProvider, Cloud, Kind, ListProviders, Period, Place, ProviderName, RemoveProvider, SetAllowance, SetBudget,
    SetCloud, SetConversationBudget, SetKey, SetQuota, SetWindow, ShowModels, ShowUsage, SwitchProviderOff,
    SwitchProviderOn, UseModels,
};
use poise::serenity_prelude as serenity;

use crate::{
    Context, Result, complete_models,
    form::Form,
    perform::{Perform, refuse_secrets},
};

/// What a provider speaks.
#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Speaks {
    #[name = "Ollama"]
    Ollama,
    #[name = "OpenAI, or as llama.cpp, vLLM, LM Studio and OpenRouter do"]
    OpenAi,
    #[name = "Anthropic"]
    Anthropic,
}

/// Where it is.
#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum At {
    #[name = "local"]
    Local,
    #[name = "cloud"]
    Cloud,
}

/// What may leave the house.
#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Sees {
    #[name = "nothing"]
    Nothing,
    #[name = "redacted"]
    Redacted,
    #[name = "all"]
    All,
}

/// How far back.
#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Back {
    #[name = "24 hours"]
    Day,
    #[name = "7 days"]
    Week,
    #[name = "30 days"]
    Month,
}

/// Who runs models here, which are asked, and what was used.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands("status", "providers", "key", "use_models", "cloud", "usage", "quota", "budget")
)]
pub(crate) async fn ai(_: Context<'_>) -> Result {
    Ok(())
}

/// Show how the models are, who is asked first, and what may leave the house.
#[poise::command(slash_command)]
async fn status(ctx: Context<'_>) -> Result {
    ctx.perform(ShowModels {}).await
}

/// Who runs models here.
#[poise::command(slash_command, subcommand_required, subcommands("list", "add", "remove", "on", "off", "window"))]
async fn providers(_: Context<'_>) -> Result {
    Ok(())
}

/// List who runs models here.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform(ListProviders {}).await
}

/// Add somebody who runs models; a form asks for the key.
#[poise::command(slash_command)]
async fn add(
    ctx: Context<'_>,
    #[description = "What to call it, such as gpu-box"]
    #[max_length = 64]
    name: String,
    #[description = "What it speaks"] kind: Speaks,
    #[description = "Where it is, such as http://10.0.0.7:11434; where its kind usually is unless told"]
    #[max_length = 300]
    address: Option<String>,
    #[description = "Whether what it is sent leaves the house; its address says so unless told"] place: Option<At>,
    #[description = "How many tokens its models are given to read; found out unless told"]
    #[min = 512]
    #[max = 4_000_000]
    window: Option<u64>,
) -> Result {
    let asked = ctx.asked()?;
    let kind = match kind {
        Speaks::Ollama => Kind::Ollama,
        Speaks::OpenAi => Kind::OpenAi,
        Speaks::Anthropic => Kind::Anthropic,
    };
    let place = place.map(|place| match place {
        At::Local => Place::Local,
        At::Cloud => Place::Cloud,
    });
    let add = AddProvider { name: ctx.read(&name)?, kind, address, place, window, key: None };
    let (hub, guild) = (&ctx.data().hub, asked.actor.guild);
    refuse_secrets(hub, guild, &add)?;
    // Nobody types a key into a form only to hear that they may not, or that the address was wrong.
    hub.check(&asked.actor, &add).await?;
    ctx.data().models.refuse_wrong(guild, &add).await?;
    if kind == Kind::Ollama {
        return ctx.perform(add).await;
    }
    Form::AddProvider(add).open(&asked, hub).await
}

/// Remove somebody who runs models, with the key.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The provider"]
    #[autocomplete = "complete_models::provider"]
    #[max_length = 64]
    name: String,
) -> Result {
    let (asked, name) = (ctx.asked()?, ctx.read::<ProviderName>(&name)?);
    let remove = RemoveProvider { name };
    // Nobody confirms what will be refused.
    ctx.data().hub.check(&asked.actor, &remove).await?;
    ctx.data().models.own(asked.actor.guild, &remove.name).await?;
    ctx.perform(remove).await
}

/// Ask a provider again.
#[poise::command(slash_command)]
async fn on(
    ctx: Context<'_>,
    #[description = "The provider"]
    #[autocomplete = "complete_models::provider"]
    #[max_length = 64]
    name: String,
) -> Result {
    ctx.perform(SwitchProviderOn { name: ctx.read(&name)? }).await
}

/// Ask a provider no longer; it keeps its key and its place in the order.
#[poise::command(slash_command)]
async fn off(
    ctx: Context<'_>,
    #[description = "The provider"]
    #[autocomplete = "complete_models::provider"]
    #[max_length = 64]
    name: String,
) -> Result {
    ctx.perform(SwitchProviderOff { name: ctx.read(&name)? }).await
}

/// Say how many tokens a provider's models are given to read.
#[poise::command(slash_command)]
async fn window(
    ctx: Context<'_>,
    #[description = "The provider"]
    #[autocomplete = "complete_models::provider"]
    #[max_length = 64]
    name: String,
    #[description = "How many; found out unless told"]
    #[min = 512]
    #[max = 4_000_000]
    tokens: Option<u64>,
) -> Result {
    ctx.perform(SetWindow { name: ctx.read(&name)?, tokens }).await
}

/// Give a provider another key; a form asks for it.
#[poise::command(slash_command)]
async fn key(
    ctx: Context<'_>,
    #[description = "The provider"]
    #[autocomplete = "complete_models::provider"]
    #[max_length = 64]
    name: String,
) -> Result {
    let (asked, name) = (ctx.asked()?, ctx.read::<ProviderName>(&name)?);
    let set = SetKey { name, key: None };
    ctx.data().hub.check(&asked.actor, &set).await?;
    ctx.data().models.own(asked.actor.guild, &set.name).await?;
    Form::SetKey(set).open(&asked, &ctx.data().hub).await
}

/// Choose which models are asked, and in which order; local ones come before any cloud's.
#[poise::command(slash_command, rename = "use")]
async fn use_models(
    ctx: Context<'_>,
    #[description = "Such as ollama/qwen3:8b, anthropic/claude-sonnet-4-5; any is whatever is local"]
    #[autocomplete = "complete_models::order"]
    #[max_length = 1000]
    models: String,
) -> Result {
    let action = UseModels { models };
    refuse_secrets(&ctx.data().hub, ctx.asked()?.actor.guild, &action)?;
    ctx.perform(action).await
}

/// Say what a model in the cloud may see of this guild.
#[poise::command(slash_command)]
async fn cloud(
    ctx: Context<'_>,
    #[description = "What it may see; redacted has stand-ins for addresses, hosts and people"] policy: Sees,
) -> Result {
    let policy = match policy {
        Sees::Nothing => Cloud::Nothing,
        Sees::Redacted => Cloud::Redacted,
        Sees::All => Cloud::All,
    };
    ctx.perform(SetCloud { policy }).await
}

/// Show what was used: tokens, cost and time, by model and person.
#[poise::command(slash_command)]
async fn usage(ctx: Context<'_>, #[description = "How far back; 24 hours unless told"] period: Option<Back>) -> Result {
    let period = match period {
        None | Some(Back::Day) => Period::Day,
        Some(Back::Week) => Period::Week,
        Some(Back::Month) => Period::Month,
    };
    ctx.perform(ShowUsage { period }).await
}

/// Say how many tokens each of a role may use in a day.
#[poise::command(slash_command)]
async fn quota(
    ctx: Context<'_>,
    #[description = "The role; @everyone is everybody"] role: serenity::Role,
    #[description = "How many; as many as they like unless told"]
    #[min = 0]
    #[max = 1_000_000_000]
    tokens: Option<i64>,
) -> Result {
    ctx.perform(SetQuota { role: role.id.get(), tokens }).await
}

/// Say what models in the cloud may cost.
#[poise::command(slash_command, subcommand_required, subcommands("guild_budget", "role_budget", "conversation_budget"))]
async fn budget(_: Context<'_>) -> Result {
    Ok(())
}

/// Say what models in the cloud may cost this guild in 30 days.
#[poise::command(slash_command, rename = "guild")]
async fn guild_budget(
    ctx: Context<'_>,
    #[description = "In whole dollars; what they cost unless told"]
    #[min = 0]
    #[max = 1_000_000]
    dollars: Option<i64>,
) -> Result {
    ctx.perform(SetBudget { dollars }).await
}

/// Say what models in the cloud may cost for each of a role in 30 days.
#[poise::command(slash_command, rename = "role")]
async fn role_budget(
    ctx: Context<'_>,
    #[description = "The role; @everyone is everybody"] role: serenity::Role,
    #[description = "In whole dollars; what they cost unless told"]
    #[min = 0]
    #[max = 1_000_000]
    dollars: Option<i64>,
) -> Result {
    ctx.perform(SetAllowance { role: role.id.get(), dollars }).await
}

/// Say what models in the cloud may cost in one conversation.
#[poise::command(slash_command, rename = "conversation")]
async fn conversation_budget(
    ctx: Context<'_>,
    #[description = "In whole dollars; what they cost unless told"]
    #[min = 0]
    #[max = 1_000_000]
    dollars: Option<i64>,
) -> Result {
    ctx.perform(SetConversationBudget { dollars }).await
}
