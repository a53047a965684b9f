//! What is watched, and from what on it is wrong.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What is measured of a server. All values are in hundredths: of a percent, of a load, of a degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// How busy all processors are.
    Cpu,
    /// How full its memory is, without caches.
    Memory,
    /// How full its fullest disk is.
    Disk,
    /// How full its swap is.
    Swap,
    /// The load over a minute for each processor.
    LoadPerCore,
    /// How busy its busiest graphics card is.
    Gpu,
    /// How full the memory of a graphics card is.
    GpuMemory,
    /// How hot its hottest part is.
    Temperature,
    /// Whether it answers: 100 or 0.
    Answers,
}

/// In which direction it gets worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Worse {
    /// At the limit and above.
    Above,
    /// At the limit and below.
    Below,
}

/// From what on it is wrong; at least one of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Somebody should look.
    pub warn: Option<i64>,
    /// Somebody should look at once.
    pub critical: Option<i64>,
}

/// What is wrong when, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What is measured.
    pub measure: Measure,
    /// In which direction it gets worse.
    pub worse: Worse,
    /// From what on it is wrong.
    pub limits: Limits,
    /// For how long it must be wrong before anybody hears of it.
    pub lasts: Duration,
}

impl Measure {
    /// Every one.
    pub const ALL: [Self; 9] = [
        Self::Cpu,
        Self::Memory,
        Self::Disk,
        Self::Swap,
        Self::LoadPerCore,
        Self::Gpu,
        Self::GpuMemory,
        Self::Temperature,
        Self::Answers,
    ];

    /// The word that is typed and kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Disk => "disk",
            Self::Swap => "swap",
            Self::LoadPerCore => "load",
            Self::Gpu => "gpu",
            Self::GpuMemory => "gpu-memory",
            Self::Temperature => "temperature",
            Self::Answers => "answers",
        }
    }

    /// The one of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.as_str() == word)
    }
}

/// What every guild begins with.
pub const DEFAULTS: [Rule; 7] = [
    above(Measure::Cpu, Some(70_00), Some(90_00), 5 * 60),
    above(Measure::Memory, Some(80_00), Some(95_00), 2 * 60),
    above(Measure::Disk, Some(80_00), Some(95_00), 60),
    above(Measure::Swap, Some(50_00), Some(80_00), 5 * 60),
    above(Measure::LoadPerCore, Some(80), Some(1_50), 5 * 60),
    above(Measure::GpuMemory, None, Some(95_00), 5 * 60),
    Rule {
        measure: Measure::Answers,
        worse: Worse::Below,
        limits: Limits { warn: None, critical: Some(50) },
        lasts: Duration::from_mins(1),
    },
];

const fn above(measure: Measure, warn: Option<i64>, critical: Option<i64>, seconds: u64) -> Rule {
    Rule { measure, worse: Worse::Above, limits: Limits { warn, critical }, lasts: Duration::from_secs(seconds) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_has_a_word_of_its_own() {
        for measure in Measure::ALL {
            assert_eq!(Measure::parse(measure.as_str()), Some(measure));
        }
        assert_eq!(Measure::parse("CPU "), None);
    }

    #[test]
    fn what_a_guild_begins_with_warns_before_it_is_critical() {
        for rule in DEFAULTS {
            assert!(rule.limits.warn.or(rule.limits.critical).is_some());
            if let (Some(warn), Some(critical)) = (rule.limits.warn, rule.limits.critical) {
                assert!(warn < critical, "{rule:?}");
            }
        }
    }
}
