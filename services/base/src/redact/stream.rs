//! Masks what arrives in pieces, such as the output of something that still runs.
//!
//! **Invariants:** the pieces together are masked as the whole would be, wherever it was cut. What is held back is bounded.

use std::{ops::Range, sync::Arc};

use super::{masked, search::Search, shapes};

/// A line this long without an end is given out in parts.
const LONGEST_LINE: usize = 256 * 1024;
/// No token is longer.
const LONGEST_TOKEN: usize = 8 * 1024;

/// Text on its way out. What could still become a secret waits for more; [`Stream::end`] gives out the rest.
pub struct Stream {
    search: Arc<Search>,
    /// What came last, also a little of what has gone out: some shapes are recognised by what stands before them.
    held: Vec<u8>,
    /// How much of it has gone out.
    gone: usize,
}

impl Stream {
    pub(super) fn new(search: Arc<Search>) -> Self {
        Self { search, held: Vec::new(), gone: 0 }
    }

    /// Takes a piece; the answer is what can go out, masked.
    pub fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(piece);
        let secrets = self.search.find(&self.held);
        let mut settled = self.settled();
        // Never through the middle of a secret.
        while let Some(secret) = secrets.iter().find(|secret| secret.start < settled && settled < secret.end) {
            settled = secret.start;
        }
        self.give_out(settled, &secrets)
    }

    /// Gives out the rest, masked.
    pub fn end(mut self) -> Vec<u8> {
        let secrets = self.search.find(&self.held);
        self.give_out(self.held.len(), &secrets)
    }

    /// How much no later byte can change: whole lines, less what could be the beginning of a secret of several lines.
    fn settled(&self) -> usize {
        let held = &self.held;
        let lines = held.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let settled = if held.len() - lines > LONGEST_LINE { held.len() - LONGEST_TOKEN } else { lines };
        let settled = settled.min(held.len().saturating_sub(self.search.longest.saturating_sub(1)));
        // A private key that has not ended holds all from its beginning, up to the longest there is.
        shapes::open_key(held)
            .filter(|begin| held.len() - begin <= LONGEST_LINE)
            .map_or(settled, |begin| settled.min(begin))
    }

    fn give_out(&mut self, settled: usize, secrets: &[Range<usize>]) -> Vec<u8> {
        if settled <= self.gone {
            return Vec::new();
        }
        let inside = secrets.iter().filter(|secret| secret.end > self.gone && secret.end <= settled);
        let inside: Vec<_> =
            inside.map(|secret| secret.start.max(self.gone) - self.gone..secret.end - self.gone).collect();
        let out = &self.held[self.gone..settled];
        let out = masked(out, &inside).unwrap_or_else(|| out.to_vec());
        let forgotten = settled.saturating_sub(LONGEST_TOKEN);
        self.held.drain(..forgotten);
        self.gone = settled - forgotten;
        out
    }
}
