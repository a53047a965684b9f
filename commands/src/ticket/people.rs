//! Who else is in a ticket, and who may open none.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use poise::serenity_prelude as serenity;
use tickets::{AddToTicket, BlockFromTickets, RemoveFromTicket, UnblockFromTickets};

use super::{clean, complete, number};
use crate::{Context, Result, perform::Perform};

/// Who else is in a ticket.
#[poise::command(slash_command, subcommand_required, subcommands("add", "remove"))]
pub(super) async fn people(_: Context<'_>) -> Result {
    Ok(())
}

/// Bring somebody along into a ticket.
#[poise::command(slash_command)]
async fn add(
    ctx: Context<'_>,
    #[description = "Whom"] person: serenity::User,
    #[description = "Its number; in its thread, that one"]
    #[autocomplete = "complete::ticket"]
    #[max_length = 20]
    ticket: Option<String>,
) -> Result {
    ctx.perform_aside(AddToTicket { ticket: number(ctx, ticket).await?, person: person.id.get() }).await
}

/// Have somebody leave a ticket.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "Whom"] person: serenity::User,
    #[description = "Its number; in its thread, that one"]
    #[autocomplete = "complete::ticket"]
    #[max_length = 20]
    ticket: Option<String>,
) -> Result {
    ctx.perform_aside(RemoveFromTicket { ticket: number(ctx, ticket).await?, person: person.id.get() }).await
}

/// Who may open no tickets.
#[poise::command(slash_command, subcommand_required, subcommands("block", "unblock"))]
pub(super) async fn blocked(_: Context<'_>) -> Result {
    Ok(())
}

/// Have a member open no tickets any more.
#[poise::command(slash_command, rename = "add")]
async fn block(
    ctx: Context<'_>,
    #[description = "Whom"] member: serenity::User,
    #[description = "Why: they read it when they try"]
    #[max_length = 300]
    reason: String,
) -> Result {
    clean(ctx, BlockFromTickets { member: member.id.get(), reason }).await
}

/// Let a member open tickets again.
#[poise::command(slash_command, rename = "remove")]
async fn unblock(ctx: Context<'_>, #[description = "Whom"] member: serenity::User) -> Result {
    ctx.perform_aside(UnblockFromTickets { member: member.id.get() }).await
}
