//! What staff do with a ticket, from taking it to its last word.

use poise::serenity_prelude as serenity;
use store::tickets::{Outcome, Priority};
use tickets::{
    AssignTicket, ClaimTicket, CloseTicket, Draft, DraftForTicket, LinkTicket, MoveTicket, NoteTicket,
    PrioritiseTicket, RenameTicket, RenewTicket, ReopenTicket, ReplyToTicket,
};

use super::{Number, clean, complete, form::TicketForm, number};
use crate::{Context, Result, form::Form, perform::Perform};

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
pub(crate) enum Urgency {
    #[name = "low"]
    Low,
    #[name = "normal"]
    Normal,
    #[name = "high"]
    High,
    #[name = "urgent"]
    Urgent,
}

impl From<Urgency> for Priority {
    fn from(urgency: Urgency) -> Self {
        match urgency {
            Urgency::Low => Self::Low,
            Urgency::Normal => Self::Normal,
            Urgency::High => Self::High,
            Urgency::Urgent => Self::Urgent,
        }
    }
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Became {
    #[name = "solved"]
    Solved,
    #[name = "declined"]
    Declined,
    #[name = "duplicate"]
    Duplicate,
    #[name = "no answer"]
    NoAnswer,
    #[name = "other"]
    Other,
}

impl From<Became> for Outcome {
    fn from(became: Became) -> Self {
        match became {
            Became::Solved => Self::Solved,
            Became::Declined => Self::Declined,
            Became::Duplicate => Self::Duplicate,
            Became::NoAnswer => Self::NoAnswer,
            Became::Other => Self::Other,
        }
    }
}

/// Take a ticket: you answer it.
#[poise::command(slash_command)]
pub(super) async fn claim(
    ctx: Context<'_>,
    #[description = "Its number; in its thread, that one"]
    #[autocomplete = "complete::ticket"]
    #[max_length = 20]
    ticket: Option<String>,
) -> Result {
    ctx.perform_aside(ClaimTicket { ticket: number(ctx, ticket).await? }).await
}

/// Give a ticket to somebody who answers it; without anybody, back to all.
#[poise::command(slash_command)]
pub(super) async fn assign(
    ctx: Context<'_>,
    #[description = "Its number; in its thread, that one"]
    #[autocomplete = "complete::ticket"]
    #[max_length = 20]
    ticket: Option<String>,
    #[description = "Who is to have it"] to: Option<serenity::User>,
) -> Result {
    let to = to.map(|user| user.id.get());
    ctx.perform_aside(AssignTicket { ticket: number(ctx, ticket).await?, to }).await
}

/// Have a ticket go before others, or after.
#[poise::command(slash_command)]
pub(super) async fn priority(
    ctx: Context<'_>,
    #[description = "What it is from now on"] priority: Urgency,
    #[description = "Its number; in its thread, that one"]
    #[autocomplete = "complete::ticket"]
    #[max_length = 20]
    ticket: Option<String>,
) -> Result {
    ctx.perform_aside(PrioritiseTicket { ticket: number(ctx, ticket).await?, priority: priority.into() }).await
}

/// Move a ticket to another category.
#[poise::command(slash_command, rename = "move")]
pub(super) async fn category_move(
    ctx: Context<'_>,
    #[description = "The other category"]
    #[autocomplete = "complete::category"]
    #[max_length = 40]
    category: String,
    #[description = "Its number; in its thread, that one"]
    #[autocomplete = "complete::ticket"]
    #[max_length = 20]
    ticket: Option<String>,
) -> Result {
    clean(ctx, MoveTicket { ticket: number(ctx, ticket).await?, category }).await
}

/// Give a ticket another title.
#[poise::command(slash_command)]
pub(super) async fn rename(
    ctx: Context<'_>,
    #[description = "What it is about, in a few words"]
    #[max_length = 80]
    title: String,
    #[description = "Its number; in its thread, that one"]
    #[autocomplete = "complete::ticket"]
    #[max_length = 20]
    ticket: Option<String>,
) -> Result {
    clean(ctx, RenameTicket { ticket: number(ctx, ticket).await?, title }).await
}

/// Note something about a ticket, for staff only.
#[poise::command(slash_command)]
pub(super) async fn note(
    ctx: Context<'_>,
    #[description = "What is to be remembered"]
    #[max_length = 300]
    text: String,
    #[description = "Its number; in its thread, that one"]
    #[autocomplete = "complete::ticket"]
    #[max_length = 20]
    ticket: Option<String>,
) -> Result {
    clean(ctx, NoteTicket { ticket: number(ctx, ticket).await?, text }).await
}

/// Answer a ticket in your name; a form asks where nothing is said.
#[poise::command(slash_command)]
pub(super) async fn reply(
    ctx: Context<'_>,
    #[description = "A saved reply"]
    #[autocomplete = "complete::saved"]
    #[max_length = 40]
    saved: Option<String>,
    #[description = "Words of your own"]
    #[max_length = 1000]
    text: Option<String>,
    #[description = "Its number; in its thread, that one"]
    #[autocomplete = "complete::ticket"]
    #[max_length = 20]
    ticket: Option<String>,
) -> Result {
    let reply = ReplyToTicket { ticket: number(ctx, ticket).await?, saved, text };
    if reply.saved.is_some() || reply.text.is_some() {
        return clean(ctx, reply).await;
    }
    let (asked, hub) = (ctx.asked()?, &ctx.data().hub);
    hub.check(&asked.actor, &reply).await?;
    Form::Ticket(TicketForm::Reply { ticket: reply.ticket, text: String::new() }).open(&asked, hub).await
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Wants {
    #[name = "reply"]
    Reply,
    #[name = "summary"]
    Summary,
}

/// Have Jarvis draft a reply or a summary, for you alone.
#[poise::command(slash_command)]
pub(super) async fn draft(
    ctx: Context<'_>,
    #[description = "A reply, or what it is about"] what: Wants,
    #[description = "Its number; in its thread, that one"]
    #[autocomplete = "complete::ticket"]
    #[max_length = 20]
    ticket: Option<String>,
) -> Result {
    let draft = match what {
        Wants::Reply => Draft::Reply,
        Wants::Summary => Draft::Summary,
    };
    ctx.perform_aside(DraftForTicket { ticket: number(ctx, ticket).await?, draft }).await
}

/// Close a ticket, with what became of it and why.
#[poise::command(slash_command)]
pub(super) async fn close(
    ctx: Context<'_>,
    #[description = "Its number; in its thread, that one"]
    #[autocomplete = "complete::ticket"]
    #[max_length = 20]
    ticket: Option<String>,
    #[description = "What became of it; solved unless told"] outcome: Option<Became>,
    #[description = "Why: the member reads it; a form asks where it is not said"]
    #[max_length = 1000]
    reason: Option<String>,
) -> Result {
    let close = CloseTicket { ticket: number(ctx, ticket).await?, outcome: outcome.map(Into::into), reason };
    if close.reason.is_some() {
        return clean(ctx, close).await;
    }
    let (asked, hub) = (ctx.asked()?, &ctx.data().hub);
    hub.check(&asked.actor, &close).await?;
    Form::Ticket(TicketForm::Close { ticket: close.ticket }).open(&asked, hub).await
}

/// Open a ticket again.
#[poise::command(slash_command)]
pub(super) async fn reopen(
    ctx: Context<'_>,
    #[description = "Its number; in its thread, that one"]
    #[autocomplete = "complete::ticket"]
    #[max_length = 20]
    ticket: Option<String>,
) -> Result {
    ctx.perform_aside(ReopenTicket { ticket: number(ctx, ticket).await? }).await
}

/// Give a ticket a new place whose thread or channel was deleted.
#[poise::command(slash_command)]
pub(super) async fn renew(
    ctx: Context<'_>,
    #[description = "Its number"]
    #[autocomplete = "complete::ticket"]
    #[max_length = 20]
    ticket: String,
) -> Result {
    ctx.perform_aside(RenewTicket { ticket: number(ctx, Some(ticket)).await? }).await
}

/// Link a ticket to the incident that it is about: it says when that is over.
#[poise::command(slash_command)]
pub(super) async fn link(
    ctx: Context<'_>,
    #[description = "The incident's number"]
    #[autocomplete = "crate::complete::incident"]
    #[max_length = 20]
    incident: String,
    #[description = "Its number; in its thread, that one"]
    #[autocomplete = "complete::ticket"]
    #[max_length = 20]
    ticket: Option<String>,
) -> Result {
    let incident = ctx.read::<Number>(&incident)?.0;
    ctx.perform_aside(LinkTicket { ticket: number(ctx, ticket).await?, incident }).await
}
