//! Where secrets stand in a text.

use std::{collections::BTreeSet, ops::Range};

use super::{grams::Grams, marks::Marks, shapes};

/// Finds every known value and every shape. Text without either costs little: it is only skimmed.
pub(super) struct Search {
    known: Grams,
    marks: Marks,
    /// The longest known value, in bytes.
    pub(super) longest: usize,
}

impl Search {
    pub(super) fn of(values: &BTreeSet<&str>) -> Self {
        let longest = values.iter().map(|value| value.len()).max().unwrap_or(0);
        Self { known: Grams::of(values), marks: Marks::default(), longest }
    }

    /// Where secrets stand, in order, none touching another.
    pub(super) fn find(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = shapes::without_mark(bytes);
        self.marks.find(bytes, |check, mark| found.extend(check(bytes, mark)));
        self.known.find(bytes, |known| found.push(known));
        found.sort_unstable_by_key(|range| range.start);
        found.dedup_by(|next, before| {
            let joins = next.start <= before.end;
            if joins {
                before.end = before.end.max(next.end);
            }
            joins
        });
        found
    }
}
