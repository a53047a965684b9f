//! Changes how a category goes.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Tickets, category::Rules, refuse_secrets};

/// Change how a category goes. What is not said stays as it is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EditTicketCategory {
    /// The category's name.
    pub category: String,
    /// How it goes.
    #[serde(flatten)]
    pub rules: Rules,
}

/// It is changed.
#[derive(Debug, Serialize)]
pub struct Edited {
    category: String,
}

impl Action for EditTicketCategory {
    const NAME: &'static str = "ticket.category-edit";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Edited;

    fn plan(&self) -> String {
        format!("Change how tickets of {} go", code(&self.category))
    }

    fn refusal(&self) -> String {
        "change categories of tickets".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, run: &Run) -> Result<Edited> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        for text in asked.rules.texts() {
            refuse_secrets(run, text)?;
        }
        if asked.rules.escalate_to == Some(guild.0) {
            let sentence = "@everyone would read every ticket that is late: choose another role. Nothing was changed.";
            return Err(Error::Invalid(sentence.to_owned()));
        }
        let change = asked.rules.change()?;
        asked.rules.check_places(tickets, guild).await?;
        let category = tickets.category(guild, &asked.category).await?;
        tickets.store.change_ticket_category(guild, &category, &change).await?;
        tickets.changed.send_replace(());
        Ok(Edited { category: category.name })
    }
}

impl Report for Edited {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Changed** {}", code(&self.category)));
        card.text("It counts for tickets that are opened from now on.")
    }
}
