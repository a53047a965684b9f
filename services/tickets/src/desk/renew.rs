//! Gives a ticket another place whose thread or channel was deleted.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Tickets, desk::step::sentence, machine::Refused, trouble};
use store::tickets::State;

/// Give a ticket a new place whose thread or channel was deleted.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RenewTicket {
    /// Its number.
    pub ticket: i64,
}

/// It gets one.
#[derive(Debug, Serialize)]
pub struct Renewed {
    ticket: i64,
    title: String,
}

impl Action for RenewTicket {
    const NAME: &'static str = "ticket.renew";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Renewed;

    fn plan(&self) -> String {
        format!("Give ticket {} a new place", self.ticket)
    }

    fn refusal(&self) -> String {
        "give that ticket a new place".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Renewed> {
        let (actor, number) = (permit.actor(), permit.action().ticket);
        let ticket = tickets.ticket(actor.guild, number).await?;
        if ticket.course.state == State::Closed {
            return Err(sentence(number, Refused::Over));
        }
        if ticket.course.away.is_some() {
            return Err(Error::Busy(format!(
                "<@{}>, whose ticket {number} is, is not in this server: nobody would read it. Nothing was changed.",
                ticket.member
            )));
        }
        if ticket.lost.is_some() {
            // First: lost once more, it is told once more.
            tickets.store.end_ticket_trouble(actor.guild, &trouble::about(&ticket)).await?;
        }
        if !tickets.store.renew_ticket(&ticket, actor.user).await? {
            return Err(Error::Busy(format!("Ticket {number} has its place still. Nothing was changed.")));
        }
        tickets.changed.send_replace(());
        Ok(Renewed { ticket: number, title: ticket.course.title })
    }
}

impl Report for Renewed {
    fn card(&self) -> Card {
        Card::ok(format!("**Renewed** ticket {}", self.ticket))
            .fact(code(&self.title))
            .text("It has a new place in a moment, with everybody who is in it.")
    }
}
