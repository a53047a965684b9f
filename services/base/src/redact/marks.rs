//! Finds where a shape may begin: sixty short marks at once, many bytes at a time where the processor can.

use std::ops::Range;

use aho_corasick::{
    AhoCorasick, Span,
    packed::{self, MatchKind, Searcher},
};

use super::shapes::{Check, MARKS};

/// The marks of all shapes.
pub(super) enum Marks {
    /// By vector instructions.
    Packed(Searcher),
    /// Byte by byte, on processors without them.
    Plain(Option<AhoCorasick>),
}

impl Default for Marks {
    fn default() -> Self {
        let marks = || MARKS.iter().map(|(mark, _)| *mark);
        let packed = packed::Config::new().match_kind(MatchKind::LeftmostFirst).builder().extend(marks()).build();
        packed.map_or_else(Self::plain, Self::Packed)
    }
}

impl Marks {
    fn plain() -> Self {
        Self::Plain(AhoCorasick::new(MARKS.iter().map(|(mark, _)| *mark)).ok())
    }

    /// Every mark with what looks closer, also where marks overlap.
    pub(super) fn find(&self, bytes: &[u8], mut found: impl FnMut(Check, Range<usize>)) {
        match self {
            Self::Packed(searcher) => {
                let mut rest = Span { start: 0, end: bytes.len() };
                // It tells the leftmost; one that begins inside of it is found from there.
                while let Some(hit) = searcher.find_in(bytes, rest) {
                    let start = hit.start();
                    for (mark, check) in MARKS.iter().filter(|(mark, _)| bytes[start..].starts_with(mark.as_bytes())) {
                        found(*check, start..start + mark.len());
                    }
                    rest.start = start + 1;
                }
            }
            Self::Plain(automaton) => {
                for hit in automaton.iter().flat_map(|automaton| automaton.find_overlapping_iter(bytes)) {
                    found(MARKS[hit.pattern().as_usize()].1, hit.range());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_find_the_same_marks() {
        let mut text: String = MARKS.iter().flat_map(|(mark, _)| [mark, mark, "x ", mark]).collect();
        text.push_str("x-api-key-tskey-key-sk-sk_live_://://eyeyJ-----BEGIN -----BEGIN Authorization");
        let all = |marks: &Marks| {
            let mut all = Vec::new();
            marks.find(text.as_bytes(), |_, mark| all.push((mark.start, mark.end)));
            all.sort_unstable();
            all
        };
        let plain = all(&Marks::plain());
        assert!(plain.len() >= 3 * MARKS.len());
        assert_eq!(all(&Marks::default()), plain);
    }
}
