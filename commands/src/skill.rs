//! `/skill`: how something is done, in words.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use conversations::{AskJarvis, Attached, Holds};
use workspace::{ItemName, ListSkills, ShowSkill};

use crate::{
    Context, Result, complete_workspace,
    perform::{Perform, refuse_secrets},
};

/// How something is done, in words.
#[poise::command(slash_command, guild_only, subcommand_required, subcommands("list", "show", "run"))]
pub(crate) async fn skill(_: Context<'_>) -> Result {
    Ok(())
}

/// List the skills.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform(ListSkills {}).await
}

/// Show a skill.
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "The skill"]
    #[autocomplete = "complete_workspace::skill"]
    #[max_length = 64]
    name: String,
) -> Result {
    ctx.perform(ShowSkill { name: ctx.read(&name)? }).await
}

/// Have Jarvis do what a skill says, in a thread of its own.
#[poise::command(slash_command)]
async fn run(
    ctx: Context<'_>,
    #[description = "The skill"]
    #[autocomplete = "complete_workspace::skill"]
    #[max_length = 64]
    name: String,
    #[description = "On what, and what else to know"]
    #[max_length = 1000]
    on: Option<String>,
) -> Result {
    let (asked, name) = (ctx.asked()?, ctx.read::<ItemName>(&name)?);
    let skill = ctx.data().workspace.skill(asked.actor.guild, &name).await?;
    let on = on.map(|on| format!("\n\n{on}")).unwrap_or_default();
    let question = format!("Follow the skill \"{name}\".{on}");
    let files = vec![Attached { name: format!("{name}.md"), holds: Holds::Text(skill.body) }];
    let channel = ctx.interaction.channel_id.get();
    let asking = AskJarvis { question, files, channel, ..AskJarvis::default() };
    refuse_secrets(&ctx.data().hub, asked.actor.guild, &asking)?;
    ctx.perform(asking).await
}
