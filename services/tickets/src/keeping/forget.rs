//! Forgets what somebody said in tickets, at their wish.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, UserId, measure::count};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::Forgotten;

use crate::Tickets;

/// Forget what somebody said in tickets: messages, files and answers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ForgetInTickets {
    /// Their id.
    pub member: u64,
}

/// It is forgotten.
#[derive(Debug, Serialize)]
pub struct Gone {
    member: u64,
    messages: u64,
    files: u64,
    tickets: u64,
    transcripts: u64,
}

impl Action for ForgetInTickets {
    const NAME: &'static str = "ticket.forget";
    const RISK: Risk = Risk::Destroy;
    type Service = Tickets;
    type Report = Gone;

    fn plan(&self) -> String {
        format!("Forget what <@{}> said in tickets", self.member)
    }

    fn refusal(&self) -> String {
        "have what somebody said in tickets forgotten".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        let Forgotten { messages, files, tickets, .. } =
            tickets.store.said_in_tickets(actor.guild, UserId(self.member)).await?;
        let why = format!(
            "{}, {} and the answers of {} are gone for good",
            count(messages, "message", "messages"),
            count(files, "file", "files"),
            count(tickets, "ticket", "tickets")
        );
        Ok(Assessment { why: Some(why), ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Gone> {
        let (guild, member) = (permit.actor().guild, permit.action().member);
        let gone = tickets.store.forget_in_tickets(guild, UserId(member)).await?;
        tickets.changed.send_replace(());
        let Forgotten { messages, files, tickets, transcripts } = gone;
        Ok(Gone { member, messages, files, tickets, transcripts })
    }
}

impl Report for Gone {
    fn card(&self) -> Card {
        let again = match self.transcripts {
            0 => "No transcript holds any of it.".to_owned(),
            some => format!("{} without it, and what was posted before is taken away.", remade(some)),
        };
        Card::ok(format!("**Forgot** what <@{}> said in tickets", self.member))
            .fact(count(self.messages, "message", "messages"))
            .fact(count(self.files, "file", "files"))
            .fact(format!("answers of {}", count(self.tickets, "ticket", "tickets")))
            .text(again)
            .text("What stands in Discord stays: delete it there. What others wrote about them stays, and the audit log keeps what they asked of me.")
    }
}

fn remade(number: u64) -> String {
    if number == 1 { "One transcript is made anew".to_owned() } else { format!("{number} transcripts are made anew") }
}
