//! Has the assistant draft an answer, or say in short what a ticket is about, for whoever of staff asked, alone.
//!
//! **Invariant:** nothing is sent by it. What the assistant wrote is sent by whoever reads it, after they could change it, as their answer.

use base::{
    Action, Actor, Assessment, Card, Error, Millis, Permit, Report, Result, Risk, Run, UserId,
    card::{Choice, Lands, Press, Weight, code},
};
use futures::future::BoxFuture;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::tickets::{LineKind, Ticket};

use crate::{ReplyToTicket, Tickets, words};

/// So many of the last messages are read, and lines of what the bot said for staff.
const READ: usize = 50;
const LINES: i64 = 200;

/// What the assistant is to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Draft {
    /// An answer.
    Reply,
    /// What it is about, and how far it is.
    Summary,
}

/// Have the assistant draft an answer to a ticket, or say in short what it is about. Nothing is sent by it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DraftForTicket {
    /// Its number.
    pub ticket: i64,
    /// An answer, or a summary.
    pub draft: Draft,
}

/// What it wrote.
#[derive(Debug, Serialize)]
pub struct Drafted {
    ticket: i64,
    title: String,
    draft: Draft,
    text: String,
    model: String,
}

/// What somebody wrote in a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// When.
    pub at: Millis,
    /// Who, as they are called.
    pub name: String,
    /// And their number.
    pub by: UserId,
    /// The words.
    pub text: String,
}

/// What the assistant is given: material, and no instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Material {
    /// What it is to write.
    pub draft: Draft,
    /// What the ticket is about, and where from.
    pub about: String,
    /// What was said, the oldest first, each with who said it.
    pub said: Vec<(String, String)>,
    /// Names of those who take part.
    pub people: Vec<String>,
}

/// What it wrote, safe to be shown, and which model did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The words.
    pub text: String,
    /// The model, as people read it.
    pub model: String,
}

/// Writes for staff, where a guild lets it.
pub trait Assistant: Send + Sync {
    /// Writes what is wanted, in the name of whoever asks.
    fn write<'a>(&'a self, actor: &'a Actor, material: Material, run: &'a Run) -> BoxFuture<'a, Result<Written>>;
}

impl Action for DraftForTicket {
    const NAME: &'static str = "ticket.draft";
    const RISK: Risk = Risk::Observe;
    type Service = Tickets;
    type Report = Drafted;

    fn plan(&self) -> String {
        match self.draft {
            Draft::Reply => format!("Have an answer to ticket {} drafted", self.ticket),
            Draft::Summary => format!("Have ticket {} put in short", self.ticket),
        }
    }

    fn refusal(&self) -> String {
        "have the assistant read that ticket".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, run: &Run) -> Result<Drafted> {
        let (actor, asked) = (permit.actor(), permit.action());
        let ticket = tickets.ticket(actor.guild, asked.ticket).await?;
        let nobody = || Error::Busy("There is no assistant here. Nothing was written.".to_owned());
        let assistant = tickets.assistant.get().ok_or_else(nobody)?;
        let material = tickets.material(&ticket, asked.draft, run).await?;
        let Written { text, model } = assistant.write(actor, material, run).await?;
        let text: String = text.trim().chars().take(words::TEXT).collect();
        if text.is_empty() {
            return Err(Error::Busy("The model said nothing. Nothing was written; ask again.".to_owned()));
        }
        Ok(Drafted { ticket: ticket.number, title: ticket.course.title, draft: asked.draft, text, model })
    }
}

impl Tickets {
    /// What was said in a ticket, without secrets.
    async fn material(&self, ticket: &Ticket, draft: Draft, run: &Run) -> Result<Material> {
        let mask = |text: &str| run.redactor().mask(text).into_owned();
        let mut said = match (self.members.get(), ticket.thread) {
            (Some(members), Some(thread)) => members.last_words(ticket.guild, thread, READ).await?,
            _ => Vec::new(),
        };
        let answered =
            self.store.ticket_lines(ticket, LINES).await?.into_iter().filter(|line| line.kind == LineKind::Reply);
        said.extend(answered.map(|line| Words {
            at: line.at,
            name: "staff".to_owned(),
            by: line.by.unwrap_or(UserId(0)),
            text: line.text,
        }));
        said.sort_by_key(|words| words.at);
        let from = said.len().saturating_sub(READ);
        let category = self.category_of(ticket).await?.map(|category| category.name).unwrap_or_default();
        let mut about = vec![format!("Ticket {}, {}: {}", ticket.number, category, ticket.course.title)];
        about.extend(ticket.answers.iter().map(|one| format!("{}: {}", one.question, one.answer)));
        let mut people: Vec<String> = said.iter().map(|words| words.name.clone()).collect();
        people.sort();
        people.dedup();
        let who = |words: &Words| if words.by == ticket.member { "the member" } else { "staff" };
        let said = said[from..].iter().map(|words| (format!("{}, {}", who(words), words.name), mask(&words.text)));
        Ok(Material { draft, about: mask(&about.join("\n")), said: said.collect(), people })
    }
}

impl Report for Drafted {
    fn card(&self) -> Card {
        let title = match self.draft {
            Draft::Reply => format!("**Draft** for ticket {}", self.ticket),
            Draft::Summary => format!("**Ticket {}** in short", self.ticket),
        };
        let card = Card::plain(title).fact(code(&self.title)).text(self.text.clone());
        let card = card.small(self.model.clone()).small("only you see this, and nothing was sent");
        if self.draft == Draft::Summary {
            return card;
        }
        let action = <ReplyToTicket as Action>::NAME.to_owned();
        let arguments = json!({ "ticket": self.ticket, "text": "", "draft": self.text });
        let press = Press::Perform { action, arguments, lands: Lands::Aside };
        card.choice(Choice { label: "Send…".to_owned(), weight: Weight::Primary, press })
    }
}
