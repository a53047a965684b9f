//! When something happens: a cron line, an interval or one moment, in a time zone. No clock of its own: it is told what time it is.
//!
//! **Invariants:** what comes next is after what it is asked about, and depends on nothing else: an interval counts from its anchor, so it
//! never drifts. What was understood is written down; the words it was understood from are never read again.

pub mod cron;
mod read;
mod time_of_day;
pub mod zone;

use std::time::Duration;

use base::{Error, Millis, Result, measure};

pub use cron::Line;
pub use read::{EXAMPLES, read, span};
pub use zone::Zone;

/// The shortest interval somebody may ask for.
pub const SHORTEST: Duration = Duration::from_mins(1);
/// The longest interval, and the farthest moment.
pub const LONGEST: Duration = Duration::from_hours(24 * 366 * 5);

/// Which moments.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// What a cron line means on the clocks of a zone.
    Cron(Line),
    /// One each so many milliseconds after the anchor, however the clocks are set.
    Every {
        /// The distance, in milliseconds.
        span: i64,
        /// What is counted from; nothing happens at the anchor itself.
        anchor: Millis,
    },
    /// Once.
    At(Millis),
}

/// When something happens.
#[derive(Debug, Clone, PartialEq)]
pub struct When {
    /// Which moments.
    pub rule: Rule,
    /// On whose clocks.
    pub zone: Zone,
}

impl When {
    /// The first moment after this one; none if there is no more.
    pub fn next(&self, after: Millis) -> Option<Millis> {
        match &self.rule {
            Rule::Cron(line) => line.next(after, &self.zone),
            Rule::Every { span, anchor } => {
                let passed = after.0.saturating_sub(anchor.0).max(0).div_euclid(*span);
                anchor.0.checked_add((passed + 1).checked_mul(*span)?).map(Millis)
            }
            Rule::At(at) => Some(*at).filter(|at| *at > after),
        }
    }

    /// The first moments after this one.
    pub fn coming(&self, after: Millis, most: usize) -> Vec<Millis> {
        std::iter::successors(self.next(after), |last| self.next(*last)).take(most).collect()
    }

    /// In words, with the zone where it matters.
    pub fn words(&self) -> String {
        match &self.rule {
            Rule::Cron(line) => format!("{} · {}", line.words(), self.zone),
            Rule::Every { span, .. } => format!("every {}", distance(*span)),
            Rule::At(at) => format!("once, <t:{}:F>", at.0.div_euclid(1000)),
        }
    }

    /// Whether it happens again and again.
    pub fn repeats(&self) -> bool {
        !matches!(self.rule, Rule::At(_))
    }

    /// As it is kept, without its zone.
    pub fn written(&self) -> String {
        match &self.rule {
            Rule::Cron(line) => format!("cron {}", line.as_str()),
            Rule::Every { span, anchor } => format!("every {span} {}", anchor.0),
            Rule::At(at) => format!("at {}", at.0),
        }
    }

    /// What [`Self::written`] wrote.
    pub fn parse(written: &str, zone: &str) -> Result<Self> {
        let lost = || Error::Invalid(format!("`{written}` is not a time I wrote down."));
        let number = |text: &str| text.parse::<i64>().map_err(|_| lost());
        let rule = match written.split_once(' ').ok_or_else(lost)? {
            ("cron", line) => Rule::Cron(Line::read(line)?),
            ("every", rest) => {
                let (span, anchor) = rest.split_once(' ').ok_or_else(lost)?;
                Rule::Every {
                    span: Some(number(span)?).filter(|span| *span > 0).ok_or_else(lost)?,
                    anchor: Millis(number(anchor)?),
                }
            }
            ("at", at) => Rule::At(Millis(number(at)?)),
            _ => return Err(lost()),
        };
        Ok(Self { rule, zone: zone.parse()? })
    }
}

/// A distance in the greatest unit that divides it: `15 minutes`, `36 hours`, `2 weeks`.
pub(crate) fn distance(span: i64) -> String {
    const UNITS: [(i64, &str, &str); 4] = [
        (7 * 24 * 3_600, "week", "weeks"),
        (24 * 3_600, "day", "days"),
        (3_600, "hour", "hours"),
        (60, "minute", "minutes"),
    ];
    let seconds = span / 1000;
    let unit = UNITS.iter().find(|(length, ..)| seconds > 0 && seconds % length == 0);
    match unit {
        Some((length, one, many)) => measure::count(u64::try_from(seconds / length).unwrap_or_default(), one, many),
        None => measure::span(Duration::from_millis(u64::try_from(span).unwrap_or_default())),
    }
}
