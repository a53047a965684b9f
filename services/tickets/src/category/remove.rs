//! Removes a category of which no ticket goes on.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Tickets;

/// Remove a category of which no ticket goes on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveTicketCategory {
    /// The category's name.
    pub category: String,
}

/// It is gone.
#[derive(Debug, Serialize)]
pub struct Removed {
    category: String,
}

impl Action for RemoveTicketCategory {
    const NAME: &'static str = "ticket.category-remove";
    const RISK: Risk = Risk::Destroy;
    type Service = Tickets;
    type Report = Removed;

    fn plan(&self) -> String {
        format!("Remove the category {} of tickets", code(&self.category))
    }

    fn refusal(&self) -> String {
        "remove categories of tickets".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Removed> {
        let guild = permit.actor().guild;
        let category = tickets.category(guild, &permit.action().category).await?;
        if tickets.store.remove_ticket_category(guild, &category).await? {
            tickets.changed.send_replace(());
            return Ok(Removed { category: category.name });
        }
        Err(Error::Busy(format!(
            "Tickets of {} still go on: close or move them first. Nothing was changed.",
            code(&category.name)
        )))
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        Card::ok(format!("**Removed** {}", code(&self.category))).text("Its closed tickets are kept.")
    }
}
