//! How a guild's tickets went: how many, how fast they were answered and solved, by category and by who had them.

use std::{collections::BTreeMap, time::Duration};

use base::{Action, Actor, Assessment, Card, Millis, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::{Category, Course, Outcome, State, Ticket};

use crate::Tickets;

const DAY: i64 = 24 * 3_600_000;
/// What is counted at most; of more, the newest.
const READ: i64 = 20_000;
/// More would not be read on a phone.
const SHOWN: usize = 8;

/// Show how tickets went: how many, how fast they were answered and solved, and by whom.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowTicketStats {
    /// Of so many days; 30 unless told.
    #[serde(default)]
    pub days: Option<u32>,
}

/// How they went.
#[derive(Debug, Serialize)]
pub struct Stats {
    days: u32,
    all: Counted,
    categories: BTreeMap<String, Counted>,
    /// Of those that were closed, by whoever had them.
    owners: BTreeMap<u64, usize>,
    #[serde(skip)]
    csv: String,
}

/// Tickets, counted.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Counted {
    open: usize,
    closed: usize,
    /// Milliseconds until staff answered first: half were faster, and nine of ten.
    answer: Option<(u64, u64)>,
    /// Milliseconds until it was over: half were faster, and nine of ten.
    solve: Option<(u64, u64)>,
    /// Milliseconds that the oldest goes on.
    oldest: Option<u64>,
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

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Stats> {
        let (actor, days) = (permit.actor(), permit.action().days.unwrap_or(30).clamp(1, 365));
        let now = tickets.clock.now();
        let since = Millis(now.0 - i64::from(days) * DAY);
        let mut all = tickets.store.tickets_since(actor.guild, since, READ).await?;
        let theirs = tickets.staffed_by(actor).await?;
        if !actor.administrator && !theirs.is_empty() {
            all.retain(|ticket| theirs.iter().any(|one| one.id == ticket.course.category));
        }
        let categories = tickets.store.ticket_categories(actor.guild).await?;
        Ok(stats(&all, &categories, days, now))
    }
}

fn stats(all: &[Ticket], categories: &[Category], days: u32, now: Millis) -> Stats {
    let mut of: BTreeMap<String, Vec<&Course>> = BTreeMap::new();
    let mut owners = BTreeMap::new();
    for ticket in all {
        let course = &ticket.course;
        of.entry(name(course, categories)).or_default().push(course);
        if let Some(owner) = course.owner.filter(|_| course.state == State::Closed) {
            *owners.entry(owner.0).or_default() += 1;
        }
    }
    let courses: Vec<&Course> = all.iter().map(|ticket| &ticket.course).collect();
    Stats {
        days,
        all: counted(&courses, now),
        categories: of.into_iter().map(|(name, courses)| (name, counted(&courses, now))).collect(),
        owners,
        csv: csv(all, categories),
    }
}

fn name(course: &Course, categories: &[Category]) -> String {
    let found = categories.iter().find(|one| one.id == course.category);
    found.map_or("gone".to_owned(), |one| one.name.clone())
}

fn counted(courses: &[&Course], now: Millis) -> Counted {
    let between = |from: Millis, to: Option<Millis>| u64::try_from(to?.0 - from.0).ok();
    let open: Vec<&&Course> = courses.iter().filter(|one| one.state != State::Closed).collect();
    Counted {
        open: open.len(),
        closed: courses.len() - open.len(),
        answer: spread(courses.iter().filter_map(|one| between(one.opened, one.answered)).collect()),
        solve: spread(courses.iter().filter_map(|one| between(one.opened, one.ended)).collect()),
        oldest: open.iter().filter_map(|one| between(one.opened, Some(now))).max(),
    }
}

/// What half of them, and nine of ten, are not above.
fn spread(mut times: Vec<u64>) -> Option<(u64, u64)> {
    times.sort_unstable();
    let at = |percent: usize| times.get((times.len() * percent).div_ceil(100).saturating_sub(1)).copied();
    at(50).zip(at(90))
}

/// One line a ticket, without what anybody wrote.
fn csv(all: &[Ticket], categories: &[Category]) -> String {
    let mut lines = vec!["number,category,state,priority,opened,answered,ended,outcome,owner".to_owned()];
    lines.extend(all.iter().map(|ticket| {
        let course = &ticket.course;
        let at = |at: Option<Millis>| at.map(Millis::utc).unwrap_or_default();
        let quoted = name(course, categories).replace('"', "\"\"");
        [
            ticket.number.to_string(),
            format!("\"{quoted}\""),
            course.state.as_str().to_owned(),
            course.priority.as_str().to_owned(),
            at(Some(course.opened)),
            at(course.answered),
            at(course.ended),
            course.outcome.map(Outcome::as_str).unwrap_or_default().to_owned(),
            course.owner.map(|owner| owner.to_string()).unwrap_or_default(),
        ]
        .join(",")
    }));
    lines.join("\n") + "\n"
}

impl Counted {
    fn words(&self) -> String {
        let span = |millis: u64| measure::age(Duration::from_millis(millis));
        let pair = |what: &str, pair: Option<(u64, u64)>| {
            pair.map(|(half, most)| format!("{what} {}, nine of ten {}", span(half), span(most)))
        };
        let mut words = vec![format!("{} open", self.open), format!("{} closed", self.closed)];
        words.extend(pair("answered within", self.answer));
        words.extend(pair("over within", self.solve));
        words.extend(self.oldest.map(|oldest| format!("the oldest goes on for {}", span(oldest))));
        words.join(" · ")
    }
}

impl Report for Stats {
    fn card(&self) -> Card {
        let days = measure::count(u64::from(self.days), "day", "days");
        let mut card = Card::plain(format!("**Tickets** of {days}")).text(self.all.words());
        for (name, counted) in self.categories.iter().take(SHOWN) {
            card = card.text(format!("{}  {}", code(name), counted.words()));
        }
        let mut owners: Vec<(&u64, &usize)> = self.owners.iter().collect();
        owners.sort_by_key(|(_, closed)| std::cmp::Reverse(**closed));
        if !owners.is_empty() {
            let named = owners.iter().take(SHOWN).map(|(owner, closed)| format!("<@{owner}> {closed}"));
            card = card.text(format!("closed by whoever had them: {}", named.collect::<Vec<_>>().join(" · ")));
        }
        card.file("tickets.csv", self.csv.clone().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_and_nine_of_ten_are_not_above_what_is_said() {
        assert_eq!(spread(Vec::new()), None);
        assert_eq!(spread(vec![7]), Some((7, 7)));
        assert_eq!(spread((1..=10).rev().collect()), Some((5, 9)));
        assert_eq!(spread((1..=100).collect()), Some((50, 90)));
    }
}
