//! Says which roles answer a category's tickets, which it takes to ask, and which may not.

use base::{Action, Card, Error, Permit, Report, Result, Risk, RoleId, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::RolePart;

use crate::Tickets;

/// Whether a role is something from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// It is.
    Add,
    /// It is no longer.
    Remove,
}

/// Say what a role is to a category: its holders answer, or must be held to ask, or may not ask.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetTicketRole {
    /// The category's name.
    pub category: String,
    /// The role's id.
    pub role: u64,
    /// What it is to it.
    pub part: RolePart,
    /// From now on, or no longer.
    pub change: Given,
}

/// It is so.
#[derive(Debug, Serialize)]
pub struct Set {
    category: String,
    role: u64,
    part: RolePart,
    change: Given,
}

impl Action for SetTicketRole {
    const NAME: &'static str = "ticket.category-role";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Set;

    fn plan(&self) -> String {
        format!("Have {}", sentence(&self.category, self.role, self.part, self.change))
    }

    fn refusal(&self) -> String {
        "say who answers tickets, and who may ask".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Set> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        if asked.role == guild.0 {
            let sentence =
                "@everyone is no role that says anything about anybody: choose another. Nothing was changed.";
            return Err(Error::Invalid(sentence.to_owned()));
        }
        let category = tickets.category(guild, &asked.category).await?;
        let (role, part) = (RoleId(asked.role), asked.part);
        if asked.change == Given::Add {
            tickets.store.add_ticket_role(guild, &category, role, part).await?;
        } else {
            if part == RolePart::Staff && category.roles_of(part).all(|staff| staff == role) {
                let sentence = "Nobody would answer its tickets: add another role first. Nothing was changed.";
                return Err(Error::Busy(sentence.to_owned()));
            }
            tickets.store.remove_ticket_role(guild, &category, role, part).await?;
        }
        tickets.nudge(guild, None);
        Ok(Set { category: category.name, role: asked.role, part, change: asked.change })
    }
}

fn sentence(category: &str, role: u64, part: RolePart, change: Given) -> String {
    let category = code(category);
    match (part, change) {
        (RolePart::Staff, Given::Add) => format!("whoever holds <@&{role}> answer tickets of {category}"),
        (RolePart::Staff, Given::Remove) => format!("whoever holds <@&{role}> answer tickets of {category} no longer"),
        (RolePart::Required, Given::Add) => format!("tickets of {category} be for whoever holds <@&{role}>"),
        (RolePart::Required, Given::Remove) => format!("tickets of {category} not take <@&{role}> any more"),
        (RolePart::Excluded, Given::Add) => format!("whoever holds <@&{role}> open no tickets of {category}"),
        (RolePart::Excluded, Given::Remove) => format!("whoever holds <@&{role}> open tickets of {category} again"),
    }
}

impl Report for Set {
    fn card(&self) -> Card {
        let (role, category) = (self.role, code(&self.category));
        let said = match (self.part, self.change) {
            (RolePart::Staff, Given::Add) => format!("<@&{role}> answers its tickets, those from now on."),
            (RolePart::Staff, Given::Remove) => format!("<@&{role}> answers its tickets no longer."),
            (RolePart::Required, Given::Add) => format!("It takes <@&{role}>, or another that it takes, to ask."),
            (RolePart::Required, Given::Remove) => format!("It does not take <@&{role}> to ask."),
            (RolePart::Excluded, Given::Add) => format!("Whoever holds <@&{role}> may not ask."),
            (RolePart::Excluded, Given::Remove) => format!("Whoever holds <@&{role}> may ask."),
        };
        Card::ok(format!("**Set** a role of {category}")).text(said)
    }
}
