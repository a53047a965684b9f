//! `/compose`: Compose projects, in folders that were allowed.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use containers::{
    AllowProject, DownProject, Folder, ForgetProject, ListProjects, ProjectConfig, ProjectLogs, PullProject,
    RestartProject, UpProject,
};

use crate::{Context, Result, complete, perform::Perform};

/// Compose projects, here and on every server.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands("list", "up", "down", "pull", "restart", "logs", "config", "allow", "forget")
)]
pub(crate) async fn compose(_: Context<'_>) -> Result {
    Ok(())
}

/// List the Compose projects.
#[poise::command(slash_command)]
async fn list(
    ctx: Context<'_>,
    #[description = "The server they are on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
) -> Result {
    ctx.perform(ListProjects { server: ctx.read(&server)? }).await
}

/// Start a project, or what of it changed.
#[poise::command(slash_command)]
async fn up(
    ctx: Context<'_>,
    #[description = "The server it is on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The project"]
    #[autocomplete = "complete::project"]
    #[max_length = 200]
    project: String,
) -> Result {
    ctx.perform(UpProject { server: ctx.read(&server)?, project: ctx.read(&project)? }).await
}

/// Stop a project and remove its containers; its volumes stay.
#[poise::command(slash_command)]
async fn down(
    ctx: Context<'_>,
    #[description = "The server it is on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The project"]
    #[autocomplete = "complete::project"]
    #[max_length = 200]
    project: String,
) -> Result {
    ctx.perform(DownProject { server: ctx.read(&server)?, project: ctx.read(&project)? }).await
}

/// Fetch the images of a project.
#[poise::command(slash_command)]
async fn pull(
    ctx: Context<'_>,
    #[description = "The server it is on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The project"]
    #[autocomplete = "complete::project"]
    #[max_length = 200]
    project: String,
) -> Result {
    ctx.perform(PullProject { server: ctx.read(&server)?, project: ctx.read(&project)? }).await
}

/// Restart the containers of a project.
#[poise::command(slash_command)]
async fn restart(
    ctx: Context<'_>,
    #[description = "The server it is on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The project"]
    #[autocomplete = "complete::project"]
    #[max_length = 200]
    project: String,
) -> Result {
    ctx.perform(RestartProject { server: ctx.read(&server)?, project: ctx.read(&project)? }).await
}

/// Read the logs of a project.
#[poise::command(slash_command)]
async fn logs(
    ctx: Context<'_>,
    #[description = "The server it is on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The project"]
    #[autocomplete = "complete::project"]
    #[max_length = 200]
    project: String,
) -> Result {
    ctx.perform(ProjectLogs { server: ctx.read(&server)?, project: ctx.read(&project)? }).await
}

/// Show what Compose makes of a project's files, without the values of its environment.
#[poise::command(slash_command)]
async fn config(
    ctx: Context<'_>,
    #[description = "The server it is on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The project"]
    #[autocomplete = "complete::project"]
    #[max_length = 200]
    project: String,
) -> Result {
    ctx.perform(ProjectConfig { server: ctx.read(&server)?, project: ctx.read(&project)? }).await
}

/// Say in which folder a project is: Compose is used nowhere else.
#[poise::command(slash_command)]
async fn allow(
    ctx: Context<'_>,
    #[description = "The server it is on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The project"]
    #[autocomplete = "complete::project"]
    #[max_length = 200]
    project: String,
    #[description = "The folder its files are in, such as /srv/shop"]
    #[max_length = 255]
    folder: String,
) -> Result {
    let (server, project) = (ctx.read(&server)?, ctx.read(&project)?);
    ctx.perform(AllowProject { server, project, folder: ctx.read::<Folder>(&folder)?.to_string() }).await
}

/// Use a project no more; what runs of it goes on.
#[poise::command(slash_command)]
async fn forget(
    ctx: Context<'_>,
    #[description = "The server it is on"]
    #[autocomplete = "complete::engine"]
    #[max_length = 200]
    server: String,
    #[description = "The project"]
    #[autocomplete = "complete::project"]
    #[max_length = 200]
    project: String,
) -> Result {
    ctx.perform(ForgetProject { server: ctx.read(&server)?, project: ctx.read(&project)? }).await
}
