//! `/server note` and `/server jump`: what is known of a server, changed.

use hosts::{NoteServer, RotateKey, SetJump};

use crate::{Context, Result, complete, perform::Perform};

/// Write down what a server is for.
#[poise::command(slash_command)]
pub(crate) async fn note(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
    #[description = "What it is for. Without one, the note is taken off"]
    #[max_length = 200]
    note: Option<String>,
) -> Result {
    ctx.perform(NoteServer { server: ctx.read(&server)?, note }).await
}

/// Set the server that a server is reached through.
#[poise::command(slash_command)]
pub(crate) async fn jump(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
    #[description = "The server it is reached through. Without one, it is reached directly"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    through: Option<String>,
) -> Result {
    let through = through.map(|name| ctx.read(&name)).transpose()?;
    ctx.perform(SetJump { server: ctx.read(&server)?, through }).await
}

/// Give a server a new key to log in with; the old one goes once the new one has worked.
#[poise::command(slash_command)]
pub(crate) async fn rotate(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
) -> Result {
    ctx.perform(RotateKey { server: ctx.read(&server)? }).await
}
