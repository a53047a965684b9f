//! Keeps a reply.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::SavedReply;

use crate::{Tickets, refuse_secrets, saved, words};

/// Keep a reply that staff use again and again.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetSavedReply {
    /// What it is called.
    pub name: String,
    /// What it says. `{member}`, `{ticket}`, `{category}`, `{staff}` and `{server}` are filled in where it is used.
    pub text: String,
}

/// It is kept.
#[derive(Debug, Serialize)]
pub struct Kept {
    name: String,
    text: String,
}

impl Action for SetSavedReply {
    const NAME: &'static str = "ticket.saved-set";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Kept;

    fn plan(&self) -> String {
        format!("Keep the reply {}", code(&self.name))
    }

    fn refusal(&self) -> String {
        "keep replies for tickets".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, run: &Run) -> Result<Kept> {
        let (actor, asked) = (permit.actor(), permit.action());
        for text in [&asked.name, &asked.text] {
            refuse_secrets(run, text)?;
        }
        let (name, text) = (words::line(&asked.name, saved::NAME)?, words::text(&asked.text, words::TEXT)?);
        saved::parts(&text)?;
        let reply = SavedReply { name, text, by: actor.user };
        if tickets.store.set_saved_reply(actor.guild, &reply, saved::MOST).await? {
            return Ok(Kept { name: reply.name, text: reply.text });
        }
        Err(Error::Busy(format!("There are {} replies, the most I keep. Nothing was changed.", saved::MOST)))
    }
}

impl Report for Kept {
    fn card(&self) -> Card {
        Card::ok(format!("**Kept** the reply {}", code(&self.name)))
            .code("", self.text.clone())
            .text("`/ticket reply` sends it, as it is filled in there.")
    }
}
