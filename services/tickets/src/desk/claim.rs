//! Takes a ticket: one owner, whoever else presses in the same millisecond.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::{NewPerson, Part};

use crate::{Tickets, desk::step::Says, machine::Press};

/// Take a ticket: you answer it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ClaimTicket {
    /// Its number.
    pub ticket: i64,
}

/// They have it.
#[derive(Debug, Serialize)]
pub struct Claimed {
    ticket: i64,
    title: String,
}

impl Action for ClaimTicket {
    const NAME: &'static str = "ticket.claim";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Claimed;

    fn plan(&self) -> String {
        format!("Take ticket {}", self.ticket)
    }

    fn refusal(&self) -> String {
        "take that ticket".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Claimed> {
        let (actor, ticket) = (permit.actor(), permit.action().ticket);
        let people = vec![NewPerson { user: actor.user, part: Some(Part::Staff) }];
        let says = Says { people, ..Says::step("took it") };
        let title = tickets.press(actor, ticket, &Press::Claim, &says).await?.course.title;
        Ok(Claimed { ticket, title })
    }
}

impl Report for Claimed {
    fn card(&self) -> Card {
        Card::ok(format!("**Claimed** ticket {}", self.ticket)).fact(code(&self.title)).text("It is yours to answer.")
    }
}
