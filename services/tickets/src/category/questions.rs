//! Says what whoever opens a ticket is asked.

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Tickets, questions, refuse_secrets};

/// Say what whoever opens a ticket of a category is asked, up to five questions.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AskInCategory {
    /// The category's name.
    pub category: String,
    /// A line each: `What is wrong?; long; 10-500; such as this`, of which all but the first part may be left out. Nothing is no
    /// questions.
    pub questions: String,
}

/// They are asked.
#[derive(Debug, Serialize)]
pub struct Asked {
    category: String,
    questions: Vec<String>,
}

impl Action for AskInCategory {
    const NAME: &'static str = "ticket.category-questions";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Asked;

    fn plan(&self) -> String {
        format!("Change what is asked for a ticket of {}", code(&self.category))
    }

    fn refusal(&self) -> String {
        "say what is asked for tickets".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, run: &Run) -> Result<Asked> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        refuse_secrets(run, &asked.questions)?;
        let read = questions::read(&asked.questions)?;
        let category = tickets.category(guild, &asked.category).await?;
        tickets.store.set_ticket_questions(guild, &category, &read).await?;
        Ok(Asked { category: category.name, questions: read.into_iter().map(|one| one.label).collect() })
    }
}

impl Report for Asked {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Set** what is asked for {}", code(&self.category)));
        if self.questions.is_empty() {
            return card.text("Nothing is asked: a press opens a ticket.");
        }
        let asked: Vec<String> = (1..).zip(&self.questions).map(|(at, one)| format!("{at}. {}", code(one))).collect();
        card.text(asked.join("\n"))
    }
}
