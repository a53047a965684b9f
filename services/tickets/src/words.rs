//! Words of tickets, as people read them.

use std::time::Duration;

use base::{Error, Result};
use schedules::when;
use store::tickets::{Outcome, Priority, State};

/// A title, a label, a sentence.
pub(crate) const TITLE: usize = 80;
pub(crate) const LINE: usize = 300;
/// What a panel says, and why a ticket is closed.
pub(crate) const TEXT: usize = 1_000;

pub(crate) fn state(state: State) -> &'static str {
    match state {
        State::Open => "open",
        State::WaitingStaff => "waiting for staff",
        State::WaitingMember => "waiting for the member",
        State::Resolved => "solved, as staff see it",
        State::Closed => "closed",
    }
}

pub(crate) fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low priority",
        Priority::Normal => "normal priority",
        Priority::High => "high priority",
        Priority::Urgent => "urgent",
    }
}

pub(crate) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Solved => "solved",
        Outcome::Declined => "declined",
        Outcome::Duplicate => "a duplicate",
        Outcome::NoAnswer => "no answer came",
        Outcome::Other => "something else",
    }
}

/// What was typed, as one line of at most so many characters.
pub(crate) fn line(typed: &str, most: usize) -> Result<String> {
    fits(typed.split_whitespace().collect::<Vec<_>>().join(" "), most)
}

/// The same of several lines.
pub(crate) fn text(typed: &str, most: usize) -> Result<String> {
    fits(typed.trim().to_owned(), most)
}

fn fits(text: String, most: usize) -> Result<String> {
    match text.chars().count() {
        0 => Err(Error::Invalid("Nothing was said there. Nothing was changed.".to_owned())),
        count if count > most => {
            Err(Error::Invalid(format!("That is {count} characters, and {most} fit there. Nothing was changed.")))
        }
        _ => Ok(text),
    }
}

/// As much of it as fits, on one line.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most { line } else { line.chars().take(most - 1).chain(['…']).collect() }
}

/// A span within bounds; none where it says `never`, `none` or `off`.
pub(crate) fn span(typed: &str, what: &str, (least, most): (Duration, Duration)) -> Result<Option<Duration>> {
    if ["never", "none", "off", "0"].contains(&typed.trim().to_lowercase().as_str()) {
        return Ok(None);
    }
    let span = Duration::from_millis(u64::try_from(when::span(typed)?).unwrap_or_default());
    if (least..=most).contains(&span) {
        return Ok(Some(span));
    }
    let (least, most) = (base::measure::age(least), base::measure::age(most));
    Err(Error::Invalid(format!("{what} is {least} at least and {most} at most, or `none`. Nothing was changed.")))
}
