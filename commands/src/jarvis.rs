//! `/jarvis`: the assistant, asked by a command; what is said in its threads is heard in `jarvis_heard`.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use base::Error;
use conversations::{
    AskJarvis, DeleteConversation, ExportConversation, ForkConversation, ListConversations, Mode, RenameConversation,
    SetMode, StopJarvis,
};
use poise::serenity_prelude::{Attachment, AutocompleteChoice, CreateAutocompleteResponse};

use crate::{
    Context, Result,
    jarvis_heard::{File, read},
    perform::{Perform, refuse_secrets},
};

/// Discord's own limit for a line of a choice.
const LABEL: usize = 100;
/// And for how many there are.
const OFFERED: usize = 25;

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum How {
    #[name = "ask: answers, looks things up, does what is asked"]
    Ask,
    #[name = "debug: finds out what is wrong before anything is changed"]
    Debug,
    #[name = "plan: makes a plan and changes nothing"]
    Plan,
    #[name = "test: checks that something works and changes nothing"]
    Test,
    #[name = "support: helps somebody step by step"]
    Support,
    #[name = "architect: thinks about how things should be built"]
    Architect,
}

impl From<How> for Mode {
    fn from(how: How) -> Self {
        match how {
            How::Ask => Self::Ask,
            How::Debug => Self::Debug,
            How::Plan => Self::Plan,
            How::Test => Self::Test,
            How::Support => Self::Support,
            How::Architect => Self::Architect,
        }
    }
}

/// The assistant: it looks things up and does what you may do yourself.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands("ask", "stop", "mode", "list", "rename", "fork", "export", "delete")
)]
pub(crate) async fn jarvis(_: Context<'_>) -> Result {
    Ok(())
}

/// Ask Jarvis something, in a thread of its own.
#[poise::command(slash_command)]
async fn ask(
    ctx: Context<'_>,
    #[description = "What to find out or have done"]
    #[max_length = 6000]
    question: String,
    #[description = "How it goes about it; ask unless told"] mode: Option<How>,
    #[description = "A log, a text or a picture to look at"] file: Option<Attachment>,
) -> Result {
    let channel = ctx.interaction.channel_id.get();
    let mode = mode.map(Mode::from);
    let mut asking = AskJarvis { question, mode, channel, ..AskJarvis::default() };
    let hub = &ctx.data().hub;
    let asked = ctx.asked()?;
    refuse_secrets(hub, asked.actor.guild, &asking)?;
    if let Some(file) = &file {
        // Nothing is fetched for somebody who may not.
        hub.check(&asked.actor, &asking).await?;
        asking.files = vec![read(ctx.data(), asked.actor.guild, File::from(file)).await?];
    }
    ctx.perform(asking).await
}

/// Stop what Jarvis is doing in a conversation.
#[poise::command(slash_command)]
async fn stop(
    ctx: Context<'_>,
    #[description = "Its number; the conversation of this thread unless told"]
    #[autocomplete = "numbers"]
    #[min = 1]
    #[max = 1_000_000_000]
    conversation: Option<i64>,
) -> Result {
    let conversation = here(ctx, conversation).await?;
    ctx.perform(StopJarvis { conversation }).await
}

/// Choose how Jarvis goes about a conversation.
#[poise::command(slash_command)]
async fn mode(
    ctx: Context<'_>,
    #[description = "How; shows what there is unless told"] mode: Option<How>,
    #[description = "Its number; the conversation of this thread unless told"]
    #[autocomplete = "numbers"]
    #[min = 1]
    #[max = 1_000_000_000]
    conversation: Option<i64>,
) -> Result {
    let conversation = here(ctx, conversation).await?;
    ctx.perform(SetMode { conversation, mode: mode.map(Mode::from) }).await
}

/// List the conversations with Jarvis, the latest first.
#[poise::command(slash_command)]
async fn list(
    ctx: Context<'_>,
    #[description = "Only those with these words in their title"]
    #[max_length = 100]
    search: Option<String>,
) -> Result {
    ctx.perform(ListConversations { search }).await
}

/// Rename a conversation and its thread.
#[poise::command(slash_command)]
async fn rename(
    ctx: Context<'_>,
    #[description = "What it is to be called"]
    #[max_length = 100]
    title: String,
    #[description = "Its number; the conversation of this thread unless told"]
    #[autocomplete = "numbers"]
    #[min = 1]
    #[max = 1_000_000_000]
    conversation: Option<i64>,
) -> Result {
    let conversation = here(ctx, conversation).await?;
    ctx.perform(RenameConversation { conversation, title }).await
}

/// Go on with a conversation in another thread; the first stays as it is.
#[poise::command(slash_command)]
async fn fork(
    ctx: Context<'_>,
    #[description = "Its number; the conversation of this thread unless told"]
    #[autocomplete = "numbers"]
    #[min = 1]
    #[max = 1_000_000_000]
    conversation: Option<i64>,
) -> Result {
    let number = here(ctx, conversation).await?;
    let asked = ctx.asked()?;
    let (store, channel) = (ctx.data().hub.store(), ctx.interaction.channel_id.get());
    // A thread has no threads: the new one stands beside the first.
    let channel = store.conversation_in(asked.actor.guild, channel).await?.map_or(channel, |first| first.channel);
    ctx.perform(ForkConversation { conversation: number, channel }).await
}

/// Get a conversation as a file.
#[poise::command(slash_command)]
async fn export(
    ctx: Context<'_>,
    #[description = "Its number; the conversation of this thread unless told"]
    #[autocomplete = "numbers"]
    #[min = 1]
    #[max = 1_000_000_000]
    conversation: Option<i64>,
) -> Result {
    let conversation = here(ctx, conversation).await?;
    ctx.perform_aside(ExportConversation { conversation }).await
}

/// Delete a conversation: what is kept of it is gone.
#[poise::command(slash_command)]
async fn delete(
    ctx: Context<'_>,
    #[description = "Its number; the conversation of this thread unless told"]
    #[autocomplete = "numbers"]
    #[min = 1]
    #[max = 1_000_000_000]
    conversation: Option<i64>,
) -> Result {
    let conversation = here(ctx, conversation).await?;
    ctx.perform(DeleteConversation { conversation }).await
}

/// The conversation that was named, or the one whose thread this is.
async fn here(ctx: Context<'_>, named: Option<i64>) -> Result<i64> {
    if let Some(number) = named {
        return Ok(number);
    }
    let (guild, channel) = (ctx.asked()?.actor.guild, ctx.interaction.channel_id.get());
    let found = ctx.data().hub.store().conversation_in(guild, channel).await?;
    let sentence = "This is no thread of a conversation. Use it in one, or name its number: `/jarvis list` shows them.";
    found.map(|found| found.number).ok_or_else(|| Error::Invalid(sentence.to_owned()))
}

/// Completes a conversation's number by its title.
async fn numbers(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Ok(asked) = ctx.asked() else { return CreateAutocompleteResponse::new() };
    let (hub, guild) = (&ctx.data().hub, asked.actor.guild);
    let may = hub.held(&asked.actor).await.is_ok_and(|held| held.allows_any("jarvis.list"));
    if !may {
        return CreateAutocompleteResponse::new();
    }
    let (wanted, redactor) = (typed.trim().to_lowercase(), hub.redactor(guild));
    let all = hub.store().conversations(guild, 200).await.unwrap_or_default();
    let fits = all.into_iter().filter_map(|one| {
        let label = format!("{} · {}", one.number, redactor.mask(&one.title));
        let label: String = label.chars().take(LABEL).collect();
        label.to_lowercase().contains(&wanted).then(|| AutocompleteChoice::new(label, one.number))
    });
    CreateAutocompleteResponse::new().set_choices(fits.take(OFFERED).collect())
}
