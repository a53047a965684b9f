//! A cron line of five fields: which minutes on a wall clock it means, and when a zone's clocks show them.
//!
//! **Invariants** where clocks are set: a line that names its hours (`30 2 * * *`) means points of the day. What the clocks skip happens
//! once, at the moment they jump; what they show twice happens the first time. A line of every hour (`*/15 * * * *`, `0 */2 * * *`)
//! means what the clocks show: nothing where they jump, and twice what they show twice.

use base::{Error, Millis, Result, card::code};
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use jiff::{SignedDuration, Timestamp, civil::DateTime};

use super::zone::{Zone, millis, timestamp};

/// What has not come by then never comes, such as a 30 February.
const LAST_YEAR: i16 = 4_900;

/// A cron line.
#[derive(Debug, Clone)]
pub struct Line {
    text: String,
    cron: Box<Cron>,
    names_hours: bool,
}

impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Line {
    /// Reads five fields: minute, hour, day of the month, month, day of the week; or a nickname such as `@daily`.
    pub fn read(text: &str) -> Result<Self> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let line = match text.to_lowercase().as_str() {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@reboot" => return Err(no(&text, "`@reboot` names no time")),
            nickname if nickname.starts_with('@') => {
                return Err(no(&text, "the nicknames are `@hourly`, `@daily`, `@weekly`, `@monthly` and `@yearly`"));
            }
            _ => &text,
        };
        let hour = match line.split(' ').collect::<Vec<_>>()[..] {
            [_, hour, _, _, _] => hour.to_owned(),
            ref fields if fields.len() > 5 => {
                return Err(no(&text, "it has more than five fields; seconds and years are not taken"));
            }
            _ => return Err(no(&text, "it has fewer than five fields")),
        };
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = Box::new(parser.parse(line).map_err(|error| no(&text, &error.to_string()))?);
        let read = Self { text: line.to_owned(), cron, names_hours: !hour.starts_with('*') };
        let from = DateTime::constant(2000, 1, 1, 0, 0, 0, 0);
        read.shown(from).ok_or_else(|| no(&text, "no day on any calendar fits it"))?;
        Ok(read)
    }

    /// As it was written; a nickname as its five fields.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// In words.
    pub fn words(&self) -> String {
        let words = self.cron.describe().replace(", and ", " and ");
        let words = words.trim_end_matches('.');
        let mut letters = words.chars();
        letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
    }

    /// The first moment after this one.
    pub fn next(&self, after: Millis, zone: &Zone) -> Option<Millis> {
        // What it means is whole minutes: the next second is soon enough.
        let mut from = Timestamp::from_second(after.0.div_euclid(1000).checked_add(1)?).ok()?;
        // The clocks may be set between the two.
        let mut within = timestamp(after)?;
        loop {
            let stretch = zone.stretch(within);
            let mut local = stretch.offset.to_datetime(from);
            if let Some(until) = stretch.repeats_until.filter(|until| self.names_hours && local < *until) {
                local = until;
            }
            let shown = self.shown(local)?;
            let Some((change, offset)) = stretch.next else {
                return stretch.offset.to_timestamp(shown).ok().map(millis);
            };
            if shown < stretch.offset.to_datetime(change) {
                return stretch.offset.to_timestamp(shown).ok().map(millis);
            }
            if self.names_hours && shown < offset.to_datetime(change) {
                return Some(millis(change));
            }
            // Nothing comes before two days before what is shown next, in any zone.
            let near =
                jiff::tz::Offset::UTC.to_timestamp(shown).ok()?.checked_sub(SignedDuration::from_hours(48)).ok()?;
            from = change.max(near);
            within = from;
        }
    }

    /// The first minute on a wall clock that it means, from this one on.
    fn shown(&self, from: DateTime) -> Option<DateTime> {
        self.cron.find_next_occurrence(&from, true).ok().filter(|shown| shown.year() < LAST_YEAR)
    }
}

fn no(text: &str, why: &str) -> Error {
    let why = why.trim_end_matches('.');
    Error::Invalid(format!(
        "{} is no cron line: {why}. It has five fields: minute, hour, day of the month, month, day of the week. `30 3 * * 1-5` is \
         03:30 from Monday to Friday.",
        code(text)
    ))
}
