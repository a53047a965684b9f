//! Brings people along into a ticket, and has them leave.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, UserId, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::{NewPerson, Part};

use crate::{Tickets, desk::step::Says};

/// Bring somebody along into a ticket.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AddToTicket {
    /// Its number.
    pub ticket: i64,
    /// Their id.
    pub person: u64,
}

/// Have somebody leave a ticket.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveFromTicket {
    /// Its number.
    pub ticket: i64,
    /// Their id.
    pub person: u64,
}

/// They are in it, or no longer.
#[derive(Debug, Serialize)]
pub struct Brought {
    ticket: i64,
    title: String,
    person: u64,
    is_in: bool,
}

impl Action for AddToTicket {
    const NAME: &'static str = "ticket.add";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Brought;

    fn plan(&self) -> String {
        format!("Bring <@{}> along into ticket {}", self.person, self.ticket)
    }

    fn refusal(&self) -> String {
        "bring people along into that ticket".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Brought> {
        let (actor, Self { ticket, person }) = (permit.actor(), permit.action().clone());
        let member = match tickets.members.get() {
            Some(members) => members.member(actor.guild, UserId(person)).await?,
            None => None,
        };
        if member.is_none() {
            let sentence =
                format!("<@{person}> is not a member here, so nobody was brought along. Nothing was changed.");
            return Err(Error::Busy(sentence));
        }
        let was = tickets.ticket(actor.guild, ticket).await?;
        let all = tickets.store.ticket_people(&was).await?;
        if all.iter().any(|one| one.user.0 == person && one.wanted) {
            return Err(Error::Busy(format!("<@{person}> is in ticket {ticket} already. Nothing was changed.")));
        }
        let people = vec![NewPerson { user: UserId(person), part: Some(Part::Guest) }];
        let says = Says { people, ..Says::step(format!("brought <@{person}> along")) };
        let title = tickets.tell(actor, ticket, &says).await?.course.title;
        Ok(Brought { ticket, title, person, is_in: true })
    }
}

impl Action for RemoveFromTicket {
    const NAME: &'static str = "ticket.remove";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Brought;

    fn plan(&self) -> String {
        format!("Have <@{}> leave ticket {}", self.person, self.ticket)
    }

    fn refusal(&self) -> String {
        "have people leave that ticket".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Brought> {
        let (actor, Self { ticket, person }) = (permit.actor(), permit.action().clone());
        let was = tickets.ticket(actor.guild, ticket).await?;
        if was.member.0 == person {
            let sentence =
                format!("Ticket {ticket} is theirs: it can be closed, and they stay in it. Nothing was changed.");
            return Err(Error::Busy(sentence));
        }
        let all = tickets.store.ticket_people(&was).await?;
        if !all.iter().any(|one| one.user.0 == person && one.wanted) {
            return Err(Error::Busy(format!("<@{person}> is not in ticket {ticket}. Nothing was changed.")));
        }
        let people = vec![NewPerson { user: UserId(person), part: None }];
        let says = Says { people, ..Says::step(format!("had <@{person}> leave")) };
        let title = tickets.tell(actor, ticket, &says).await?.course.title;
        Ok(Brought { ticket, title, person, is_in: false })
    }
}

impl Report for Brought {
    fn card(&self) -> Card {
        let (verb, what) = if self.is_in { ("Added", "is in it now") } else { ("Removed", "is in it no longer") };
        let to = if self.is_in { "to" } else { "from" };
        Card::ok(format!("**{verb}** <@{}> {to} ticket {}", self.person, self.ticket))
            .fact(code(&self.title))
            .text(format!("<@{}> {what}.", self.person))
    }
}
