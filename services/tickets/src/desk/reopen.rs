//! Opens a ticket again.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::{LineKind, State};

use crate::{Tickets, desk::step::Says, is_person, machine::Press};

/// Open a ticket again.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ReopenTicket {
    /// Its number.
    pub ticket: i64,
}

/// It goes on.
#[derive(Debug, Serialize)]
pub struct Reopened {
    ticket: i64,
    title: String,
}

impl Action for ReopenTicket {
    const NAME: &'static str = "ticket.reopen";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Reopened;

    fn plan(&self) -> String {
        format!("Open ticket {} again", self.ticket)
    }

    fn refusal(&self) -> String {
        "open that ticket again".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        let ticket = tickets.store.ticket(actor.guild, self.ticket).await?;
        // Whoever is asked whether it is over may say that it is not.
        let is_asked =
            |ticket: store::tickets::Ticket| ticket.member == actor.user && ticket.course.state == State::Resolved;
        if is_person(actor) && ticket.is_some_and(is_asked) {
            return Ok(Assessment { own: true, ..Assessment::of(Self::RISK) });
        }
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Reopened> {
        let (actor, ticket) = (permit.actor(), permit.action().ticket);
        let says = Says { kind: LineKind::Said, ..Says::step("opened it again") };
        let title = tickets.press(actor, ticket, &Press::Reopen, &says).await?.course.title;
        Ok(Reopened { ticket, title })
    }
}

impl Report for Reopened {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Reopened** ticket {}", self.ticket)).fact(code(&self.title));
        card.text("It waits for staff.")
    }
}
