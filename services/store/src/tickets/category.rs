//! A category as it is known: its rules, its roles and its questions.

use std::time::Duration;

use base::{Millis, RoleId};
use serde::{Deserialize, Serialize};

use super::{Place, Priority, RolePart};

/// A category to make.
#[derive(Debug, Clone, Copy)]
pub struct NewCategory<'a> {
    /// The panel's row.
    pub panel: &'a str,
    /// What it is called.
    pub name: &'a str,
    /// Whose holders answer.
    pub staff: RoleId,
    /// The rest of it.
    pub rest: &'a CategoryChange,
}

/// What is said anew of a category; what is not said stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CategoryChange {
    /// Stands before its name; none of all is nothing.
    pub emoji: Option<Option<String>>,
    /// What it is for, in a line.
    pub description: Option<String>,
    /// What goes first.
    pub priority: Option<Priority>,
    /// Between two tickets of one member; none of all is no wait.
    pub cooldown: Option<Option<Duration>>,
    /// Open at once, of one member.
    pub most_open: Option<i64>,
    /// Minutes of the day; none of all is always.
    pub hours: Option<Option<(i64, i64)>>,
    /// Whose clocks those are.
    pub zone: Option<String>,
    /// Until the first answer; none of all is no target.
    pub answer_within: Option<Option<Duration>>,
    /// Until it is solved; none of all is no target.
    pub solve_within: Option<Option<Duration>>,
    /// So long the member is asked before one is closed; none of all closes at once.
    pub ask_for: Option<Option<Duration>>,
    /// So long the member may say nothing; none of all is for ever.
    pub idle_for: Option<Option<Duration>>,
    /// When a missed target pings.
    pub ping_after: Option<After>,
    /// When it calls those who come last.
    pub escalate_after: Option<After>,
    /// The role of those.
    pub escalate_to: Option<RoleId>,
    /// What its tickets live in.
    pub place: Option<Place>,
    /// The category of Discord's under which its channels are made; none of all is none.
    pub under: Option<Option<u64>>,
    /// The forum whose posts open tickets of it; none of all is none.
    pub forum: Option<Option<u64>>,
}

/// How long after a missed target something follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum After {
    /// A share of the target.
    #[default]
    Share,
    /// This long.
    Span(Duration),
    /// It does not.
    Never,
}

impl After {
    pub(super) fn kept(row: Option<i64>) -> Self {
        match row {
            None => Self::Share,
            Some(span) => u64::try_from(span).map_or(Self::Never, |span| Self::Span(Duration::from_millis(span))),
        }
    }

    pub(super) fn row(self) -> Option<i64> {
        match self {
            Self::Share => None,
            Self::Span(span) => Some(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
            Self::Never => Some(-1),
        }
    }
}

/// A category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its row.
    pub id: String,
    /// The panel's row.
    pub panel: String,
    /// What it is called.
    pub name: String,
    /// Stands before its name.
    pub emoji: Option<String>,
    /// What it is for, in a line; may be empty.
    pub description: String,
    /// What goes first.
    pub priority: Priority,
    /// Between two tickets of one member.
    pub cooldown: Option<Duration>,
    /// Open at once, of one member.
    pub most_open: i64,
    /// Minutes of the day; none is always.
    pub hours: Option<(i64, i64)>,
    /// Whose clocks those are.
    pub zone: String,
    /// Until the first answer.
    pub answer_within: Option<Duration>,
    /// Until it is solved.
    pub solve_within: Option<Duration>,
    /// So long the member is asked before one is closed.
    pub ask_for: Option<Duration>,
    /// So long the member may say nothing before they are warned, and as long again before it is closed.
    pub idle_for: Option<Duration>,
    /// When a missed target pings.
    pub ping_after: After,
    /// When it calls those who come last.
    pub escalate_after: After,
    /// The role of those.
    pub escalate_to: Option<RoleId>,
    /// What its tickets live in.
    pub place: Place,
    /// The category of Discord's under which its channels are made.
    pub under: Option<u64>,
    /// The forum whose posts open tickets of it.
    pub forum: Option<u64>,
    /// Posts from then on do.
    pub forum_since: Millis,
    /// Roles and what they are to it.
    pub roles: Vec<(RoleId, RolePart)>,
    /// What whoever opens one is asked.
    pub questions: Vec<Question>,
}

/// What whoever opens a ticket is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What is asked.
    pub label: String,
    /// An example, or nothing.
    pub hint: String,
    /// Whether the answer has several lines.
    pub long: bool,
    /// Whether it must be answered.
    pub required: bool,
    /// Characters of an answer, at least.
    pub least: u16,
    /// And at most.
    pub most: u16,
}

impl Category {
    /// The roles that are this to it.
    pub fn roles_of(&self, part: RolePart) -> impl Iterator<Item = RoleId> {
        self.roles.iter().filter(move |(_, its)| *its == part).map(|(role, _)| *role)
    }

    /// Whether whoever holds these roles answers its tickets; who is called last may, too.
    pub fn is_staff(&self, roles: &[RoleId]) -> bool {
        self.roles_of(RolePart::Staff).chain(self.escalate_to).any(|staff| roles.contains(&staff))
    }
}
