//! A time zone of the IANA's list, and what its clocks show.
//!
//! **Invariant:** the list is built in, so that the same schedule means the same on every machine.

use std::{fmt, str::FromStr};

use base::{Error, Millis, card::code};
use jiff::{
    SignedDuration, Timestamp,
    civil::DateTime,
    tz::{AmbiguousOffset, Offset, TimeZone},
};

/// A time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

/// A stretch of time in which the clocks of a zone are set no other way.
pub(super) struct Stretch {
    /// How far local time is ahead of UTC.
    pub(super) offset: Offset,
    /// When the clocks are set next, and how far ahead local time is from then on.
    pub(super) next: Option<(Timestamp, Offset)>,
    /// The local time up to which this stretch repeats what the one before it showed, where its clocks went back.
    pub(super) repeats_until: Option<DateTime>,
}

impl Zone {
    /// Coordinated universal time, which no clock change touches.
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), zone: TimeZone::UTC }
    }

    /// Its name on the list.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Every name on the list that contains what was typed, those that begin with it or whose city does first.
    pub fn complete(typed: &str) -> Vec<String> {
        let typed = typed.trim().to_lowercase().replace(' ', "_");
        let all = jiff::tz::db().available().map(|name| name.to_string());
        let mut names: Vec<String> = all.filter(|name| name.to_lowercase().contains(&typed)).collect();
        names.sort_by_key(|name| {
            let (lower, plain) = (name.to_lowercase(), name != "UTC" && !name.contains('/'));
            let begins = lower.split('/').any(|part| part.starts_with(&typed));
            (!begins, plain, name.clone())
        });
        names
    }

    /// The minute of the day that its clocks show at this moment.
    pub fn minute_of_day(&self, at: Millis) -> i64 {
        let shown = timestamp(at).map(|at| self.local(at));
        shown.map_or(0, |shown| i64::from(shown.hour()) * 60 + i64::from(shown.minute()))
    }

    /// When its clocks show this minute of the day next.
    pub fn next_at(&self, after: Millis, minute: i64) -> Option<Millis> {
        let today = self.local(timestamp(after)?).date();
        let (hour, minute) = (i8::try_from(minute.div_euclid(60)).ok()?, i8::try_from(minute.rem_euclid(60)).ok()?);
        // Clocks that jump over it, or show it twice, are not a day late.
        [today, today.tomorrow().ok()?, today.tomorrow().ok()?.tomorrow().ok()?]
            .into_iter()
            .filter(|_| (0..24).contains(&hour))
            .filter_map(|day| self.moment(day.at(hour, minute, 0, 0)).map(millis))
            .find(|moment| *moment > after)
    }

    /// What its clocks show at this moment.
    pub(super) fn local(&self, at: Timestamp) -> DateTime {
        self.zone.to_datetime(at)
    }

    /// The stretch that this moment is in.
    pub(super) fn stretch(&self, at: Timestamp) -> Stretch {
        let offset = self.zone.to_offset(at);
        let next = self.zone.following(at).next();
        // A clock change at this very moment began the stretch.
        let just_after = at.checked_add(SignedDuration::from_nanos(1)).unwrap_or(at);
        let began = self.zone.preceding(just_after).next().map(|change| change.timestamp());
        let repeats_until = began.and_then(|began| {
            let before = began.checked_sub(SignedDuration::from_nanos(1)).ok()?;
            let old = self.zone.to_offset(before);
            (old > offset).then(|| old.to_datetime(began))
        });
        Stretch { offset, next: next.map(|change| (change.timestamp(), change.offset())), repeats_until }
    }

    /// When its clocks show this: the first time where they show it twice, the moment they jump where they never do.
    pub(super) fn moment(&self, local: DateTime) -> Option<Timestamp> {
        match self.zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
                offset.to_timestamp(local).ok()
            }
            AmbiguousOffset::Gap { before, .. } => {
                let after = before.to_timestamp(local).ok()?.checked_add(SignedDuration::from_nanos(1)).ok()?;
                self.zone.preceding(after).next().map(|change| change.timestamp())
            }
        }
    }
}

impl FromStr for Zone {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let typed = text.trim().replace(' ', "_");
        if typed.eq_ignore_ascii_case("utc") {
            return Ok(Self::utc());
        }
        if let Ok(zone) = jiff::tz::db().get(&typed) {
            return Ok(Self { name: zone.iana_name().unwrap_or(&typed).to_owned(), zone });
        }
        let near = Self::complete(text).into_iter().next();
        let example = near.unwrap_or_else(|| "Europe/Rome".to_owned());
        Err(Error::Invalid(format!(
            "I know no time zone {}. A zone is a name such as {}, or `UTC`.",
            code(text),
            code(example)
        )))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// The same moment for the calendar.
pub(super) fn timestamp(at: Millis) -> Option<Timestamp> {
    Timestamp::from_millisecond(at.0).ok()
}

/// The same moment for everything else.
pub(super) fn millis(at: Timestamp) -> Millis {
    Millis(at.as_millisecond())
}
