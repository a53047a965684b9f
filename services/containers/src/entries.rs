//! Takes a container's log apart: with frames, or raw where it has a terminal.
//!
//! **Invariants:** memory is bounded whatever is logged, and no byte makes it stop: only a frame's own length counts, and
//! what does not begin with a moment is shown as it is.

use crate::stamp::{self, Stamp};

/// An engine cuts longer lines into entries of this many bytes, each with a moment of its own.
const PIECE: usize = 16 * 1024;
/// A frame's head: the stream, three zeros, the length.
const HEAD: usize = 8;

/// How an engine sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// In frames, one an entry.
    Frames,
    /// In frames that are no entries, and hold no moments.
    Bare,
    /// As the terminal got it.
    Raw,
}

/// A part of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// An entry of this moment begins.
    Begins(Stamp),
    /// More of it.
    Bytes(&'a [u8]),
    /// The same of a command's other stream: an engine sends the two in no order.
    Errors(&'a [u8]),
}

/// A log that is being read.
#[derive(Debug)]
pub(crate) struct Entries {
    framing: Framing,
    head: Vec<u8>,
    /// What is left of this frame.
    left: usize,
    /// Which stream it is of.
    stream: u8,
    /// What may be a moment.
    stamp: Vec<u8>,
    at_start: bool,
    /// How much of this entry was there, where nothing else tells its end.
    length: usize,
}

impl Entries {
    pub(crate) fn new(framing: Framing) -> Self {
        let at_start = framing == Framing::Raw;
        Self { framing, head: Vec::new(), left: 0, stream: 0, stamp: Vec::new(), at_start, length: 0 }
    }

    /// Takes what was sent, and hands on what it is.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], mut hand: impl FnMut(Part<'_>)) {
        if self.framing == Framing::Raw {
            return self.raw(bytes, &mut hand);
        }
        while !bytes.is_empty() {
            if self.left == 0 {
                let (head, rest) = bytes.split_at((HEAD - self.head.len()).min(bytes.len()));
                self.head.extend_from_slice(head);
                bytes = rest;
                if let [stream, _, _, _, a, b, c, d] = self.head[..] {
                    self.stream = stream;
                    self.left = u32::from_be_bytes([a, b, c, d]) as usize;
                    self.head.clear();
                    self.at_start = self.framing == Framing::Frames;
                }
                continue;
            }
            let (now, rest) = bytes.split_at(self.left.min(bytes.len()));
            self.left -= now.len();
            bytes = rest;
            self.entry(now, &mut hand);
            if self.left == 0 {
                self.end(&mut hand);
            }
        }
    }

    /// Whether nothing is missing of the last entry.
    pub(crate) fn is_whole(&self) -> bool {
        match self.framing {
            Framing::Frames | Framing::Bare => self.left == 0,
            Framing::Raw => self.at_start,
        }
    }

    /// What was held back, at the end of everything.
    pub(crate) fn end(&mut self, mut hand: impl FnMut(Part<'_>)) {
        if !self.stamp.is_empty() {
            hand(Part::Bytes(&std::mem::take(&mut self.stamp)));
        }
        self.at_start = false;
    }

    fn raw(&mut self, mut bytes: &[u8], hand: &mut impl FnMut(Part<'_>)) {
        while !bytes.is_empty() {
            if self.at_start {
                bytes = self.begin(bytes, hand);
                continue;
            }
            let room = &bytes[..bytes.len().min(PIECE - self.length)];
            let line = room.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
            let (now, rest) = bytes.split_at(line.unwrap_or(room.len()));
            hand(Part::Bytes(now));
            self.length += now.len();
            bytes = rest;
            if line.is_some() || self.length == PIECE {
                self.at_start = true;
            }
        }
    }

    fn entry(&mut self, bytes: &[u8], hand: &mut impl FnMut(Part<'_>)) {
        let rest = if self.at_start { self.begin(bytes, hand) } else { bytes };
        if rest.is_empty() {
            return;
        }
        hand(if self.framing == Framing::Bare && self.stream == 2 { Part::Errors(rest) } else { Part::Bytes(rest) });
    }

    /// Takes what may be the moment at the beginning of an entry; the answer is what comes after it.
    fn begin<'a>(&mut self, bytes: &'a [u8], hand: &mut impl FnMut(Part<'_>)) -> &'a [u8] {
        let (now, rest) = bytes.split_at((stamp::LENGTH - self.stamp.len()).min(bytes.len()));
        self.stamp.extend_from_slice(now);
        if self.stamp.len() < stamp::LENGTH && !self.stamp.contains(&b'\n') {
            return rest;
        }
        self.length = 0;
        self.at_start = false;
        let held = std::mem::take(&mut self.stamp);
        if let Some(moment) = Stamp::read(&held) {
            hand(Part::Begins(moment));
            return rest;
        }
        // The end of a line in it may be the beginning of the next one.
        let line = held.iter().position(|byte| *byte == b'\n').map_or(held.len(), |at| at + 1);
        hand(Part::Bytes(&held[..line]));
        self.at_start = self.framing == Framing::Raw && held[..line].ends_with(b"\n");
        self.length = line;
        // Only what came just now can hold a line's end.
        &bytes[now.len() - (held.len() - line)..]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MOMENT: &str = "2026-11-21T14:03:07.000000001Z ";

    fn frame(stream: u8, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&[stream, 0, 0, 0], &length[..], payload].concat()
    }

    /// All bytes, and how many moments, of a log that comes in pieces of this size.
    fn read(framing: Framing, log: &[u8], piece: usize) -> (Vec<u8>, usize) {
        let (mut entries, mut all, mut moments) = (Entries::new(framing), Vec::new(), 0);
        let mut hand = |part: Part<'_>| match part {
            Part::Begins(_) => moments += 1,
            Part::Bytes(bytes) | Part::Errors(bytes) => all.extend_from_slice(bytes),
        };
        for piece in log.chunks(piece) {
            entries.feed(piece, &mut hand);
        }
        entries.end(&mut hand);
        (all, moments)
    }

    #[test]
    fn frames_and_a_terminals_bytes_are_the_same_lines_however_they_are_cut() {
        let lines: Vec<String> = ["one\n", "\n", "three\n", "no end"].map(|line| format!("{MOMENT}{line}")).to_vec();
        let framed = lines.iter().enumerate().flat_map(|(at, line)| frame(1 + u8::from(at == 1), line.as_bytes()));
        let (framed, raw): (Vec<u8>, String) = (framed.collect(), lines.concat());
        for piece in [1, 2, 7, 31, 1000] {
            let expected = (b"one\n\nthree\nno end".to_vec(), 4);
            assert_eq!(read(Framing::Frames, &framed, piece), expected, "{piece}");
            assert_eq!(read(Framing::Raw, raw.as_bytes(), piece), expected, "{piece}");
        }
    }

    #[test]
    fn one_endless_line_loses_the_moments_that_an_engine_puts_into_it_and_nothing_else() {
        let whole = vec![b'x'; 3 * PIECE + 5];
        let stamped: Vec<u8> = whole.chunks(PIECE).flat_map(|piece| [MOMENT.as_bytes(), piece].concat()).collect();
        assert_eq!(read(Framing::Raw, &stamped, 1000), (whole.clone(), 4));
        let framed: Vec<u8> =
            whole.chunks(PIECE).flat_map(|piece| frame(1, &[MOMENT.as_bytes(), piece].concat())).collect();
        assert_eq!(read(Framing::Frames, &framed, 1000), (whole, 4));
    }

    #[test]
    fn what_a_command_prints_may_begin_like_a_moment() {
        let printed = [frame(1, MOMENT.as_bytes()), frame(2, b"x")].concat();
        assert_eq!(read(Framing::Bare, &printed, 7), ([MOMENT.as_bytes(), b"x"].concat(), 0));
    }

    #[test]
    fn a_log_without_moments_is_shown_as_it_is() {
        let log = b"a\nshort\nlines of all kinds, some of them longer than a moment\n\nend";
        for piece in [1, 3, 40, 100] {
            assert_eq!(read(Framing::Raw, log, piece), (log.to_vec(), 0), "{piece}");
            assert_eq!(read(Framing::Frames, &frame(2, log), piece), (log.to_vec(), 0), "{piece}");
        }
    }

    proptest! {
        #[test]
        fn no_byte_is_lost_of_a_raw_log_that_holds_no_moment(log: Vec<u8>, piece in 1_usize..64) {
            prop_assert_eq!(read(Framing::Raw, &log, piece), (log, 0));
        }

        #[test]
        fn any_bytes_in_frames_come_out_as_they_went_in(payloads: Vec<Vec<u8>>, piece in 1_usize..64) {
            let log: Vec<u8> = payloads.iter().flat_map(|payload| frame(1, payload)).collect();
            prop_assert_eq!(read(Framing::Frames, &log, piece), (payloads.concat(), 0));
        }

        #[test]
        fn what_is_no_frame_at_all_holds_nothing_back_for_ever(log: Vec<u8>) {
            let mut entries = Entries::new(Framing::Frames);
            entries.feed(&log, |_| {});
            prop_assert!(entries.head.len() < HEAD && entries.stamp.len() <= stamp::LENGTH);
        }
    }
}
