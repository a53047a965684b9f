//! Reads what was said in a ticket: staff of its category and whose it is.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::written;

use super::text::moment;
use crate::{Tickets, is_person, words::cut};

/// More is read on its page.
const LINES: usize = 30;
/// Of a line.
const LETTERS: usize = 300;
/// Messages that are looked through for the last ones.
const PAGE: i64 = 500;

/// Read what was said in a ticket.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ReadTranscript {
    /// Its number.
    pub ticket: i64,
}

/// What was said last.
#[derive(Debug, Serialize)]
pub struct Said {
    ticket: i64,
    messages: i64,
    last: Vec<String>,
}

impl Action for ReadTranscript {
    const NAME: &'static str = "ticket.transcript-read";
    const RISK: Risk = Risk::Observe;
    type Service = Tickets;
    type Report = Said;

    fn plan(&self) -> String {
        format!("Read what was said in ticket {}", self.ticket)
    }

    fn refusal(&self) -> String {
        "read what was said in that ticket".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        let ticket = tickets.store.ticket(actor.guild, self.ticket).await?;
        if is_person(actor) && ticket.is_some_and(|ticket| ticket.member == actor.user) {
            return Ok(Assessment { own: true, ..Assessment::of(Self::RISK) });
        }
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Said> {
        let ticket = tickets.ticket(permit.actor().guild, permit.action().ticket).await?;
        let (messages, _) = tickets.store.count_ticket_messages(&ticket).await?;
        let (mut last, mut after) = (Vec::new(), 0);
        loop {
            let page = tickets.store.ticket_messages(&ticket, after, PAGE).await?;
            let Some(end) = page.last().map(|one| one.message) else { break };
            after = end;
            last.extend(page.into_iter().filter(|one| !one.forgotten).map(|one| {
                let text = cut(&one.says.texts().collect::<Vec<_>>().join(" "), LETTERS);
                format!("{} {}: {text}", moment(written(one.message)), one.name)
            }));
            last.drain(..last.len().saturating_sub(LINES));
        }
        Ok(Said { ticket: ticket.number, messages, last })
    }
}

impl Report for Said {
    fn card(&self) -> Card {
        let count = u64::try_from(self.messages).unwrap_or_default();
        Card::quiet(format!("**Said** in ticket {}", self.ticket))
            .fact(measure::count(count, "message", "messages"))
            .code("", self.last.join("\n"))
    }
}
