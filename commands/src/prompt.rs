//! `/prompt`: prompts to use again, one's own and those that are shared here.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use std::collections::BTreeMap;

use memories::{
    Category, ListPrompts, Origin, OwnWords, PromptName, RemovePrompt, SavePrompt, SearchPrompts, SharePrompt,
    UnsharePrompt, UsePrompt,
};

use crate::{Context, Result, complete_memories, form::Form, perform::Perform};

/// Prompts to use again: yours, those that are shared here, and some that come with me.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands("save", "use_one", "search", "list", "share", "remove")
)]
pub(crate) async fn prompt(_: Context<'_>) -> Result {
    Ok(())
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Kind {
    #[name = "ops"]
    Ops,
    #[name = "code"]
    Code,
    #[name = "content"]
    Content,
    #[name = "image"]
    Image,
    #[name = "chat"]
    Chat,
    #[name = "system"]
    System,
}

impl From<Kind> for Category {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Ops => Self::Ops,
            Kind::Code => Self::Code,
            Kind::Content => Self::Content,
            Kind::Image => Self::Image,
            Kind::Chat => Self::Chat,
            Kind::System => Self::System,
        }
    }
}

/// Save a prompt of yours, in a form; what stands in {braces} is asked for when it is used.
#[poise::command(slash_command)]
async fn save(
    ctx: Context<'_>,
    #[description = "What it is called; one of yours of that name is changed"]
    #[autocomplete = "complete_memories::own_prompt"]
    #[max_length = 32]
    name: String,
    #[description = "What kind it is"] category: Kind,
    #[description = "Words it is found by, such as: docker incident"]
    #[max_length = 120]
    tags: Option<String>,
) -> Result {
    let (asked, hub) = (ctx.asked()?, &ctx.data().hub);
    let (name, category, tags) = (ctx.read::<PromptName>(&name)?, Category::from(category), tags.unwrap_or_default());
    let before = ctx.data().memories.prompts(asked.actor.guild, asked.actor.user).await?;
    let is_mine = |origin| matches!(origin, Origin::Mine | Origin::MineShared);
    let before = before.into_iter().find(|one| one.name == name.as_str() && is_mine(one.from));
    let save = SavePrompt { name, text: OwnWords::new(""), category, tags };
    hub.check(&asked.actor, &save).await?;
    let SavePrompt { name, category, tags, .. } = save;
    Form::SavePrompt { name, category, tags, text: before.map(|one| one.text).unwrap_or_default() }
        .open(&asked, hub)
        .await
}

/// Use a prompt: what it has in braces is asked for in a form.
#[poise::command(slash_command, rename = "use")]
async fn use_one(
    ctx: Context<'_>,
    #[description = "The prompt"]
    #[autocomplete = "complete_memories::prompt"]
    #[max_length = 32]
    name: String,
) -> Result {
    let (asked, hub) = (ctx.asked()?, &ctx.data().hub);
    let channel = Some(ctx.interaction.channel_id.get());
    let action = UsePrompt { name: ctx.read(&name)?, values: BTreeMap::new(), channel };
    hub.check(&asked.actor, &action).await?;
    let found = ctx.data().memories.prompt(asked.actor.guild, asked.actor.user, action.name.as_str()).await?;
    let template = found.template()?;
    let variables: Vec<String> = template.variables().into_iter().map(str::to_owned).collect();
    if variables.is_empty() {
        return ctx.perform_aside(action).await;
    }
    Form::UsePrompt { name: action.name, variables, channel }.open(&asked, hub).await
}

/// Search the prompts you may use.
#[poise::command(slash_command)]
async fn search(
    ctx: Context<'_>,
    #[description = "Words of its name, its tags, its kind or its text"]
    #[max_length = 200]
    words: String,
) -> Result {
    ctx.perform_aside(SearchPrompts { query: words }).await
}

/// List the prompts you may use.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>, #[description = "Only of this kind"] category: Option<Kind>) -> Result {
    ctx.perform_aside(ListPrompts { category: category.map(Category::from), skip: 0 }).await
}

/// Let everybody here use a prompt of yours, as it is now.
#[poise::command(slash_command)]
async fn share(
    ctx: Context<'_>,
    #[description = "The prompt"]
    #[autocomplete = "complete_memories::own_prompt"]
    #[max_length = 32]
    name: String,
) -> Result {
    ctx.perform(SharePrompt { name: ctx.read(&name)? }).await
}

/// Remove a prompt of yours; or take back what somebody else shares here.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The prompt"]
    #[autocomplete = "complete_memories::kept_prompt"]
    #[max_length = 32]
    name: String,
) -> Result {
    let asked = ctx.asked()?;
    let name: PromptName = ctx.read(&name)?;
    let all = ctx.data().memories.prompts(asked.actor.guild, asked.actor.user).await?;
    let is_anothers = all.iter().any(|one| one.name == name.as_str() && matches!(one.from, Origin::Shared(_)));
    if is_anothers {
        return ctx.perform(UnsharePrompt { name }).await;
    }
    ctx.perform_aside(RemovePrompt { name }).await
}
