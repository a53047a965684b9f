//! Answers a ticket by the bot, in the name of whoever of staff does: a reply that was kept, or their own words.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::LineKind;

use crate::{
    Tickets,
    desk::step::Says,
    machine::Press,
    refuse_secrets,
    saved::{self, Fills},
    words,
};

/// Answer a ticket, in your name: with a saved reply, or with your own words.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ReplyToTicket {
    /// Its number.
    pub ticket: i64,
    /// The name of a reply that was kept.
    #[serde(default)]
    pub saved: Option<String>,
    /// The words, where it is no reply that was kept.
    #[serde(default)]
    pub text: Option<String>,
}

/// It is on its way.
#[derive(Debug, Serialize)]
pub struct Replied {
    ticket: i64,
    title: String,
    text: String,
}

impl Action for ReplyToTicket {
    const NAME: &'static str = "ticket.reply";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Replied;

    fn plan(&self) -> String {
        match (&self.saved, &self.text) {
            (Some(saved), _) => format!("Answer ticket {} with {}", self.ticket, code(saved)),
            (None, Some(text)) => format!("Answer ticket {}: {}", self.ticket, code(text)),
            (None, None) => format!("Answer ticket {}", self.ticket),
        }
    }

    fn refusal(&self) -> String {
        "answer that ticket".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, run: &Run) -> Result<Replied> {
        let (actor, asked) = (permit.actor(), permit.action());
        let text = match (&asked.saved, &asked.text) {
            (Some(saved), None) => tickets.filled(actor, asked.ticket, saved, run).await?,
            (None, Some(text)) => {
                // As it was typed: what is made quiet is no longer recognised.
                refuse_secrets(run, text)?;
                saved::quiet(&words::text(text, words::TEXT)?)
            }
            _ => {
                let sentence = "Say what to answer: a saved reply, or words of your own. Nothing was sent.";
                return Err(Error::Invalid(sentence.to_owned()));
            }
        };
        let says = Says { kind: LineKind::Reply, ..Says::step(text.clone()) };
        let title = tickets.press(actor, asked.ticket, &Press::Reply, &says).await?.course.title;
        Ok(Replied { ticket: asked.ticket, title, text })
    }
}

impl Tickets {
    /// What a reply that was kept says in this ticket.
    async fn filled(&self, actor: &Actor, number: i64, named: &str, run: &Run) -> Result<String> {
        let all = self.store.saved_replies(actor.guild).await?;
        let wanted = named.trim().to_lowercase();
        let found = all.iter().find(|reply| reply.name.to_lowercase() == wanted).ok_or_else(|| {
            Error::Invalid(format!(
                "There is no saved reply {} here. `/ticket saved list` shows them all. Nothing was sent.",
                code(named)
            ))
        })?;
        refuse_secrets(run, &found.text)?;
        let ticket = self.ticket(actor.guild, number).await?;
        let category = self.category_of(&ticket).await?.map(|category| category.name).unwrap_or_default();
        let server = match self.members.get() {
            Some(members) => members.guild_name(actor.guild).await?,
            None => String::new(),
        };
        saved::fill(
            &found.text,
            &Fills {
                member: format!("<@{}>", ticket.member),
                ticket: format!("#{} {}", ticket.number, code(&ticket.course.title)),
                category: saved::quiet(&category),
                staff: format!("<@{}>", actor.user),
                server: saved::quiet(&server),
            },
        )
    }
}

impl Report for Replied {
    fn card(&self) -> Card {
        Card::ok(format!("**Answered** ticket {}", self.ticket)).fact(code(&self.title)).text(self.text.clone())
    }
}
