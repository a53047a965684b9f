//! Calls those who come last, by hand and with a reason.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::LineKind;

use crate::{Tickets, desk::step::Says, machine::Press, refuse_secrets, words};

/// Escalate a ticket: those who come last are called, with the reason.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EscalateTicket {
    /// Its number.
    pub ticket: i64,
    /// Why: everybody in the ticket reads it.
    pub reason: String,
}

/// They are called.
#[derive(Debug, Serialize)]
pub struct Escalated {
    ticket: i64,
    title: String,
    role: u64,
}

impl Action for EscalateTicket {
    const NAME: &'static str = "ticket.escalate";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Escalated;

    fn plan(&self) -> String {
        format!("Escalate ticket {}: {}", self.ticket, code(&self.reason))
    }

    fn refusal(&self) -> String {
        "escalate that ticket".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, run: &Run) -> Result<Escalated> {
        let (actor, asked) = (permit.actor(), permit.action());
        refuse_secrets(run, &asked.reason)?;
        let reason = words::line(&asked.reason, words::LINE)?;
        let was = tickets.ticket(actor.guild, asked.ticket).await?;
        let category = tickets.category_of(&was).await?;
        let role = category.and_then(|category| category.escalate_to).ok_or_else(|| {
            Error::Busy(
                "Nobody comes last for that category: `/ticket category edit escalate_to` says who. Nothing was changed."
                    .to_owned(),
            )
        })?;
        let people = tickets.last_of(&was).await;
        let text = format!("escalated it: {}", code(&reason));
        let says = Says { kind: LineKind::Escalated, people, ..Says::step(text) };
        let title = tickets.press(actor, asked.ticket, &Press::Escalate, &says).await?.course.title;
        Ok(Escalated { ticket: asked.ticket, title, role: role.0 })
    }
}

impl Report for Escalated {
    fn card(&self) -> Card {
        Card::ok(format!("**Escalated** ticket {}", self.ticket))
            .fact(code(&self.title))
            .text(format!("<@&{}> is called in its thread.", self.role))
    }
}
