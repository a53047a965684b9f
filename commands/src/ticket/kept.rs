//! What is kept of tickets: transcripts, search, and what is forgotten.

use poise::serenity_prelude as serenity;
use tickets::{ForgetInTickets, SearchTickets, SetTickets, ShowTranscript};

use super::{clean, complete, number};
use crate::{Context, Result, perform::Perform};

/// Find tickets by what was said in them.
#[poise::command(slash_command)]
pub(crate) async fn search(
    ctx: Context<'_>,
    #[description = "Words that are in it, or begin so"]
    #[max_length = 100]
    words: String,
) -> Result {
    clean(ctx, SearchTickets { words }).await
}

/// Show where a ticket's transcript is read.
#[poise::command(slash_command)]
pub(crate) async fn transcript(
    ctx: Context<'_>,
    #[description = "Its number; in its thread, that one"]
    #[autocomplete = "complete::ticket"]
    #[max_length = 20]
    ticket: Option<String>,
) -> Result {
    ctx.perform_aside(ShowTranscript { ticket: number(ctx, ticket).await? }).await
}

/// Forget what somebody said in tickets: messages, files and answers.
#[poise::command(slash_command)]
pub(crate) async fn forget(ctx: Context<'_>, #[description = "Whom"] member: serenity::User) -> Result {
    ctx.perform_aside(ForgetInTickets { member: member.id.get() }).await
}

/// Say where transcripts are posted, and how long words are kept; without anything, show it.
#[poise::command(slash_command)]
pub(crate) async fn settings(
    ctx: Context<'_>,
    #[description = "Where transcripts are posted"] log: Option<serenity::ChannelId>,
    #[description = "No: they are posted nowhere"] posted: Option<bool>,
    #[description = "So long after a ticket was closed, such as 90d; or none"]
    #[max_length = 40]
    retention: Option<String>,
) -> Result {
    clean(ctx, SetTickets { log: log.map(serenity::ChannelId::get), posted, retention }).await
}
