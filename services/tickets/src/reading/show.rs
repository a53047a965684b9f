//! One ticket: its face, who is in it, and what happened, with the notes of staff.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::{Line, LineKind, Part, Person};

use crate::Tickets;

/// So many of the last lines are shown; the rest is in the file.
const SHOWN: usize = 10;
/// So many are read.
const READ: i64 = 1_000;

/// Show a ticket, with what happened and the notes of staff.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowTicket {
    /// Its number.
    pub ticket: i64,
}

/// A ticket and what happened with it.
#[derive(Debug, Serialize)]
pub struct Ticket {
    #[serde(skip)]
    card: Card,
    title: String,
    /// The oldest first.
    timeline: Vec<(i64, String)>,
    thread: Option<u64>,
    people: Vec<u64>,
    trouble: Option<String>,
}

impl Action for ShowTicket {
    const NAME: &'static str = "ticket.show";
    const RISK: Risk = Risk::Observe;
    type Service = Tickets;
    type Report = Ticket;

    fn plan(&self) -> String {
        format!("Show ticket {}", self.ticket)
    }

    fn refusal(&self) -> String {
        "see that ticket".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Ticket> {
        let ticket = tickets.ticket(permit.actor().guild, permit.action().ticket).await?;
        let mut lines = tickets.store.ticket_lines(&ticket, READ).await?;
        lines.reverse();
        let people = tickets.store.ticket_people(&ticket).await?;
        let in_it = people.iter().filter(|one| one.wanted && one.part != Part::Member).map(|one: &Person| one.user.0);
        Ok(Ticket {
            card: tickets.face(&ticket).await?,
            timeline: lines.iter().map(|line| (line.at.0, words(line))).collect(),
            people: in_it.collect(),
            thread: ticket.thread,
            trouble: ticket.trouble,
            title: ticket.course.title,
        })
    }
}

fn words(line: &Line) -> String {
    let who = line.by.map(|by| format!("<@{by}> ")).unwrap_or_default();
    let verb = if line.kind == LineKind::Note { "noted for staff: " } else { "" };
    format!("{who}{verb}{}", line.text)
}

impl Report for Ticket {
    fn card(&self) -> Card {
        let mut card = self.card.clone();
        if !self.people.is_empty() {
            let people: Vec<String> = self.people.iter().map(|user| format!("<@{user}>")).collect();
            card = card.text(format!("In it: {}", people.join(", ")));
        }
        let from = self.timeline.len().saturating_sub(SHOWN);
        let lines: Vec<String> =
            self.timeline[from..].iter().map(|(at, text)| format!("<t:{}:T> {text}", at.div_euclid(1_000))).collect();
        card = card.text(lines.join("\n"));
        if from > 0 {
            let all: Vec<String> =
                self.timeline.iter().map(|(at, text)| format!("{}  {text}", base::Millis(*at).utc())).collect();
            card = card.file("timeline.txt", all.join("\n").into_bytes());
        }
        if let Some(trouble) = &self.trouble {
            card = card.text(format!("It cannot be shown: {trouble}."));
        }
        match self.thread {
            Some(thread) => card.small(format!("<#{thread}>")),
            None => card,
        }
    }
}
