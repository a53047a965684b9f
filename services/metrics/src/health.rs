//! How a server stands, in a word: what is worst about it comes first.

use serde::Serialize;
use store::servers::{Server, State};

use crate::{
    memory::Known,
    sample::{Part, Sample},
};

/// From what on something wants a look, and from what on at once. In hundredths, as everything here.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// Somebody should look.
    pub warn: u64,
    /// Somebody should look at once.
    pub critical: u64,
}

/// Of all processors.
pub const CPU: Limit = Limit { warn: 70_00, critical: 90_00 };
/// Of memory.
pub const MEMORY: Limit = Limit { warn: 80_00, critical: 95_00 };
/// Of the fullest disk.
pub const DISK: Limit = Limit { warn: 80_00, critical: 95_00 };
/// Of swap.
pub const SWAP: Limit = Limit { warn: 50_00, critical: 80_00 };
/// Of load for each processor.
pub const LOAD: Limit = Limit { warn: 80, critical: 1_50 };

/// How a server stands, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It does not answer, or lets nobody in.
    Down,
    /// Another key answered.
    Blocked,
    /// Something is beyond its higher limit.
    Critical,
    /// Something is beyond its lower limit.
    Warn,
    /// Its key waits to be pinned.
    NotPinned,
    /// Nobody has looked, or not for too long, or it says nothing of itself.
    Unknown,
    /// Nobody looks.
    Off,
    /// All that is known of it is well.
    Fine,
}

impl Health {
    /// What shows it in a line.
    pub fn glyph(self) -> &'static str {
        match self {
            Self::Down | Self::Blocked | Self::Critical => "✕",
            Self::Warn | Self::NotPinned => "!",
            Self::Unknown | Self::Off => "–",
            Self::Fine => "✓",
        }
    }
}

impl Limit {
    /// How a value stands to it.
    fn judge(self, value: u64) -> Health {
        match value {
            value if value >= self.critical => Health::Critical,
            value if value >= self.warn => Health::Warn,
            _ => Health::Fine,
        }
    }
}

/// How a server stands, with what is known of it and whether it is looked at. `fresh` says that the last look is not too old.
pub(crate) fn of(server: &Server, known: Option<&Known>, watched: bool, fresh: bool) -> Health {
    match server.state {
        State::Blocked => return Health::Blocked,
        State::Offered => return Health::NotPinned,
        State::Ready => {}
    }
    if !watched {
        return Health::Off;
    }
    match known.filter(|_| fresh) {
        None => Health::Unknown,
        Some(known) => match &known.sample {
            None => Health::Down,
            Some(sample) => of_sample(sample),
        },
    }
}

fn of_sample(sample: &Sample) -> Health {
    let percent = |part: Option<Part>| part.and_then(Part::percent);
    let known = [
        (CPU, sample.cpu.map(u64::from)),
        (MEMORY, percent(sample.memory)),
        (DISK, percent(sample.fullest_disk().map(|disk| disk.space))),
        (SWAP, percent(sample.swap)),
        (LOAD, sample.load_per_core()),
    ];
    // Of what says nothing nobody knows that it is well.
    known.into_iter().filter_map(|(limit, value)| Some(limit.judge(value?))).min().unwrap_or(Health::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_counts_and_what_is_unknown_does_not() {
        assert_eq!(of_sample(&Sample::default()), Health::Unknown);
        let cool = Sample { cpu: Some(0), ..Sample::default() };
        assert_eq!(of_sample(&cool), Health::Fine);
        let warm = Sample { cpu: Some(70_00), load: Some([400, 0, 0]), ..Sample::default() };
        assert_eq!(of_sample(&warm), Health::Warn, "a load without the number of cores says nothing");
        let full = Sample { memory: Some(Part { used: 96, total: 100 }), ..warm };
        assert_eq!(of_sample(&full), Health::Critical);
        let busy = Sample { load: Some([601, 0, 0]), cores: Some(4), ..Sample::default() };
        assert_eq!(of_sample(&busy), Health::Critical);
    }
}
