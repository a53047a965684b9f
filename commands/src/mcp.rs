//! `/mcp`: programs whose tools the assistant uses, and tokens by which other assistants use ours.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use ::mcp::{
    AddServer, CreateToken, Level, ListServers, ListTokens, ListTools, RemoveServer, RevokeToken, ServerName, SetRisk,
    ShowServer,
};

use crate::{
    Context, Result, complete_mcp,
    form::Form,
    perform::{Perform, refuse_secrets},
};

/// What a tool does at most.
#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum AtMost {
    #[name = "observe: it only looks, and asks nobody"]
    Observe,
    #[name = "change: it asks for a yes"]
    Change,
}

/// Programs whose tools Jarvis uses, and tokens by which other assistants work here.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands("list", "add", "show", "remove", "tools", "risk", "token")
)]
pub(crate) async fn mcp(_: Context<'_>) -> Result {
    Ok(())
}

/// List the MCP servers that are used here.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform(ListServers {}).await
}

/// Use an MCP server here; a form asks for its token.
#[poise::command(slash_command)]
async fn add(
    ctx: Context<'_>,
    #[description = "What to call it; of those that whoever runs me named, their name"]
    #[autocomplete = "complete_mcp::own"]
    #[max_length = 32]
    name: String,
    #[description = "Where it is, such as https://mcp.example/mcp; nothing for those that whoever runs me named"]
    #[max_length = 300]
    url: Option<String>,
) -> Result {
    let asked = ctx.asked()?;
    let add = AddServer { name: ctx.read(&name)?, url, token: None };
    let (hub, guild) = (&ctx.data().hub, asked.actor.guild);
    refuse_secrets(hub, guild, &add)?;
    // Nobody types a token into a form only to hear that they may not, or that the address was wrong.
    hub.check(&asked.actor, &add).await?;
    if ctx.data().mcp.refuse_wrong(guild, &add).await? {
        return Form::AddMcp(add).open(&asked, hub).await;
    }
    ctx.perform(add).await
}

/// Show how an MCP server is.
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete_mcp::server"]
    #[max_length = 32]
    name: String,
) -> Result {
    ctx.perform(ShowServer { name: ctx.read(&name)? }).await
}

/// Use an MCP server no more.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete_mcp::server"]
    #[max_length = 32]
    name: String,
) -> Result {
    let (asked, name) = (ctx.asked()?, ctx.read::<ServerName>(&name)?);
    let remove = RemoveServer { name };
    // Nobody confirms what will be refused.
    ctx.data().hub.check(&asked.actor, &remove).await?;
    ctx.data().mcp.exists(asked.actor.guild, &remove.name).await?;
    ctx.perform(remove).await
}

/// List the tools of an MCP server, and which of them only look.
#[poise::command(slash_command)]
async fn tools(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete_mcp::server"]
    #[max_length = 32]
    server: String,
) -> Result {
    ctx.perform(ListTools { server: ctx.read(&server)?, skip: 0 }).await
}

/// Say whether a tool only looks; until then it asks for a yes each time it is used.
#[poise::command(slash_command)]
async fn risk(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete_mcp::server"]
    #[max_length = 32]
    server: String,
    #[description = "Its tool"]
    #[autocomplete = "complete_mcp::tool"]
    #[max_length = 128]
    tool: String,
    #[description = "What it does at most, as it is now"] risk: AtMost,
) -> Result {
    let risk = match risk {
        AtMost::Observe => Level::Observe,
        AtMost::Change => Level::Change,
    };
    let action = SetRisk { server: ctx.read(&server)?, tool, risk };
    refuse_secrets(&ctx.data().hub, ctx.asked()?.actor.guild, &action)?;
    ctx.perform(action).await
}

/// Tokens by which other assistants work here as you.
#[poise::command(slash_command, subcommand_required, subcommands("create", "tokens", "revoke"))]
async fn token(_: Context<'_>) -> Result {
    Ok(())
}

/// Make a token by which another assistant works here as you; it is shown once, to you alone.
#[poise::command(slash_command)]
async fn create(
    ctx: Context<'_>,
    #[description = "What to call it, such as laptop"]
    #[max_length = 32]
    name: String,
    #[description = "How many days it lasts; 30 unless told"]
    #[min = 1]
    #[max = 90]
    days: Option<u16>,
) -> Result {
    let action = CreateToken { name, days };
    refuse_secrets(&ctx.data().hub, ctx.asked()?.actor.guild, &action)?;
    ctx.perform_aside(action).await
}

/// List your tokens for other assistants.
#[poise::command(slash_command, rename = "list")]
async fn tokens(ctx: Context<'_>) -> Result {
    ctx.perform_aside(ListTokens {}).await
}

/// End one of your tokens for other assistants.
#[poise::command(slash_command)]
async fn revoke(
    ctx: Context<'_>,
    #[description = "Which one"]
    #[autocomplete = "complete_mcp::token"]
    #[max_length = 32]
    name: String,
) -> Result {
    let action = RevokeToken { name };
    refuse_secrets(&ctx.data().hub, ctx.asked()?.actor.guild, &action)?;
    ctx.perform_aside(action).await
}
