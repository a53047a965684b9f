//! `/ticket`: asking for help (`open`), and answering (`desk`). Its panels and categories are in `setup`.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

pub mod board;
mod complete;
mod desk;
pub(crate) mod form;
pub(crate) mod forum;
pub(crate) mod heard;
mod history;
mod kept;
pub(crate) mod letter;
mod look;
pub(crate) mod members;
mod open;
pub mod panels;
mod people;
pub(crate) mod places;
pub mod reconcile;
mod said;
mod saved;
mod setup;

use base::{Action, Error};

pub use self::history::TicketThreads;
pub(crate) use self::{desk::Urgency, open::open_about};
use self::{
    desk::{assign, category_move, claim, close, draft, link, note, priority, rename, renew, reopen, reply},
    kept::{forget, search, settings, transcript},
    look::{list, show, stats},
    open::open,
    people::{blocked, people},
    saved::saved,
    setup::{category, panel},
};
use crate::{
    Context, Result,
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

/// Performs what people typed, unless that holds a secret.
pub(crate) async fn clean<A: Action>(ctx: Context<'_>, action: A) -> Result {
    refuse_secrets(&ctx.data().hub, ctx.asked()?.actor.guild, &action)?;
    ctx.perform_aside(action).await
}
