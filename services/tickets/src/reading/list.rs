//! A guild's tickets at a glance: what goes first on top.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, UserId, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::{Category, State, Ticket, Wanted};

use crate::{Tickets, words};

/// More would not be read on a phone.
const SHOWN: usize = 12;
/// Nor would more of what is wrong.
const TROUBLES: usize = 3;
/// So many are read.
const READ: i64 = 200;

/// List the tickets: those that go on, or those in one state.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ListTickets {
    /// Only in this state; unless told, all that are not closed.
    #[serde(default)]
    pub state: Option<State>,
    /// Only of the category of this name.
    #[serde(default)]
    pub category: Option<String>,
    /// Only of the member of this id.
    #[serde(default)]
    pub member: Option<u64>,
    /// Only what the person of this id has.
    #[serde(default)]
    pub owner: Option<u64>,
}

/// The tickets.
#[derive(Debug, Serialize)]
pub struct Listed {
    count: i64,
    /// What is wrong around them.
    troubles: Vec<String>,
    tickets: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    number: i64,
    title: String,
    state: State,
    trouble: Option<String>,
    #[serde(skip)]
    drawn: String,
}

impl Action for ListTickets {
    const NAME: &'static str = "ticket.list";
    const RISK: Risk = Risk::Observe;
    type Service = Tickets;
    type Report = Listed;

    fn plan(&self) -> String {
        "List the tickets".to_owned()
    }

    fn refusal(&self) -> String {
        "list the tickets".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_any_staff(actor, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Listed> {
        let (actor, asked) = (permit.actor(), permit.action());
        let category = match &asked.category {
            Some(named) => Some(tickets.category(actor.guild, named).await?.id),
            None => None,
        };
        let (member, owner) = (asked.member.map(UserId), asked.owner.map(UserId));
        // Staff of some categories see those; whoever was granted the list sees all of it.
        let theirs = tickets.staffed_by(actor).await?;
        let among =
            (!actor.administrator && !theirs.is_empty()).then(|| theirs.into_iter().map(|one| one.id).collect());
        let wanted = Wanted { state: asked.state, category, among, member, owner };
        let (all, count) = tickets.store.tickets(actor.guild, &wanted, READ).await?;
        let troubles = tickets.troubles(actor.guild).await?.into_iter().map(|trouble| trouble.text).collect();
        let categories = tickets.store.ticket_categories(actor.guild).await?;
        Ok(Listed { count, troubles, tickets: all.into_iter().map(|ticket| Line::of(ticket, &categories)).collect() })
    }
}

impl Line {
    fn of(ticket: Ticket, categories: &[Category]) -> Self {
        let course = &ticket.course;
        let category = categories.iter().find(|one| one.id == course.category).map_or("gone", |one| one.name.as_str());
        let place = ticket.thread.map_or_else(|| code(&course.title), |thread| format!("<#{thread}>"));
        let owner = course.owner.map_or("nobody has it".to_owned(), |owner| format!("<@{owner}> has it"));
        let since = course.ended.unwrap_or(course.opened).relative();
        let drawn = format!(
            "{}  {place} · {} · {} · {} · {owner} · {since}",
            code(ticket.number.to_string()),
            code(category),
            words::state(course.state),
            words::priority(course.priority),
        );
        Self {
            number: ticket.number,
            state: course.state,
            trouble: ticket.trouble.clone(),
            drawn,
            title: ticket.course.title,
        }
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        let count = u64::try_from(self.count).unwrap_or_default();
        let mut card = Card::plain(format!("**Tickets** {}", measure::count(count, "ticket", "tickets")));
        for line in self.tickets.iter().take(SHOWN) {
            card = card.row(line.drawn.clone(), None);
        }
        let left = count.saturating_sub(u64::try_from(SHOWN).unwrap_or_default());
        if left > 0 {
            card = card.text(format!("and {left} more"));
        }
        for line in self.tickets.iter().filter(|line| line.trouble.is_some()).take(3) {
            let trouble = line.trouble.as_deref().unwrap_or_default();
            card = card.text(format!("Ticket {} cannot be shown: {trouble}.", line.number));
        }
        for trouble in self.troubles.iter().take(TROUBLES) {
            card = card.text(format!("! {trouble}"));
        }
        if self.tickets.is_empty() {
            card = card.text("Nobody waits. A panel is where tickets are opened: `/ticket panel create` makes one.");
        }
        card
    }
}
