//! Opens a ticket: who may, by every rule of its category; then its row, and in a moment its thread.

use std::time::Duration;

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, UserId, Way,
    card::{code, is_hidden},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{
    events::{Kind, NewEvent},
    tickets::{Answered, Category, LineKind, NewLine, NewTicket, Opened as Row, Past, PastTicket, Ticket},
};

use crate::{
    Tickets, is_person,
    machine::{self},
    questions, rules, words,
};

/// Whoever opened one waits so long to be told where it is.
const SHOWN_WITHIN: Duration = Duration::from_secs(8);
/// That is looked at again after so long, where nobody tells.
const LOOKS: Duration = Duration::from_millis(200);
/// Characters of a title that is made of what was written.
const TITLE: usize = 60;
/// Characters of a message that a ticket is about.
const QUOTED: usize = 1_000;

/// Open a ticket.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct OpenTicket {
    /// The category's name.
    pub category: String,
    /// Answers to its questions, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<String>,
    /// The id of the member whose it is; whoever asks, unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<u64>,
    /// A link to the message that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// What stands in that message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted: Option<String>,
    /// The number of the incident that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<i64>,
    /// The id of the post in a forum that opens it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<u64>,
    /// What tells this from every other time of asking: asked for twice under it, one is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// It is open.
#[derive(Debug, Serialize)]
pub struct Opened {
    ticket: i64,
    category: String,
    thread: Option<u64>,
    was_open: bool,
    trouble: Option<String>,
}

impl Action for OpenTicket {
    const NAME: &'static str = "ticket.open";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Tickets;
    type Report = Opened;

    fn plan(&self) -> String {
        match self.member {
            Some(member) => format!("Open a ticket of {} for <@{member}>", code(&self.category)),
            None => format!("Open a ticket of {}", code(&self.category)),
        }
    }

    fn refusal(&self) -> String {
        "open tickets for others".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        if self.incident.is_some() {
            return tickets.by_any_staff(actor, Self::RISK).await;
        }
        let for_themselves = self.member.is_none_or(|member| member == actor.user.0);
        if for_themselves {
            return Ok(Assessment { own: true, ..Assessment::of(Self::RISK) });
        }
        let category = tickets.category(actor.guild, &self.category).await.ok();
        let own = is_person(actor) && category.is_some_and(|category| category.is_staff(&actor.roles));
        Ok(Assessment { own, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, run: &Run) -> Result<Opened> {
        let (actor, asked) = (permit.actor(), permit.action());
        let category = tickets.category(actor.guild, &asked.category).await?;
        let member = asked.member.map_or(actor.user, UserId);
        tickets.may_open(actor, member, &category).await?;
        let asked = &tickets.with_incident(actor, asked).await?;
        let answers = tickets.answers_of(actor, &category, asked)?;
        let ticket = match tickets.open(actor, member, &category, &answers, asked).await? {
            Came::New(ticket) => ticket,
            Came::Twin(number) => {
                let twin = tickets.ticket(actor.guild, number).await?;
                return tickets.wait_for(&twin, &category, true, run).await;
            }
        };
        tickets.wait_for(&ticket, &category, false, run).await
    }
}

/// What came of asking for one.
enum Came {
    New(Box<Ticket>),
    /// The same was asked for a moment ago.
    Twin(i64),
}

impl Tickets {
    /// Who may ask for one of this category at this moment, before anything is counted.
    pub async fn may_open(&self, actor: &Actor, member: UserId, category: &Category) -> Result<()> {
        // What staff open for somebody is staff's decision; whoever is blocked stays blocked.
        let block = self.store.ticket_block(actor.guild, member).await?;
        if member != actor.user && block.is_none() {
            return Ok(());
        }
        rules::may_ask(category, actor, block, self.clock.now()).map_err(|refused| refused.sentence(&category.name))
    }

    /// What is asked for, with what is wrong as the message where it is about an incident.
    async fn with_incident(&self, actor: &Actor, asked: &OpenTicket) -> Result<OpenTicket> {
        let mut asked = asked.clone();
        // Only whoever heard of a post knows that there is one.
        asked.post = asked.post.filter(|_| actor.way == Way::Message);
        if let Some(number) = asked.incident {
            let unknown = || Error::NotFound { kind: "incident", name: number.to_string() };
            let incident = self.store.incident(actor.guild, number).await?.ok_or_else(unknown)?;
            asked.quoted.get_or_insert(incident.subject);
        }
        Ok(asked)
    }

    fn answers_of(&self, actor: &Actor, category: &Category, asked: &OpenTicket) -> Result<Vec<Answered>> {
        // Whoever opens one for somebody else, or from a message, need not answer for them.
        let mut answers = if asked.answers.is_empty() && (asked.quoted.is_some() || asked.member.is_some()) {
            Vec::new()
        } else {
            questions::judge(&category.questions, &asked.answers)?
        };
        if let Some(quoted) = &asked.quoted {
            let answer: String = quoted.chars().take(QUOTED).collect();
            let question = if asked.incident.is_some() { "The incident" } else { "The message" };
            answers.insert(0, Answered { question: question.to_owned(), answer });
        }
        let redactor = self.redactor.of(actor.guild);
        for one in &mut answers {
            one.answer = redactor.mask(&one.answer).into_owned();
        }
        Ok(answers)
    }

    async fn open(
        &self,
        actor: &Actor,
        member: UserId,
        category: &Category,
        answers: &[Answered],
        asked: &OpenTicket,
    ) -> Result<Came> {
        let Some(parent) = self.place_of(actor, category).await? else {
            return Err(Error::Busy(format!(
                "The panel of {} stands in no channel, so there is no place for a ticket. No ticket was opened.",
                code(&category.name)
            )));
        };
        let now = self.clock.now();
        let course = machine::begin(category, title(category, answers), now);
        let key = match &asked.key {
            Some(key) => format!("{}/{key}", member.0),
            None => self.clock.key(),
        };
        let mut twin = None;
        let judge = |past: Past| {
            // Two posts are two questions, however fast they were written.
            if let Some(before) = rules::twin(&past, now).filter(|_| asked.post.is_none()) {
                twin = Some(before.number);
                return Err(already(before));
            }
            // Staff know how many somebody has.
            if member != actor.user {
                return Ok(());
            }
            rules::has_room(category, &past, now).map_err(|refused| refused.sentence(&category.name))
        };
        let line = NewLine { kind: LineKind::Step, by: Some(actor.user), text: "opened it".to_owned() };
        let about = asked.about.as_deref().filter(|link| link.starts_with("https://discord.com/channels/"));
        let new = NewTicket {
            guild: actor.guild,
            key: &key,
            member,
            answers,
            about,
            course: &course,
            parent,
            place: category.place,
            forum_post: asked.post,
            incident: asked.incident,
            line,
        };
        let event = |number: i64| {
            NewEvent::in_guild(Kind::TicketOpened, actor.guild, &self.redactor)
                .about(&format!("ticket {number}"))
                .with("ticket", &number.to_string())
                .by(member)
        };
        let opened = self.store.open_ticket(new, judge, event).await;
        match (opened, twin) {
            (Err(_), Some(number)) => Ok(Came::Twin(number)),
            (Err(error), None) => Err(error),
            (Ok(Row::New(ticket) | Row::Before(ticket)), _) => {
                self.changed.send_replace(());
                Ok(Came::New(Box::new(ticket)))
            }
            (Ok(Row::Gone), _) => {
                Err(Error::Busy("That category was removed just now. No ticket was opened.".to_owned()))
            }
        }
    }

    /// The channel under which a category's threads are made: where its panel stands.
    async fn place_of(&self, actor: &Actor, category: &Category) -> Result<Option<u64>> {
        let panels = self.store.ticket_panels(actor.guild).await?;
        Ok(panels.into_iter().find(|panel| panel.id == category.panel).and_then(|panel| panel.channel))
    }

    /// Waits a while for its thread: whoever opened it is told where it is.
    async fn wait_for(&self, ticket: &Ticket, category: &Category, was_open: bool, run: &Run) -> Result<Opened> {
        let until = tokio::time::Instant::now() + SHOWN_WITHIN;
        let mut changes = self.changes();
        loop {
            changes.mark_unchanged();
            let (thread, trouble) = self.store.ticket_place(ticket).await?;
            let is_over = tokio::time::Instant::now() >= until || run.cancel().is_cancelled();
            if thread.is_some() || trouble.is_some() || is_over {
                return Ok(Opened {
                    ticket: ticket.number,
                    category: category.name.clone(),
                    thread,
                    was_open,
                    trouble: trouble.filter(|_| thread.is_none()),
                });
            }
            // The sender lives as long as the service; what another process shows is looked for.
            let _ = tokio::time::timeout(LOOKS, changes.changed()).await;
        }
    }
}

/// Never shown: whoever asked twice is shown what they have.
fn already(before: &PastTicket) -> Error {
    Error::Busy(format!("Ticket {} was opened a moment ago.", before.number))
}

/// What it is about, in a few words of whoever opened it.
fn title(category: &Category, answers: &[Answered]) -> String {
    let shown = |text: &str| text.chars().filter(|letter| !is_hidden(*letter)).collect::<String>();
    let words = answers.first().map(|one| words::cut(&shown(&one.answer), TITLE)).filter(|title| !title.is_empty());
    words.unwrap_or_else(|| category.name.clone())
}

impl Report for Opened {
    fn card(&self) -> Card {
        let number = self.ticket;
        let card = if self.was_open {
            Card::quiet(format!("**Open already** ticket {number}"))
        } else {
            Card::ok(format!("**Opened** ticket {number}"))
        };
        let card = card.fact(code(&self.category));
        match (self.thread, &self.trouble) {
            (Some(thread), _) => card.text(format!("<#{thread}> is where you are answered. Only you and staff read it.")),
            (None, Some(trouble)) => {
                card.text(format!("It is kept, and has no thread yet: {trouble}. I try again by myself, and staff see it in `/ticket list`."))
            }
            (None, None) => card.text("Its thread comes in a moment: you are called there."),
        }
    }
}
