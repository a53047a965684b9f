//! Chance that can be had again: its seed is printed, and the same seed makes the same choices.

use std::{ops::Range, time::Duration};

use base::Clock;

/// Names the seed of a story that is to be told again.
const SEED: &str = "NEBULA_KILLS_SEED";

/// Numbers that follow from a seed.
pub(crate) struct Chance(u64);

impl Chance {
    /// Of the seed the environment names, or of a new one.
    pub(crate) fn of(story: &str) -> Self {
        let named = std::env::var_os(SEED).and_then(|seed| seed.into_string().ok());
        let seed = match named {
            Some(seed) => seed.parse().unwrap_or_else(|_| panic!("{SEED} is a number, not `{seed}`")),
            None => u64::try_from(Clock::system().random() & u128::from(u32::MAX)).unwrap_or_default(),
        };
        eprintln!("{story}: {SEED}={seed}");
        Self(seed)
    }

    /// `SplitMix64`: good enough for choices, and the same everywhere.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }

    pub(crate) fn millis(&mut self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.within(range))
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.next()).unwrap_or_default() % of.len()]
    }
}
