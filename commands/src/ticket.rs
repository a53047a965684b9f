//! `/ticket`: asking for help, and answering. Its panels and categories are in `setup`.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

pub mod board;
mod complete;
pub(crate) mod form;
pub(crate) mod forum;
pub(crate) mod heard;
mod history;
mod kept;
pub(crate) mod letter;
pub(crate) mod members;
pub mod panels;
pub(crate) mod places;
pub mod reconcile;
mod said;
mod saved;
mod setup;

use base::{Action, Error};
use poise::serenity_prelude as serenity;
use serde_json::{Value, json};
use store::tickets::{Outcome, Priority, State};
use tickets::{
    AddToTicket, AssignTicket, BlockFromTickets, ClaimTicket, CloseTicket, Draft, DraftForTicket, LinkTicket,
    ListTickets, MoveTicket, NoteTicket, OpenTicket, PrioritiseTicket, RemoveFromTicket, RenameTicket, RenewTicket,
    ReopenTicket, ReplyToTicket, Shape, ShowTicket, ShowTicketStats, UnblockFromTickets,
};

pub use self::history::TicketThreads;
use self::{
    form::TicketForm,
    kept::{forget, search, settings, transcript},
    saved::saved,
    setup::{category, panel},
};
use crate::{
    Context, Result,
    form::Form,
    perform::{Perform, refuse_secrets},
};

/// Tickets: members ask for help, staff answer.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands(
        "open",
        "list",
        "show",
        "stats",
        "search",
        "claim",
        "assign",
        "priority",
        "category_move",
        "rename",
        "note",
        "people",
        "reply",
        "draft",
        "close",
        "reopen",
        "transcript",
        "forget",
        "settings",
        "renew",
        "link",
        "blocked",
        "saved",
        "panel",
        "category"
    )
)]
pub(crate) async fn ticket(_: Context<'_>) -> Result {
    Ok(())
}

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
enum Standing {
    #[name = "open"]
    Open,
    #[name = "waiting for staff"]
    Staff,
    #[name = "waiting for the member"]
    Member,
    #[name = "resolved"]
    Resolved,
    #[name = "closed"]
    Closed,
}

impl From<Standing> for State {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Open => Self::Open,
            Standing::Staff => Self::WaitingStaff,
            Standing::Member => Self::WaitingMember,
            Standing::Resolved => Self::Resolved,
            Standing::Closed => Self::Closed,
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

/// The number of a ticket, as people write it.
struct Number(i64);

impl std::str::FromStr for Number {
    type Err = Error;

    fn from_str(typed: &str) -> Result<Self> {
        let number = typed.trim().trim_start_matches('#').parse().ok().filter(|number| *number > 0);
        number.map(Self).ok_or_else(|| {
            let typed = base::card::code(typed);
            Error::Invalid(format!("{typed} is no number; one is written as `12`. Nothing was done."))
        })
    }
}

/// The ticket that was named, or the one whose thread this is.
async fn number(ctx: Context<'_>, typed: Option<String>) -> Result<i64> {
    if let Some(typed) = typed {
        return Ok(ctx.read::<Number>(&typed)?.0);
    }
    let (guild, thread) = (ctx.asked()?.actor.guild, ctx.interaction.channel_id.get());
    let here = ctx.data().hub.store().ticket_in(guild, thread).await?;
    here.map(|ticket| ticket.number).ok_or_else(|| {
        Error::Invalid("This is no ticket's thread: say which ticket it is about. Nothing was done.".to_owned())
    })
}

/// Open a ticket.
#[poise::command(slash_command)]
async fn open(
    ctx: Context<'_>,
    #[description = "What it is about"]
    #[autocomplete = "complete::category"]
    #[max_length = 40]
    category: String,
    #[description = "For whom; you, unless told"] member: Option<serenity::User>,
) -> Result {
    let member = member.map(|member| member.id.get());
    let open = OpenTicket { category, member, ..OpenTicket::default() };
    refuse_secrets(&ctx.data().hub, ctx.asked()?.actor.guild, &open)?;
    form::open(&ctx.asked()?, open, ctx.data()).await
}

/// List the tickets: what goes first on top.
#[poise::command(slash_command)]
async fn list(
    ctx: Context<'_>,
    #[description = "Only in this state; otherwise all that are not closed"] state: Option<Standing>,
    #[description = "Only of this category"]
    #[autocomplete = "complete::category"]
    #[max_length = 40]
    category: Option<String>,
    #[description = "Only of this member"] member: Option<serenity::User>,
    #[description = "Only what this person has"] owner: Option<serenity::User>,
) -> Result {
    let id = |user: Option<serenity::User>| user.map(|user| user.id.get());
    let list = ListTickets { state: state.map(Into::into), category, member: id(member), owner: id(owner) };
    refuse_secrets(&ctx.data().hub, ctx.asked()?.actor.guild, &list)?;
    ctx.perform_aside(list).await
}

/// Show a ticket, with what happened and the notes of staff.
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "Its number; in its thread, that one"]
    #[autocomplete = "complete::ticket"]
    #[max_length = 20]
    ticket: Option<String>,
) -> Result {
    ctx.perform_aside(ShowTicket { ticket: number(ctx, ticket).await? }).await
}

/// Show how tickets went: how many, how fast they were answered and solved, and by whom.
#[poise::command(slash_command)]
async fn stats(
    ctx: Context<'_>,
    #[description = "Of so many days; 30 unless told"]
    #[min = 1]
    #[max = 365]
    days: Option<u32>,
    #[description = "From this day on, such as 2026-11-01"]
    #[max_length = 10]
    from: Option<String>,
    #[description = "Only of this category"]
    #[autocomplete = "complete::category"]
    #[max_length = 40]
    category: Option<String>,
    #[description = "Only what this person did"] staff: Option<serenity::User>,
) -> Result {
    let staff = staff.map(|user| user.id.get());
    clean(ctx, ShowTicketStats { days, from, category, staff, shape: Shape::Picture }).await
}

/// Take a ticket: you answer it.
#[poise::command(slash_command)]
async fn claim(
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
async fn assign(
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
async fn priority(
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
async fn category_move(
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
async fn rename(
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
async fn note(
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

/// Who else is in a ticket.
#[poise::command(slash_command, subcommand_required, subcommands("add", "remove"))]
async fn people(_: Context<'_>) -> Result {
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

/// Answer a ticket in your name; a form asks where nothing is said.
#[poise::command(slash_command)]
async fn reply(
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
async fn draft(
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
async fn close(
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
async fn reopen(
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
async fn renew(
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
async fn link(
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

/// Who may open no tickets.
#[poise::command(slash_command, subcommand_required, subcommands("block", "unblock"))]
async fn blocked(_: Context<'_>) -> Result {
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

/// Performs what people typed, unless that holds a secret.
pub(crate) async fn clean<A: Action>(ctx: Context<'_>, action: A) -> Result {
    refuse_secrets(&ctx.data().hub, ctx.asked()?.actor.guild, &action)?;
    ctx.perform_aside(action).await
}

/// Open a ticket about a message.
#[poise::command(context_menu_command = "Open a ticket", guild_only)]
pub(crate) async fn open_about(ctx: Context<'_>, message: serenity::Message) -> Result {
    let asked = ctx.asked()?;
    let categories = ctx.data().hub.store().ticket_categories(asked.actor.guild).await?;
    let link = format!("https://discord.com/channels/{}/{}/{}", asked.actor.guild, message.channel_id, message.id);
    let quoted = Some(message.content.clone()).filter(|text| !text.trim().is_empty());
    let quoted = quoted.unwrap_or_else(|| "no text".to_owned());
    let quoted = ctx.data().hub.redactor(asked.actor.guild).mask(&quoted).into_owned();
    let open = OpenTicket { about: Some(link), quoted: Some(quoted), ..OpenTicket::default() };
    match categories.as_slice() {
        [] => Err(Error::Busy("Nothing can be asked for here yet. No ticket was opened.".to_owned())),
        [only] => form::open(&asked, OpenTicket { category: only.name.clone(), ..open }, ctx.data()).await,
        several => {
            let arguments: Value = json!({ "about": open.about, "quoted": open.quoted });
            form::choose(&asked, several, arguments, ctx.data()).await
        }
    }
}
