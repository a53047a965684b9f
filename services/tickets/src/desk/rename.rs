//! Gives a ticket another title.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Tickets, desk::step::Says, machine::Press, refuse_secrets, words};

/// Give a ticket another title.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RenameTicket {
    /// Its number.
    pub ticket: i64,
    /// What it is about, in a few words.
    pub title: String,
}

/// It is called that.
#[derive(Debug, Serialize)]
pub struct Renamed {
    ticket: i64,
    title: String,
}

impl Action for RenameTicket {
    const NAME: &'static str = "ticket.rename";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Renamed;

    fn plan(&self) -> String {
        format!("Give ticket {} another title", self.ticket)
    }

    fn refusal(&self) -> String {
        "rename that ticket".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, run: &Run) -> Result<Renamed> {
        let (actor, ticket) = (permit.actor(), permit.action().ticket);
        refuse_secrets(run, &permit.action().title)?;
        let title = words::line(&permit.action().title, words::TITLE)?;
        let says = Says::step(format!("called it {}", code(&title)));
        tickets.press(actor, ticket, &Press::Rename(title.clone()), &says).await?;
        Ok(Renamed { ticket, title })
    }
}

impl Report for Renamed {
    fn card(&self) -> Card {
        Card::ok(format!("**Renamed** ticket {}", self.ticket)).fact(code(&self.title))
    }
}
