//! From what on a value is wrong, for how long, and what every guild begins with.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::what::{CONTAINER_DOWN, CONTAINER_SICK, Measure, What};

/// What is over must be over for so long, unless told otherwise.
pub(crate) const CALM: Duration = Duration::from_mins(2);
/// Between two values further apart than this, nobody knows how it was.
pub(crate) const GAP: Duration = Duration::from_mins(3);

/// In which direction it gets worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Worse {
    /// At the limit and above.
    Above,
    /// At the limit and below.
    Below,
}

/// From what on it is wrong; at least one of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Somebody should look.
    pub warn: Option<i64>,
    /// Somebody should look at once.
    pub critical: Option<i64>,
}

/// How a value is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// In which direction it gets worse.
    pub worse: Worse,
    /// From what on it is wrong.
    pub limits: Limits,
    /// For how long it must be wrong before anybody hears of it.
    pub lasts: Duration,
    /// For how long it must be better before that counts.
    pub calm: Duration,
    /// Between two values further apart than this, nobody knows how it was.
    pub gap: Duration,
}

/// A rule that every guild has until it says otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Standard {
    /// Its name.
    pub name: &'static str,
    /// What it watches.
    pub what: What,
    /// How that is judged.
    pub rule: Rule,
}

impl Worse {
    /// The word that is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
        }
    }

    /// The one of this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Above, Self::Below].into_iter().find(|worse| worse.as_str() == word)
    }
}

/// What every guild begins with.
pub const DEFAULTS: [Standard; 8] = [
    above(Measure::Cpu, Some(70_00), Some(90_00), 5 * 60),
    above(Measure::Memory, Some(80_00), Some(95_00), 2 * 60),
    above(Measure::Disk, Some(80_00), Some(95_00), 60),
    above(Measure::Swap, Some(50_00), Some(80_00), 5 * 60),
    above(Measure::LoadPerCore, Some(80), Some(1_50), 5 * 60),
    above(Measure::GpuMemory, None, Some(95_00), 5 * 60),
    of(What::Measure(Measure::Answers), Worse::Below, None, Some(50), 60),
    of(What::Containers, Worse::Above, Some(CONTAINER_SICK), Some(CONTAINER_DOWN), 0),
];

const fn above(measure: Measure, warn: Option<i64>, critical: Option<i64>, seconds: u64) -> Standard {
    of(What::Measure(measure), Worse::Above, warn, critical, seconds)
}

const fn of(what: What, worse: Worse, warn: Option<i64>, critical: Option<i64>, seconds: u64) -> Standard {
    let lasts = Duration::from_secs(seconds);
    let calm = if lasts.as_secs() > CALM.as_secs() { lasts } else { CALM };
    let name = match what {
        What::Measure(measure) => measure.as_str(),
        What::Containers => "container",
        What::Events(_) => "event",
        What::Probe => "probe",
    };
    Standard { name, what, rule: Rule { worse, limits: Limits { warn, critical }, lasts, calm, gap: GAP } }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_a_guild_begins_with_warns_before_it_is_critical_and_has_names_of_its_own() {
        let mut names = BTreeSet::new();
        for Standard { name, rule, .. } in DEFAULTS {
            assert!(names.insert(name), "{name}");
            assert!(rule.limits.warn.or(rule.limits.critical).is_some());
            if let (Some(warn), Some(critical)) = (rule.limits.warn, rule.limits.critical) {
                assert!(warn < critical, "{name}");
            }
        }
    }
}
