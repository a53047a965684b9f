//! `/ticket saved`: replies that staff use again and again.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use tickets::{ListSavedReplies, RemoveSavedReply, SetSavedReply};

use crate::{
    Context, Result,
    perform::Perform,
    ticket::{clean, complete},
};

/// Replies that staff use again and again.
#[poise::command(slash_command, subcommand_required, subcommands("set", "remove", "list"))]
pub(crate) async fn saved(_: Context<'_>) -> Result {
    Ok(())
}

/// Keep a reply. {member} {ticket} {category} {staff} {server} are filled in.
#[poise::command(slash_command)]
async fn set(
    ctx: Context<'_>,
    #[description = "What it is called"]
    #[autocomplete = "complete::saved"]
    #[max_length = 40]
    name: String,
    #[description = "What it says"]
    #[max_length = 1000]
    text: String,
) -> Result {
    clean(ctx, SetSavedReply { name, text }).await
}

/// Forget a reply.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "What it is called"]
    #[autocomplete = "complete::saved"]
    #[max_length = 40]
    name: String,
) -> Result {
    clean(ctx, RemoveSavedReply { name }).await
}

/// List the replies.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform_aside(ListSavedReplies {}).await
}
