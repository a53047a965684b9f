//! Moves a ticket to another category: its staff answer it then, by its targets.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Tickets, desk::step::Says, machine::Press};

/// Move a ticket to another category.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct MoveTicket {
    /// Its number.
    pub ticket: i64,
    /// The other category's name.
    pub category: String,
}

/// It is there.
#[derive(Debug, Serialize)]
pub struct Moved {
    ticket: i64,
    title: String,
    category: String,
}

impl Action for MoveTicket {
    const NAME: &'static str = "ticket.move";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Moved;

    fn plan(&self) -> String {
        format!("Move ticket {} to {}", self.ticket, code(&self.category))
    }

    fn refusal(&self) -> String {
        "move that ticket".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Moved> {
        let (actor, asked) = (permit.actor(), permit.action());
        let category = tickets.category(actor.guild, &asked.category).await?;
        let name = category.name.clone();
        let says = Says::step(format!("moved it to {}", code(&name)));
        let press = Press::Move(Box::new(category));
        let ticket = tickets.press(actor, asked.ticket, &press, &says).await?;
        // Those who answer there come in; who was in it stays.
        tickets.store.unstaff_ticket(&ticket).await?;
        Ok(Moved { ticket: asked.ticket, title: ticket.course.title, category: name })
    }
}

impl Report for Moved {
    fn card(&self) -> Card {
        Card::ok(format!("**Moved** ticket {} to {}", self.ticket, code(&self.category)))
            .fact(code(&self.title))
            .text("Nobody has it yet, and its targets are that category's.")
    }
}
