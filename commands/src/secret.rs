//! `/secret`: named secrets, typed into forms only.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use secrets::{ListSecrets, RemoveSecret, RotateSecret, SecretUses, SetSecret};

use crate::{Context, Result, complete, form::Form, perform::Perform};

/// Named secrets, kept sealed and used by name.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands("set", "list", "rotate", "remove", "where_used")
)]
pub(crate) async fn secret(_: Context<'_>) -> Result {
    Ok(())
}

/// Keep a secret under a name; a form asks for its value.
#[poise::command(slash_command)]
async fn set(
    ctx: Context<'_>,
    #[description = "What to call it, such as DEPLOY_TOKEN; never its value"]
    #[max_length = 200]
    name: String,
) -> Result {
    let asked = ctx.asked()?;
    let set = SetSecret { name: ctx.read(&name)?, value: None };
    // Nobody types a secret into a form only to hear that they may not, or that the name was wrong.
    ctx.data().hub.check(&asked.actor, &set).await?;
    ctx.data().secrets.refuse_taken(asked.actor.guild, &set.name)?;
    Form::SetSecret(set).open(&asked, &ctx.data().hub).await
}

/// List the secrets: their age and use, never their values.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform(ListSecrets {}).await
}

/// Give a secret another value, for everything that uses it; a form asks for it.
#[poise::command(slash_command)]
async fn rotate(
    ctx: Context<'_>,
    #[description = "The secret"]
    #[autocomplete = "complete::secret"]
    #[max_length = 200]
    name: String,
) -> Result {
    let asked = ctx.asked()?;
    let rotate = RotateSecret { name: ctx.read(&name)?, value: None };
    ctx.data().hub.check(&asked.actor, &rotate).await?;
    ctx.data().secrets.refuse_unknown(asked.actor.guild, &rotate.name)?;
    Form::RotateSecret(rotate).open(&asked, &ctx.data().hub).await
}

/// Remove a secret that nothing uses.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The secret"]
    #[autocomplete = "complete::secret"]
    #[max_length = 200]
    name: String,
) -> Result {
    let asked = ctx.asked()?;
    let remove = RemoveSecret { name: ctx.read(&name)? };
    // Nobody confirms what will be refused.
    ctx.data().hub.check(&asked.actor, &remove).await?;
    ctx.data().secrets.refuse_used(asked.actor.guild, &remove.name).await?;
    ctx.perform(remove).await
}

/// Tell what uses a secret, and so what a rotation reaches.
#[poise::command(slash_command, rename = "where-used")]
async fn where_used(
    ctx: Context<'_>,
    #[description = "The secret"]
    #[autocomplete = "complete::secret"]
    #[max_length = 200]
    name: String,
) -> Result {
    ctx.perform(SecretUses { name: ctx.read(&name)? }).await
}
