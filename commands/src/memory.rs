//! `/remember`, `/forget` and `/memory`: what is remembered, for whoever asks or for the guild.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use memories::{
    EditGuildMemory, EditMemory, ForgetGuildMemory, ForgetMemory, ListMemories, NoteForGuild, NoteMemory, OwnWords,
    ShowMemory, Whose,
};

use crate::{Context, Result, complete_memories, form::Form, perform::Perform};

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum For {
    #[name = "me"]
    Me,
    #[name = "guild"]
    Guild,
}

impl From<For> for Whose {
    fn from(whom: For) -> Self {
        match whom {
            For::Me => Self::Mine,
            For::Guild => Self::Guild,
        }
    }
}

/// Remember something: for you alone, or for everybody here. Jarvis is told of it with each question.
#[poise::command(slash_command, guild_only)]
pub(crate) async fn remember(
    ctx: Context<'_>,
    #[description = "What, in a sentence; no passwords"]
    #[max_length = 500]
    text: String,
    #[description = "For whom; for you alone unless told"]
    #[rename = "for"]
    whom: Option<For>,
) -> Result {
    match whom {
        Some(For::Guild) => ctx.perform(NoteForGuild { text }).await,
        Some(For::Me) | None => ctx.perform_aside(NoteMemory { text: OwnWords::new(text) }).await,
    }
}

/// Forget something that is remembered for you, or for this guild.
#[poise::command(slash_command, guild_only)]
pub(crate) async fn forget(
    ctx: Context<'_>,
    #[description = "What; words that are in it do"]
    #[autocomplete = "complete_memories::memory"]
    #[max_length = 500]
    what: String,
) -> Result {
    let asked = ctx.asked()?;
    let (guild, user) = (asked.actor.guild, asked.actor.user);
    let memory = ctx.data().memories.meant(guild, user, &what).await?;
    match memory.owner {
        Some(_) => ctx.perform_aside(ForgetMemory { memory: memory.id }).await,
        None => ctx.perform(ForgetGuildMemory { memory: memory.id }).await,
    }
}

/// What is remembered, for you and for this guild.
#[poise::command(slash_command, guild_only, subcommand_required, subcommands("list", "show", "edit"))]
pub(crate) async fn memory(_: Context<'_>) -> Result {
    Ok(())
}

/// List what is remembered; what is yours only you see.
#[poise::command(slash_command)]
async fn list(
    ctx: Context<'_>,
    #[description = "For whom; all of it unless told"]
    #[rename = "for"]
    whom: Option<For>,
) -> Result {
    ctx.perform_aside(ListMemories { whose: whom.map(Whose::from), skip: 0 }).await
}

/// Show something that is remembered, whole.
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "What; words that are in it do"]
    #[autocomplete = "complete_memories::memory"]
    #[max_length = 500]
    what: String,
) -> Result {
    ctx.perform_aside(ShowMemory { memory: OwnWords::new(what) }).await
}

/// Change something that is remembered, in a form.
#[poise::command(slash_command)]
async fn edit(
    ctx: Context<'_>,
    #[description = "What; words that are in it do"]
    #[autocomplete = "complete_memories::memory"]
    #[max_length = 500]
    what: String,
) -> Result {
    let (asked, hub) = (ctx.asked()?, &ctx.data().hub);
    let found = ctx.data().memories.meant(asked.actor.guild, asked.actor.user, &what).await?;
    let (memory, text) = (found.id, found.text);
    // Nobody writes only to hear that they may not.
    let whose = if found.owner.is_some() {
        hub.check(&asked.actor, &EditMemory { memory: memory.clone(), text: OwnWords::new("") }).await?;
        Whose::Mine
    } else {
        hub.check(&asked.actor, &EditGuildMemory { memory: memory.clone(), text: String::new() }).await?;
        Whose::Guild
    };
    Form::EditMemory { memory, whose, text }.open(&asked, hub).await
}
