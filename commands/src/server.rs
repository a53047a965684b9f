//! `/server`: the machines, and commands on them.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use base::SecretName;
use hosts::{
    AddServer, CheckServer, ListServers, RemoveServer, RunCommand, RunOnServers, Selection, ShowServer, TagServer,
};

use crate::{
    Context, Result, complete, complete_servers,
    form::Form,
    perform::{self, Perform},
    server_edit, server_import, server_power, server_provision,
    terminal::{invite, terminal, uninvite},
};

/// Servers, and commands on them.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands(
        "add",
        "list",
        "show",
        "tag",
        "test",
        "remove",
        "run",
        "terminal",
        "invite",
        "uninvite",
        "crate::metrics::of_server",
        "server_edit::note",
        "server_edit::jump",
        "server_import::import",
        "server_edit::rotate",
        "server_power::power",
        "server_provision::provision"
    )
)]
pub(crate) async fn server(_: Context<'_>) -> Result {
    Ok(())
}

/// Add a server; a form asks for its key or password, unless a secret is named.
#[poise::command(slash_command)]
async fn add(
    ctx: Context<'_>,
    #[description = "What to call it, such as web-1"]
    #[max_length = 200]
    name: String,
    #[description = "Its host name or IP address, with :port if that is not 22"]
    #[max_length = 300]
    address: String,
    #[description = "Who logs in there, such as root"]
    #[max_length = 100]
    user: String,
    #[description = "What it is for"]
    #[max_length = 200]
    note: Option<String>,
    #[description = "A secret to log in with, in place of the form"]
    #[autocomplete = "complete::secret"]
    #[max_length = 200]
    secret: Option<String>,
    #[description = "The server it is reached through, if it is behind one"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    jump: Option<String>,
) -> Result {
    let asked = ctx.asked()?;
    let server = ctx.read(&name)?;
    let jump = jump.map(|name| ctx.read(&name)).transpose()?;
    let secret: Option<SecretName> = secret.map(|name| ctx.read(&name)).transpose()?;
    let add =
        AddServer { server, address, user, private_key: None, passphrase: None, password: None, secret, note, jump };
    let hub = &ctx.data().hub;
    // Nobody types a secret into a form only to hear that they may not, or that the name was wrong.
    hub.check(&asked.actor, &add).await?;
    perform::refuse_secrets(hub, asked.actor.guild, &add)?;
    add.check()?;
    ctx.data().hosts.refuse_taken(asked.actor.guild, &add.server)?;
    if add.secret.is_some() {
        return ctx.perform(add).await;
    }
    Form::AddServer(add).open(&asked, hub).await
}

/// List the servers.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform(ListServers {}).await
}

/// Show a server.
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
) -> Result {
    ctx.perform(ShowServer { server: ctx.read(&server)? }).await
}

/// Set a server's tags, for grants and rules on all of a kind.
#[poise::command(slash_command)]
async fn tag(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
    #[description = "Its tags from now on, such as: prod web. Without any, they are all taken off"]
    #[max_length = 400]
    tags: Option<String>,
) -> Result {
    let tags = tags.unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    ctx.perform(TagServer { server: ctx.read(&server)?, tags }).await
}

/// Test the connection to a server.
#[poise::command(slash_command)]
async fn test(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
) -> Result {
    ctx.perform(CheckServer { server: ctx.read(&server)? }).await
}

/// Remove a server, its pinned key and how to log in.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
) -> Result {
    ctx.perform(RemoveServer { server: ctx.read(&server)? }).await
}

/// Run a command on a server, or on several at a time.
#[poise::command(slash_command)]
async fn run(
    ctx: Context<'_>,
    #[description = "The server to run it on; or several: tag:web, or web-1, web-2"]
    #[autocomplete = "complete_servers::several"]
    #[max_length = 2000]
    server: String,
    #[description = "The command line, as the server's shell reads it"]
    #[max_length = 6000]
    command: String,
    #[description = "Give up after this many minutes; 10 unless told"]
    #[min = 1]
    #[max = 720]
    minutes: Option<u32>,
) -> Result {
    match ctx.read(&server)? {
        Selection::Names(names) if names.len() == 1 => {
            let server = names.into_iter().next().ok_or_else(|| base::Error::Invalid("Name a server.".to_owned()))?;
            ctx.perform(RunCommand { server, command, minutes }).await
        }
        servers => ctx.perform(RunOnServers { servers, command, minutes }).await,
    }
}
