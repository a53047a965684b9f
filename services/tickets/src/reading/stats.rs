//! How a guild's tickets went in some time: how many, how fast they were answered and solved, how members found it, by category and by
//! whoever answers.

mod chart;
mod count;
mod csv;
mod period;

use std::collections::{BTreeMap, HashMap};

use base::{
    Action, Actor, Assessment, Card, Error, Millis, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::{Category, Course, Rated, State, Ticket};

use crate::{
    Tickets,
    reading::stats::{
        count::{Counted, Member, counted},
        period::Period,
    },
};

/// What is counted at most; of more, the newest.
const READ: i64 = 20_000;
/// More would not be read on a phone.
const SHOWN: usize = 8;

/// How it is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// In words and as a picture.
    #[default]
    Picture,
    /// As a file with a line for each ticket.
    File,
}

/// Show how tickets went: how many, how fast they were answered and solved, how members found it, and by whom.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ShowTicketStats {
    /// Of so many days; 30 unless told.
    #[serde(default)]
    pub days: Option<u32>,
    /// From this day on, such as `2026-11-01`; until now, unless told.
    #[serde(default)]
    pub from: Option<String>,
    /// Only of the category of this name.
    #[serde(default)]
    pub category: Option<String>,
    /// Only what the person of this id had, answered first or closed.
    #[serde(default)]
    pub staff: Option<u64>,
    /// In words and as a picture, or as a file.
    #[serde(default)]
    pub shape: Shape,
}

/// How they went.
#[derive(Debug, Serialize)]
pub struct Stats {
    days: u32,
    from_ms: i64,
    all: Counted,
    categories: BTreeMap<String, Counted>,
    /// Whoever answers, by what they did.
    staff: BTreeMap<u64, Member>,
    #[serde(skip)]
    asked: ShowTicketStats,
    #[serde(skip)]
    shown: Shown,
}

/// What it is shown by.
#[derive(Debug)]
enum Shown {
    Picture { png: Vec<u8>, alt: String },
    File(String),
}

impl Action for ShowTicketStats {
    const NAME: &'static str = "ticket.stats";
    const RISK: Risk = Risk::Observe;
    type Service = Tickets;
    type Report = Stats;

    fn plan(&self) -> String {
        "Show how tickets went".to_owned()
    }

    fn refusal(&self) -> String {
        "see how tickets went".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_any_staff(actor, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, run: &Run) -> Result<Stats> {
        let (actor, asked) = (permit.actor(), permit.action().clone());
        let now = tickets.clock.now();
        let period = Period::read(asked.days, asked.from.as_deref(), now)?;
        let only = match &asked.category {
            Some(named) => Some(tickets.category(actor.guild, named).await?.id),
            None => None,
        };
        let between = (period.from, period.until);
        let mut all = tickets.store.tickets_between(actor.guild, between, READ).await?;
        let theirs = tickets.staffed_by(actor).await?;
        if !actor.administrator && !theirs.is_empty() {
            all.retain(|ticket| theirs.iter().any(|one| one.id == ticket.course.category));
        }
        all.retain(|ticket| only.as_ref().is_none_or(|only| *only == ticket.course.category));
        all.retain(|ticket| asked.staff.is_none_or(|staff| has_done(&ticket.course, staff)));
        let rated = tickets.store.ticket_ratings(actor.guild, between, READ).await?;
        let categories = tickets.store.ticket_categories(actor.guild).await?;
        stats(&all, &rated, &categories, period, now, asked, run).await
    }
}

/// Whether somebody has it, answered it first or closed it.
fn has_done(course: &Course, staff: u64) -> bool {
    [course.owner, course.answered_by, course.ended_by].into_iter().flatten().any(|user| user.0 == staff)
}

async fn stats(
    all: &[Ticket],
    rated: &HashMap<String, Rated>,
    categories: &[Category],
    period: Period,
    now: Millis,
    asked: ShowTicketStats,
    run: &Run,
) -> Result<Stats> {
    let mut of: BTreeMap<String, Vec<&Ticket>> = BTreeMap::new();
    for ticket in all {
        of.entry(name(&ticket.course, categories)).or_default().push(ticket);
    }
    let whole: Vec<&Ticket> = all.iter().collect();
    let categories_of: BTreeMap<String, Counted> =
        of.into_iter().map(|(name, tickets)| (name, counted(&tickets, rated, now))).collect();
    let shown = match asked.shape {
        Shape::File => Shown::File(csv::lines(all, rated, categories)),
        Shape::Picture => {
            let masked = |name: &String| run.redactor().mask(name).into_owned();
            let rows: Vec<(String, &Counted)> =
                categories_of.iter().take(SHOWN).map(|(name, counted)| (masked(name), counted)).collect();
            let (svg, alt) = chart::Chart { period: &period, tickets: all, rows: &rows }.draw();
            // It takes tens of milliseconds, and others wait for the thread.
            let drawn = tokio::task::spawn_blocking(move || pictures::png(&svg)).await;
            let png = drawn.map_err(|error| Error::internal("drawing how tickets went", error))??;
            Shown::Picture { png, alt }
        }
    };
    Ok(Stats {
        days: period.days,
        from_ms: period.from.0,
        all: counted(&whole, rated, now),
        categories: categories_of,
        staff: count::members(all, period.from),
        asked,
        shown,
    })
}

fn name(course: &Course, categories: &[Category]) -> String {
    let found = categories.iter().find(|one| one.id == course.category);
    found.map_or("gone".to_owned(), |one| one.name.clone())
}

fn is_open(ticket: &Ticket) -> bool {
    ticket.course.state != State::Closed
}

impl Report for Stats {
    fn card(&self) -> Card {
        let days = measure::count(u64::from(self.days), "day", "days");
        let mut card = Card::plain(format!("**Tickets** of {days}"));
        if self.asked.from.is_some() {
            card = card.fact(format!("from <t:{}:D>", self.from_ms.div_euclid(1_000)));
        }
        if let Some(staff) = self.asked.staff {
            card = card.fact(format!("<@{staff}>"));
        }
        card = card.text(self.all.words());
        for (name, counted) in self.categories.iter().take(SHOWN) {
            card = card.text(format!("{}  {}", code(name), counted.words()));
        }
        let mut staff: Vec<(&u64, &Member)> = self.staff.iter().collect();
        staff.sort_by_key(|(_, member)| std::cmp::Reverse((member.closed, member.answered)));
        for (user, member) in staff.into_iter().take(SHOWN) {
            card = card.text(format!("<@{user}>  {}", member.words()));
        }
        match &self.shown {
            Shown::File(lines) => card.file("tickets.csv", lines.clone().into_bytes()),
            Shown::Picture { png, alt } => {
                let file = ShowTicketStats { shape: Shape::File, ..self.asked.clone() };
                card.picture("tickets.png", png.clone(), alt.clone()).choice(Choice::perform(
                    "As a file",
                    &file,
                    Lands::Aside,
                ))
            }
        }
    }
}
