//! Gives a ticket to somebody of its staff, or back to all of them.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, UserId, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::{NewPerson, Part};

use crate::{Tickets, desk::step::Says, machine::Press};

/// Give a ticket to somebody who answers it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AssignTicket {
    /// Its number.
    pub ticket: i64,
    /// The id of whoever is to have it; none is nobody.
    #[serde(default)]
    pub to: Option<u64>,
}

/// They have it.
#[derive(Debug, Serialize)]
pub struct Assigned {
    ticket: i64,
    title: String,
    to: Option<u64>,
}

impl Action for AssignTicket {
    const NAME: &'static str = "ticket.assign";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Assigned;

    fn plan(&self) -> String {
        match self.to {
            Some(to) => format!("Give ticket {} to <@{to}>", self.ticket),
            None => format!("Take ticket {} from whoever has it", self.ticket),
        }
    }

    fn refusal(&self) -> String {
        "give that ticket to somebody".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Assigned> {
        let (actor, asked) = (permit.actor(), permit.action());
        let to = asked.to.map(UserId);
        if let Some(to) = to {
            tickets.may_have(actor, asked.ticket, to).await?;
        }
        let says = match to {
            Some(to) => Says {
                people: vec![NewPerson { user: to, part: Some(Part::Staff) }],
                ..Says::step(format!("gave it to <@{to}>"))
            },
            None => Says::step("gave it back to all"),
        };
        let title = tickets.press(actor, asked.ticket, &Press::Assign(to), &says).await?.course.title;
        Ok(Assigned { ticket: asked.ticket, title, to: asked.to })
    }
}

impl Tickets {
    /// Only who answers tickets of its category can have one.
    async fn may_have(&self, actor: &Actor, number: i64, to: UserId) -> Result<()> {
        let ticket = self.ticket(actor.guild, number).await?;
        let category = self.category_of(&ticket).await?;
        let member = match self.members.get() {
            Some(members) => members.member(actor.guild, to).await?,
            None => None,
        };
        let answers = |member: &crate::Member| {
            member.administrator || category.is_some_and(|category| category.is_staff(&member.roles))
        };
        if to != ticket.member && member.is_some_and(|member| answers(&member)) {
            return Ok(());
        }
        Err(Error::Busy(format!(
            "<@{to}> does not answer tickets of that category, so ticket {number} was not given to them. Nothing was changed."
        )))
    }
}

impl Report for Assigned {
    fn card(&self) -> Card {
        let to = match self.to {
            Some(to) => format!("<@{to}> has it now."),
            None => "Nobody has it now.".to_owned(),
        };
        Card::ok(format!("**Assigned** ticket {}", self.ticket)).fact(code(&self.title)).text(to)
    }
}
