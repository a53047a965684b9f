//! Where the entries of a log go: those that were there already are left out, those that do not fit the filter too.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use hosts::Output;

use crate::{
    entries::{Entries, Framing, Part},
    stamp::Stamp,
};

/// A line that is longer is searched piece by piece.
const LINE: usize = 64 * 1024;

/// What is known of a log that is read, maybe over several connections.
pub(crate) struct Reading {
    /// What is shown of it.
    pub(crate) output: Arc<Output>,
    /// Lines that were looked at, of which the filter left some out.
    pub(crate) seen: Arc<AtomicU64>,
    /// Its engine does not answer, and is asked again.
    pub(crate) silent: Arc<AtomicBool>,
    filter: Option<Filter>,
    /// The last entry's moment, and how many whole ones had it.
    last: Option<(Stamp, u32)>,
}

struct Filter {
    wanted: String,
    line: Vec<u8>,
}

impl Reading {
    pub(crate) fn new(filter: Option<&str>) -> Self {
        let filter = filter.map(|wanted| Filter { wanted: wanted.to_lowercase(), line: Vec::new() });
        Self { output: Arc::default(), seen: Arc::default(), silent: Arc::default(), filter, last: None }
    }

    /// From when to go on: entries of this very moment come again, and are left out by [`Again`].
    pub(crate) fn since(&self) -> Option<Stamp> {
        self.last.map(|(moment, _)| moment)
    }

    /// Begins a connection.
    pub(crate) fn again(&mut self, framing: Framing) -> Again<'_> {
        Again { entries: Entries::new(framing), known: self.last, muted: false, reading: self }
    }

    fn take(&mut self, bytes: &[u8]) {
        let lines = bytes.split(|byte| *byte == b'\n').count() as u64 - 1;
        self.seen.fetch_add(lines, Ordering::Relaxed);
        match &mut self.filter {
            Some(filter) => filter.take(bytes, &self.output),
            None => self.output.push(bytes),
        }
    }

    fn begins(&mut self, moment: Stamp) {
        self.last = match self.last {
            Some((last, count)) if last == moment => Some((last, count.saturating_add(1))),
            _ => Some((moment, 1)),
        };
    }

    /// What was not ended by a line's end is shown too.
    pub(crate) fn end(&mut self) {
        if let Some(filter) = &mut self.filter {
            filter.line_ends(&self.output);
        }
    }
}

impl Filter {
    fn take(&mut self, mut bytes: &[u8], output: &Output) {
        while !bytes.is_empty() {
            let room = &bytes[..bytes.len().min(LINE - self.line.len())];
            let line = room.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
            let (now, rest) = bytes.split_at(line.unwrap_or(room.len()));
            self.line.extend_from_slice(now);
            bytes = rest;
            if line.is_some() || self.line.len() == LINE {
                self.line_ends(output);
            }
        }
    }

    fn line_ends(&mut self, output: &Output) {
        if String::from_utf8_lossy(&self.line).to_lowercase().contains(&self.wanted) {
            output.push(&self.line);
        }
        self.line.clear();
    }
}

/// One connection's part of a log.
pub(crate) struct Again<'a> {
    entries: Entries,
    /// What was there before this connection: up to this moment, and so many entries of it.
    known: Option<(Stamp, u32)>,
    muted: bool,
    reading: &'a mut Reading,
}

impl Again<'_> {
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        let Self { entries, known, muted, reading } = self;
        reading.silent.store(false, Ordering::Relaxed);
        entries.feed(bytes, |part| hand(part, known, muted, reading));
    }

    /// It ended as it should.
    pub(crate) fn end(mut self) {
        let Self { entries, known, muted, reading } = &mut self;
        entries.end(|part| hand(part, known, muted, reading));
    }

    /// It was cut. An entry of which a part is missing comes again, whole.
    pub(crate) fn cut(self) {
        if !self.muted
            && !self.entries.is_whole()
            && let Some((_, count)) = &mut self.reading.last
        {
            *count = count.saturating_sub(1);
            self.reading.take(b"\n");
        }
    }
}

fn hand(part: Part<'_>, known: &mut Option<(Stamp, u32)>, muted: &mut bool, reading: &mut Reading) {
    match part {
        Part::Begins(moment) => {
            *muted = match known {
                Some((last, _)) if moment < *last => true,
                Some((last, count)) if moment == *last && *count > 0 => {
                    *count -= 1;
                    true
                }
                _ => {
                    reading.begins(moment);
                    false
                }
            }
        }
        Part::Bytes(bytes) | Part::Errors(bytes) if !*muted => reading.take(bytes),
        Part::Bytes(_) | Part::Errors(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use base::Redactor;

    use super::*;

    fn lines(range: std::ops::Range<u32>) -> Vec<u8> {
        // Three entries of each moment.
        let line = |n: u32| {
            format!("2026-11-21T14:03:07.{:09}Z line {n} {}\n", n / 3, if n.is_multiple_of(2) { "Even" } else { "odd" })
        };
        range.map(line).collect::<String>().into_bytes()
    }

    fn shown(reading: &Reading) -> String {
        String::from_utf8(reading.output.take_log().unwrap_or_default()).unwrap()
    }

    #[test]
    fn a_connection_that_ended_is_gone_on_with_without_a_line_lost_or_doubled() {
        for cut in 1..20 {
            let mut reading = Reading::new(None);
            let mut first = reading.again(Framing::Raw);
            first.feed(&lines(0..cut));
            first.end();
            // The engine sends every entry of the last moment again.
            let mut second = reading.again(Framing::Raw);
            second.feed(&lines((cut - 1) / 3 * 3..20));
            second.end();
            let all = shown(&reading);
            assert_eq!(all.lines().count(), 20, "{cut}: {all}");
            assert!((0..20).all(|n| all.contains(&format!("line {n} "))), "{all}");
        }
    }

    #[test]
    fn a_line_that_was_cut_in_the_middle_comes_again_whole() {
        let mut reading = Reading::new(None);
        let mut first = reading.again(Framing::Raw);
        first.feed(&lines(0..5)[..lines(0..4).len() + 38]);
        first.cut();
        let mut second = reading.again(Framing::Raw);
        second.feed(&lines(3..8));
        second.end();
        assert_eq!(shown(&reading).matches("line 4 Even\n").count(), 1);
        assert_eq!(shown(&reading).len(), 0, "the log is handed over once");
    }

    #[test]
    fn the_filter_keeps_whole_lines_whatever_their_case() {
        let mut reading = Reading::new(Some("eVEN"));
        let mut again = reading.again(Framing::Raw);
        for byte in lines(0..6).chunks(5) {
            again.feed(byte);
        }
        again.end();
        reading.end();
        assert_eq!(shown(&reading), "line 0 Even\nline 2 Even\nline 4 Even\n");
        assert_eq!(reading.seen.load(Ordering::Relaxed), 6);
    }

    #[test]
    fn an_endless_line_is_searched_in_bounded_memory() {
        let mut reading = Reading::new(Some("needle"));
        for _ in 0..100 {
            reading.take(&vec![b'x'; LINE / 3]);
        }
        reading.take(b"needle");
        reading.end();
        assert!(reading.output.end(&Redactor::default()).contains('x'));
        assert!(reading.output.size().0 <= LINE as u64);
    }
}
