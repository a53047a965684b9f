//! Tickets as staff look at them: all, one, and how they went.

use poise::serenity_prelude as serenity;
use store::tickets::State;
use tickets::{ListTickets, Shape, ShowTicket, ShowTicketStats};

use super::{clean, complete, number};
use crate::{
    Context, Result,
    perform::{Perform, refuse_secrets},
};

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

/// List the tickets: what goes first on top.
#[poise::command(slash_command)]
pub(super) async fn list(
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
pub(super) async fn show(
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
pub(super) async fn stats(
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
