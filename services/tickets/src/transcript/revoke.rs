//! Ends every address under which a ticket's transcript is read.

use base::{
    Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ShowTranscript;
use crate::Tickets;

/// End every address under which a ticket's transcript is read.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RevokeTranscript {
    /// Its number.
    pub ticket: i64,
}

/// They are ended.
#[derive(Debug, Serialize)]
pub struct Revoked {
    ticket: i64,
    ended: u64,
}

impl Action for RevokeTranscript {
    const NAME: &'static str = "ticket.transcript-revoke";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Revoked;

    fn plan(&self) -> String {
        format!("End every address of the transcript of ticket {}", self.ticket)
    }

    fn refusal(&self) -> String {
        "end addresses of that ticket's transcript".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Revoked> {
        let ticket = tickets.ticket(permit.actor().guild, permit.action().ticket).await?;
        let ended = tickets.store.end_ticket_links(&ticket).await?;
        Ok(Revoked { ticket: ticket.number, ended })
    }
}

impl Report for Revoked {
    fn card(&self) -> Card {
        Card::ok(format!("**Revoked** the transcript of ticket {}", self.ticket))
            .fact(format!("{} ended", measure::count(self.ended, "address", "addresses")))
            .text("Nobody reads it there any more, also with a page that is open.")
            .choice(Choice::perform("New address", &ShowTranscript { ticket: self.ticket }, Lands::Here))
    }
}
