//! The replies that a guild keeps.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Tickets, words};

/// More would not be read on a phone.
const SHOWN: usize = 20;
/// Characters of what one says.
const BEGINS: usize = 80;

/// List the replies that are kept for tickets.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListSavedReplies {}

/// They are these.
#[derive(Debug, Serialize)]
pub struct Listed {
    replies: Vec<(String, String)>,
}

impl Action for ListSavedReplies {
    const NAME: &'static str = "ticket.saved-list";
    const RISK: Risk = Risk::Observe;
    type Service = Tickets;
    type Report = Listed;

    fn plan(&self) -> String {
        "List the replies that are kept for tickets".to_owned()
    }

    fn refusal(&self) -> String {
        "list the replies for tickets".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_any_staff(actor, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Listed> {
        let all = tickets.store.saved_replies(permit.actor().guild).await?;
        Ok(Listed { replies: all.into_iter().map(|reply| (reply.name, reply.text)).collect() })
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        let count = u64::try_from(self.replies.len()).unwrap_or_default();
        let mut card = Card::plain(format!("**Saved replies** {}", measure::count(count, "reply", "replies")));
        for (name, text) in self.replies.iter().take(SHOWN) {
            card = card.text(format!("{}  {}", code(name), code(words::cut(text, BEGINS))));
        }
        if self.replies.len() > SHOWN {
            card = card.text(format!("and {} more", self.replies.len() - SHOWN));
        }
        if self.replies.is_empty() {
            card = card.text("There is none yet: `/ticket saved set` keeps one.");
        }
        card
    }
}
