//! What can be watched: measures of servers, containers, and how often something happens.

use serde::{Deserialize, Serialize};
use store::events::Kind;

/// The value of a container whose health check fails …
pub(crate) const CONTAINER_SICK: i64 = 1;
/// … and of one that does not run, or not for long.
pub(crate) const CONTAINER_DOWN: i64 = 2;
/// What a word for events begins with.
const EVENT: &str = "event:";
/// What tells of alerts would feed itself.
const DEAF: [&str; 2] = ["alert", "incident"];

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

/// What a rule watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A measure of servers.
    Measure(Measure),
    /// Containers of watched engines.
    Containers,
    /// How often something happens.
    Events(Kind),
    /// What one probe is answered: it is its own rule.
    Probe,
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
    pub const fn as_str(self) -> &'static str {
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

    /// As a person reads it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Cpu => "CPU",
            Self::Memory => "memory",
            Self::Disk => "disk",
            Self::Swap => "swap",
            Self::LoadPerCore => "load per core",
            Self::Gpu => "GPU",
            Self::GpuMemory => "GPU memory",
            Self::Temperature => "temperature",
            Self::Answers => "answers",
        }
    }
}

impl What {
    /// The word that is typed and kept.
    pub fn word(self) -> String {
        match self {
            Self::Measure(measure) => measure.as_str().to_owned(),
            Self::Containers => "container".to_owned(),
            Self::Events(kind) => format!("{EVENT}{}", kind.as_str()),
            Self::Probe => "probe".to_owned(),
        }
    }

    /// What this word means; none where it means nothing that can be watched.
    pub fn parse(word: &str) -> Option<Self> {
        if let Some(kind) = word.strip_prefix(EVENT) {
            let kind = Kind::parse(kind);
            return (kind != Kind::Unknown && !DEAF.contains(&kind.group())).then_some(Self::Events(kind));
        }
        if word == "container" { Some(Self::Containers) } else { Measure::parse(word).map(Self::Measure) }
    }

    /// Whether this word means what alerts themselves tell of.
    pub(crate) fn feeds_itself(word: &str) -> bool {
        let group = word.strip_prefix(EVENT).and_then(|kind| kind.split('.').next());
        group.is_some_and(|group| DEAF.contains(&group))
    }

    /// Every one, in the order in which they are offered.
    pub fn all() -> impl Iterator<Item = Self> {
        let events = Kind::ALL.iter().copied().filter(|kind| !DEAF.contains(&kind.group()));
        let servers = Measure::ALL.into_iter().map(Self::Measure);
        servers.chain([Self::Containers]).chain(events.map(Self::Events))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_can_be_watched_has_a_word_of_its_own() {
        for what in What::all() {
            assert_eq!(What::parse(&what.word()), Some(what));
        }
        for nothing in ["CPU ", "", "event:", "event:unknown", "event:alert.opened", "containers", "disk:/"] {
            assert_eq!(What::parse(nothing), None, "{nothing}");
        }
    }
}
