//! `/grant`: who may do what. `/whoami`: what may I do here?

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use hub::grants::{GiveGrant, ListGrants, RevokeGrant, ShowMine, line};
use poise::serenity_prelude as serenity;

use crate::{Context, Result, complete, perform::Perform};

/// Who may do what here.
#[poise::command(slash_command, guild_only, subcommand_required, subcommands("role", "person", "list", "revoke"))]
pub(crate) async fn grant(_: Context<'_>) -> Result {
    Ok(())
}

/// Let everybody with a role do something.
#[poise::command(slash_command)]
async fn role(
    ctx: Context<'_>,
    #[description = "The role; @everyone is everybody"] role: serenity::Role,
    #[description = "An action such as server.run, all of a kind as server.*, or *"]
    #[autocomplete = "complete::action"]
    #[max_length = 64]
    allow: String,
    #[description = "A target such as web-1, several as web-* or tag:prod, or *"]
    #[autocomplete = "complete::target"]
    #[max_length = 64]
    on: String,
) -> Result {
    let everyone = ctx.interaction.guild_id.is_some_and(|guild| guild.get() == role.id.get());
    let name = if everyone { role.name } else { format!("@{}", role.name) };
    ctx.perform(GiveGrant { role: Some(role.id.get()), person: None, name, allow, on }).await
}

/// Let one person do something.
#[poise::command(slash_command)]
async fn person(
    ctx: Context<'_>,
    #[description = "The person"] person: serenity::User,
    #[description = "An action such as server.run, all of a kind as server.*, or *"]
    #[autocomplete = "complete::action"]
    #[max_length = 64]
    allow: String,
    #[description = "A target such as web-1, several as web-* or tag:prod, or *"]
    #[autocomplete = "complete::target"]
    #[max_length = 64]
    on: String,
) -> Result {
    let name = format!("@{}", person.name);
    ctx.perform(GiveGrant { role: None, person: Some(person.id.get()), name, allow, on }).await
}

/// List the grants.
#[poise::command(slash_command)]
async fn list(
    ctx: Context<'_>,
    #[description = "Only those of this role"] role: Option<serenity::Role>,
    #[description = "Only those of this person"] person: Option<serenity::User>,
) -> Result {
    let holder = role.map(|role| role.id.get()).or(person.map(|person| person.id.get()));
    ctx.perform(ListGrants { holder }).await
}

/// Take a grant back; it is refused from that moment on.
#[poise::command(slash_command)]
async fn revoke(
    ctx: Context<'_>,
    #[description = "The grant: type a role, a person, an action or a target"]
    #[autocomplete = "complete::grant"]
    #[max_length = 100]
    grant: String,
) -> Result {
    // What is chosen while typing is an id; whoever approves, and the log, read what it stands for.
    let guild = ctx.asked()?.actor.guild;
    let known = ctx.data().hub.store().grants(guild).await?.into_iter().find(|known| known.id == grant.trim());
    let (grant, id) = known.map_or((grant, None), |known| (line(&known), Some(known.id)));
    ctx.perform(RevokeGrant { grant, id }).await
}

/// Show what you may do here.
#[poise::command(slash_command, guild_only)]
pub(crate) async fn whoami(ctx: Context<'_>) -> Result {
    ctx.perform_aside(ShowMine {}).await
}
