//! Makes an address under which a ticket's transcript is read. It is shown once, to whoever asked for it.

use base::{
    Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::tickets::Ticket;

use super::RevokeTranscript;
use crate::{Tickets, is_person};

/// Show where a ticket's transcript is read.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowTranscript {
    /// Its number.
    pub ticket: i64,
}

/// Where it is read.
#[derive(Debug, Serialize)]
pub struct Transcript {
    ticket: i64,
    title: String,
    messages: i64,
    files: i64,
    trouble: Option<String>,
    is_forgotten: bool,
    /// In no report: whoever reads it there was not given it.
    #[serde(skip)]
    address: Option<String>,
    /// Where no address can be given, the file; and whether that is all.
    #[serde(skip)]
    file: Option<(Vec<u8>, bool)>,
}

/// What is kept of an address.
fn hash(key: &str) -> String {
    hex::encode(Sha256::digest(key.as_bytes()))
}

impl Action for ShowTranscript {
    const NAME: &'static str = "ticket.transcript";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Transcript;

    fn plan(&self) -> String {
        format!("Make an address for the transcript of ticket {}", self.ticket)
    }

    fn refusal(&self) -> String {
        "read what was said in that ticket".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Transcript> {
        let actor = permit.actor();
        let ticket = tickets.ticket(actor.guild, permit.action().ticket).await?;
        let (messages, files) = tickets.store.count_ticket_messages(&ticket).await?;
        let trouble = tickets.store.transcript(&ticket).await?.and_then(|one| one.trouble);
        let is_forgotten = ticket.forgotten.is_some() && messages == 0;
        let (mut address, mut file) = (None, None);
        match tickets.address.get() {
            _ if is_forgotten || !is_person(actor) => {}
            Some(base) => {
                let key = format!("{:032x}", tickets.clock.random());
                tickets.store.add_ticket_link(&ticket, &hash(&key), actor.user).await?;
                address = Some(format!("{base}/transcript/{key}"));
            }
            None => file = Some(tickets.first_part(&ticket).await?),
        }
        let (ticket, title) = (ticket.number, ticket.course.title);
        Ok(Transcript { ticket, title, messages, files, trouble, is_forgotten, address, file })
    }
}

impl Tickets {
    /// The ticket whose transcript is read under an address.
    pub async fn at(&self, key: &str) -> Result<Option<Ticket>> {
        let is_key = key.len() == 32 && key.bytes().all(|digit| digit.is_ascii_hexdigit());
        if is_key { self.store.ticket_at(&hash(key)).await } else { Ok(None) }
    }
}

impl Report for Transcript {
    fn card(&self) -> Card {
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        let mut card = Card::quiet(format!("**Transcript** of ticket {}", self.ticket))
            .fact(code(&self.title))
            .fact(base::measure::count(count(self.messages), "message", "messages"))
            .fact(base::measure::count(count(self.files), "file", "files"));
        if self.is_forgotten {
            return card.text("What was said in it was forgotten.");
        }
        if let Some(address) = &self.address {
            card = card
                .text(format!(
                    "[Read it]({address}), logged in with Discord. The address is for you: it is shown once."
                ))
                .choice(Choice::perform("Revoke", &RevokeTranscript { ticket: self.ticket }, Lands::Here));
        }
        if let Some((bytes, is_whole)) = &self.file {
            let part = if *is_whole { "All of it is in the file." } else { "The file holds the first part of it." };
            card = card
                .text(format!(
                    "{part} It is read on a page where `NEBULA_WEB_URL` and `DISCORD_CLIENT_SECRET` are set."
                ))
                .file(format!("ticket-{}.html", self.ticket), bytes.clone());
        }
        match &self.trouble {
            Some(trouble) => card.text(trouble.clone()),
            None => card,
        }
    }
}
