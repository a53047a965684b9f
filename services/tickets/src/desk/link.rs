//! Links a ticket to the incident that it is about.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use store::tickets::State;

use crate::{Tickets, desk::step::sentence, machine::Refused};

/// Link a ticket to the incident that it is about.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LinkTicket {
    /// Its number.
    pub ticket: i64,
    /// The incident's number.
    #[serde(deserialize_with = "number")]
    #[schemars(with = "i64")]
    pub incident: i64,
}

/// A menu's line is text.
fn number<'de, D: Deserializer<'de>>(given: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Number(i64),
        Text(String),
    }
    match Given::deserialize(given)? {
        Given::Number(number) => Ok(number),
        Given::Text(text) => text.parse().map_err(de::Error::custom),
    }
}

/// It is linked.
#[derive(Debug, Serialize)]
pub struct Linked {
    ticket: i64,
    title: String,
    incident: i64,
}

impl Action for LinkTicket {
    const NAME: &'static str = "ticket.link";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Linked;

    fn plan(&self) -> String {
        format!("Link ticket {} to incident {}", self.ticket, self.incident)
    }

    fn refusal(&self) -> String {
        "link that ticket".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> base::Result<Assessment> {
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> base::Result<Linked> {
        let (actor, Self { ticket: number, incident }) = (permit.actor(), permit.action().clone());
        let ticket = tickets.ticket(actor.guild, number).await?;
        if ticket.course.state == State::Closed {
            return Err(sentence(number, Refused::Over));
        }
        let unknown = || Error::NotFound { kind: "incident", name: incident.to_string() };
        tickets.store.incident(actor.guild, incident).await?.ok_or_else(unknown)?;
        if !tickets.store.link_ticket(&ticket, incident, actor.user).await? {
            return Err(sentence(number, Refused::Already));
        }
        tickets.changed.send_replace(());
        Ok(Linked { ticket: number, title: ticket.course.title, incident })
    }
}

impl Report for Linked {
    fn card(&self) -> Card {
        Card::ok(format!("**Linked** ticket {} to incident {}", self.ticket, self.incident))
            .fact(code(&self.title))
            .text("Both say so, and the ticket says when the incident is over.")
    }
}
