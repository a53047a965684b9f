//! `/container`: what runs on a server's engine.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use containers::{
    ExecCommand, InspectContainer, KillContainer, ListContainers, ListProcesses, MeasureContainers, Name, Prune,
    ReadLog, RemoveContainer, RestartContainer, ShowContainer, StartContainer, StopContainer, UnwatchContainers,
    UseSocket, Volumes, WatchContainers,
};
use poise::serenity_prelude as serenity;

use crate::{Context, Result, complete, perform::Perform};

/// Containers, here and on every server.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands(
        "list", "show", "logs", "start", "stop", "restart", "kill", "remove", "stats", "top", "exec", "inspect",
        "prune", "watch", "unwatch", "socket"
    )
)]
pub(crate) async fn container(_: Context<'_>) -> Result {
    Ok(())
}

/// List the containers.
#[poise::command(slash_command)]
async fn list(
    ctx: Context<'_>,
    #[description = "The server they run on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
) -> Result {
    ctx.perform(ListContainers { server: ctx.read(&server)? }).await
}

/// Show a container.
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "The server it runs on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The container"]
    #[autocomplete = "complete::container"]
    #[max_length = 200]
    container: String,
) -> Result {
    ctx.perform(ShowContainer { server: ctx.read(&server)?, container: ctx.read(&container)? }).await
}

/// Read a container's log, or follow it live.
#[poise::command(slash_command)]
async fn logs(
    ctx: Context<'_>,
    #[description = "The server it runs on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The container"]
    #[autocomplete = "complete::container"]
    #[max_length = 200]
    container: String,
    #[description = "How many of its last lines; 100 unless told"]
    #[min = 1]
    #[max = 100_000]
    lines: Option<u32>,
    #[description = "Only lines with this in them"]
    #[max_length = 200]
    filter: Option<String>,
    #[description = "Go on with what comes, for this many minutes"]
    #[min = 1]
    #[max = 720]
    follow: Option<u32>,
) -> Result {
    let (server, container) = (ctx.read(&server)?, ctx.read(&container)?);
    ctx.perform(ReadLog { server, container, lines, filter, follow }).await
}

/// Start a container.
#[poise::command(slash_command)]
async fn start(
    ctx: Context<'_>,
    #[description = "The server it runs on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The container"]
    #[autocomplete = "complete::container"]
    #[max_length = 200]
    container: String,
) -> Result {
    ctx.perform(StartContainer { server: ctx.read(&server)?, container: ctx.read(&container)? }).await
}

/// Stop a container.
#[poise::command(slash_command)]
async fn stop(
    ctx: Context<'_>,
    #[description = "The server it runs on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The container"]
    #[autocomplete = "complete::container"]
    #[max_length = 200]
    container: String,
) -> Result {
    ctx.perform(StopContainer { server: ctx.read(&server)?, container: ctx.read(&container)? }).await
}

/// Restart a container, and see whether it stays up.
#[poise::command(slash_command)]
async fn restart(
    ctx: Context<'_>,
    #[description = "The server it runs on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The container"]
    #[autocomplete = "complete::container"]
    #[max_length = 200]
    container: String,
) -> Result {
    ctx.perform(RestartContainer { server: ctx.read(&server)?, container: ctx.read(&container)? }).await
}

/// Kill a container without waiting for it.
#[poise::command(slash_command)]
async fn kill(
    ctx: Context<'_>,
    #[description = "The server it runs on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The container"]
    #[autocomplete = "complete::container"]
    #[max_length = 200]
    container: String,
) -> Result {
    ctx.perform(KillContainer { server: ctx.read(&server)?, container: ctx.read(&container)? }).await
}

/// Remove a container; its volumes stay.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The server it is on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The container"]
    #[autocomplete = "complete::container"]
    #[max_length = 200]
    container: String,
) -> Result {
    ctx.perform(RemoveContainer { server: ctx.read(&server)?, container: ctx.read(&container)? }).await
}

/// Show what containers take of their machine.
#[poise::command(slash_command)]
async fn stats(
    ctx: Context<'_>,
    #[description = "The server they run on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "One container; all that run unless told"]
    #[autocomplete = "complete::container"]
    #[max_length = 200]
    container: Option<String>,
) -> Result {
    let container: Option<Name> = container.map(|name| ctx.read(&name)).transpose()?;
    ctx.perform(MeasureContainers { server: ctx.read(&server)?, container }).await
}

/// List what runs in a container.
#[poise::command(slash_command)]
async fn top(
    ctx: Context<'_>,
    #[description = "The server it runs on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The container"]
    #[autocomplete = "complete::container"]
    #[max_length = 200]
    container: String,
) -> Result {
    ctx.perform(ListProcesses { server: ctx.read(&server)?, container: ctx.read(&container)? }).await
}

/// Run a command in a container.
#[poise::command(slash_command)]
async fn exec(
    ctx: Context<'_>,
    #[description = "The server it runs on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The container"]
    #[autocomplete = "complete::container"]
    #[max_length = 200]
    container: String,
    #[description = "The command line, as the container's shell reads it"]
    #[max_length = 6000]
    command: String,
    #[description = "Give up after this many minutes; 10 unless told"]
    #[min = 1]
    #[max = 720]
    minutes: Option<u32>,
) -> Result {
    let (server, container) = (ctx.read(&server)?, ctx.read(&container)?);
    ctx.perform(ExecCommand { server, container, command, minutes }).await
}

/// Show all that Docker knows of a container, as a file.
#[poise::command(slash_command)]
async fn inspect(
    ctx: Context<'_>,
    #[description = "The server it is on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The container"]
    #[autocomplete = "complete::container"]
    #[max_length = 200]
    container: String,
) -> Result {
    ctx.perform(InspectContainer { server: ctx.read(&server)?, container: ctx.read(&container)? }).await
}

/// Remove what nothing uses: stopped containers, images without a name.
#[poise::command(slash_command)]
async fn prune(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "Volumes that no container has, too, with all that is in them"] volumes: Option<bool>,
) -> Result {
    let volumes = if volumes == Some(true) { Volumes::Remove } else { Volumes::Keep };
    ctx.perform(Prune { server: ctx.read(&server)?, volumes }).await
}

/// Tell in a channel when a container exits, loops, runs out of memory or is unhealthy.
#[poise::command(slash_command)]
async fn watch(
    ctx: Context<'_>,
    #[description = "The server they run on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The channel"]
    #[channel_types("Text", "News")]
    channel: serenity::ChannelId,
) -> Result {
    ctx.perform(WatchContainers { server: ctx.read(&server)?, channel: channel.get() }).await
}

/// Tell no more when a container is in trouble.
#[poise::command(slash_command)]
async fn unwatch(
    ctx: Context<'_>,
    #[description = "The server they run on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
) -> Result {
    ctx.perform(UnwatchContainers { server: ctx.read(&server)? }).await
}

/// Say where a server's engine listens, where that is not where Docker does.
#[poise::command(slash_command)]
async fn socket(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
    #[description = "The socket's path, such as /run/user/1000/docker.sock; Docker's own unless told"]
    #[max_length = 107]
    path: Option<String>,
) -> Result {
    ctx.perform(UseSocket { server: ctx.read(&server)?, path }).await
}
