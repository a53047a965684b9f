//! Forgets a reply.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Tickets;

/// Remove a saved reply.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveSavedReply {
    /// What it is called.
    pub name: String,
}

/// It is forgotten.
#[derive(Debug, Serialize)]
pub struct Removed {
    name: String,
}

impl Action for RemoveSavedReply {
    const NAME: &'static str = "ticket.saved-remove";
    const RISK: Risk = Risk::Destroy;
    type Service = Tickets;
    type Report = Removed;

    fn plan(&self) -> String {
        format!("Forget the reply {}", code(&self.name))
    }

    fn refusal(&self) -> String {
        "forget replies for tickets".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Removed> {
        let name = permit.action().name.trim().to_owned();
        if tickets.store.remove_saved_reply(permit.actor().guild, &name).await? {
            return Ok(Removed { name });
        }
        Err(Error::Invalid(format!(
            "There is no saved reply {} here. `/ticket saved list` shows them all. Nothing was changed.",
            code(&name)
        )))
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        Card::ok(format!("**Forgot** the reply {}", code(&self.name)))
    }
}
