//! Says what of the tickets goes first.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::Priority;

use crate::{Tickets, desk::step::Says, machine::Press, words};

/// Have a ticket go before others, or after.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PrioritiseTicket {
    /// Its number.
    pub ticket: i64,
    /// What it is from now on.
    pub priority: Priority,
}

/// It goes there.
#[derive(Debug, Serialize)]
pub struct Prioritised {
    ticket: i64,
    title: String,
    priority: Priority,
}

impl Action for PrioritiseTicket {
    const NAME: &'static str = "ticket.prioritise";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Prioritised;

    fn plan(&self) -> String {
        format!("Make ticket {} one of {}", self.ticket, words::priority(self.priority))
    }

    fn refusal(&self) -> String {
        "change that ticket's priority".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Prioritised> {
        let Self { ticket, priority } = *permit.action();
        let says = Says::step(format!("made it {}", words::priority(priority)));
        let title = tickets.press(permit.actor(), ticket, &Press::Prioritise(priority), &says).await?.course.title;
        Ok(Prioritised { ticket, title, priority })
    }
}

impl Report for Prioritised {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Set** the priority of ticket {}", self.ticket)).fact(code(&self.title));
        card.text(format!("It is {} now.", words::priority(self.priority)))
    }
}
