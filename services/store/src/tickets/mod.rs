//! Tickets of a guild: the panels and categories they come from, the tickets themselves, and who is in them.
//!
//! **Invariants:** every statement names the guild. A ticket is opened under its guild's row, so limits are counted by one at a time;
//! after that it changes by compare-and-set on its version, with all that is said of it, or not at all.

mod blocks;
mod categories;
mod change;
mod lines;
mod opening;
mod panels;
mod people;
mod read;
mod shown;
mod words;

pub use blocks::Block;
pub use categories::{Category, CategoryChange, NewCategory, Question};
pub use change::{Course, NewLine, NewPerson};
pub use lines::{Line, LineKind};
pub use opening::{NewTicket, Opened, Past, PastTicket};
pub use panels::{NewPanel, Panel, PanelChange};
pub use people::Person;
pub use read::{Answered, Ticket, Wanted};
pub use words::{Outcome, Part, Priority, RolePart, State, Style};

use std::time::Duration;

fn id(text: Option<&str>) -> Option<u64> {
    text.and_then(|text| text.parse().ok())
}

fn span(millis: i64) -> Option<Duration> {
    Some(Duration::from_millis(u64::try_from(millis).unwrap_or_default())).filter(|span| !span.is_zero())
}

fn millis(span: Option<Duration>) -> i64 {
    span.map_or(0, |span| i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
}

/// Text as both databases take it.
fn text(text: &str) -> String {
    text.replace('\0', "␀")
}
