//! Finds tickets by what was said in them.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::{State, search};

use crate::{Tickets, refuse_secrets, words};

/// More would not be read on a phone.
const SHOWN: usize = 12;
/// So many are looked for: whether there are more is said.
const READ: i64 = 50;
/// Of what is typed.
const TYPED: usize = 100;

/// Find tickets by words in their title, answers, messages and notes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SearchTickets {
    /// The words: all of them are in what is found, or begin words in it.
    pub words: String,
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct Found {
    words: String,
    tickets: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    number: i64,
    title: String,
    state: State,
    #[serde(skip)]
    drawn: String,
}

impl Action for SearchTickets {
    const NAME: &'static str = "ticket.search";
    const RISK: Risk = Risk::Observe;
    type Service = Tickets;
    type Report = Found;

    fn plan(&self) -> String {
        format!("Find tickets with {}", code(&self.words))
    }

    fn refusal(&self) -> String {
        "search tickets".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_any_staff(actor, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, run: &Run) -> Result<Found> {
        let (actor, asked) = (permit.actor(), permit.action());
        refuse_secrets(run, &asked.words)?;
        let typed = words::line(&asked.words, TYPED)?;
        if search::words(&typed).is_empty() {
            return Err(Error::Invalid(format!("{} holds no word to look for.", code(&typed))));
        }
        // Staff of some categories find those; whoever was granted the search finds all.
        let theirs: Vec<String> = tickets.staffed_by(actor).await?.into_iter().map(|one| one.id).collect();
        let only = (!actor.administrator && !theirs.is_empty()).then_some(theirs.as_slice());
        let found = tickets.store.find_tickets(actor.guild, &typed, only, READ).await?;
        // What somebody asked for themselves is not theirs to answer.
        let found = found.into_iter().filter(|ticket| actor.administrator || ticket.member != actor.user);
        let lines = found.map(|ticket| {
            let course = &ticket.course;
            let place = ticket.thread.map(|thread| format!(" <#{thread}>")).unwrap_or_default();
            let since = course.ended.unwrap_or(course.opened).relative();
            let (number, title) = (code(ticket.number.to_string()), code(&course.title));
            let drawn =
                format!("{number}  {title}{place} · {} · <@{}> · {since}", words::state(course.state), ticket.member);
            Line { number: ticket.number, state: course.state, drawn, title: ticket.course.title }
        });
        Ok(Found { words: typed, tickets: lines.collect() })
    }
}

impl Report for Found {
    fn card(&self) -> Card {
        let count = self.tickets.len();
        let found = if i64::try_from(count).is_ok_and(|count| count >= READ) {
            format!("{READ} tickets or more")
        } else {
            measure::count(count as u64, "ticket", "tickets")
        };
        let mut card = Card::plain(format!("**Found** {found}")).fact(code(&self.words));
        for line in self.tickets.iter().take(SHOWN) {
            card = card.row(line.drawn.clone(), None);
        }
        if count > SHOWN {
            card = card.text(format!("and {} more: another word finds fewer", count - SHOWN));
        }
        if self.tickets.is_empty() {
            card = card.text("In no ticket are all of these words, nor words that begin so.");
        }
        card
    }
}
