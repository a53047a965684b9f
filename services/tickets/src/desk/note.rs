//! Writes something into a ticket that only staff read.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::LineKind;

use crate::{Tickets, desk::step::Says, refuse_secrets, words};

/// Note something about a ticket, for staff only.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct NoteTicket {
    /// Its number.
    pub ticket: i64,
    /// What is to be remembered.
    pub text: String,
}

/// It is noted.
#[derive(Debug, Serialize)]
pub struct Noted {
    ticket: i64,
    title: String,
}

impl Action for NoteTicket {
    const NAME: &'static str = "ticket.note";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Noted;

    fn plan(&self) -> String {
        format!("Note something about ticket {}, for staff only", self.ticket)
    }

    fn refusal(&self) -> String {
        "write notes about that ticket".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, run: &Run) -> Result<Noted> {
        let (actor, ticket) = (permit.actor(), permit.action().ticket);
        refuse_secrets(run, &permit.action().text)?;
        let text = code(words::line(&permit.action().text, words::LINE)?);
        let says = Says { kind: LineKind::Note, ..Says::step(text) };
        let title = tickets.tell(actor, ticket, &says).await?.course.title;
        Ok(Noted { ticket, title })
    }
}

impl Report for Noted {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Noted** about ticket {}", self.ticket)).fact(code(&self.title));
        card.text("`/ticket show` has it, and its thread has not.")
    }
}
