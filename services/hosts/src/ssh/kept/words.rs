//! What `view.sh` says beside the output: lines on standard error that begin with the token, and one line before the output.

use std::collections::VecDeque;

use super::Token;
use crate::ssh::Process;

/// The longest line of ours; what goes on for longer is somebody else's.
const LONGEST: usize = 512;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// It runs, or ran, as this process.
    Process(Process),
    /// It was never started, and never will be.
    Never,
    /// This host cannot keep a command.
    NotKept {
        why: &'static str,
    },
    At(Report),
}

/// How far the output has been passed on, and how things stood just before.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Report {
    /// Bytes on standard output up to here.
    pub(super) sent: u64,
    /// Bytes that are not kept, and would come next.
    pub(super) skipped: u64,
    pub(super) state: State,
    pub(super) status: Option<Status>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// There is more already.
    More,
    /// Nothing more for now.
    Wait,
    /// That was all.
    End,
    /// Whatever kept it is gone, and so is the command.
    Dead,
    /// Whatever kept it is gone, and the command is not.
    Orphan,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) code: u32,
    /// When it ended, in hundredths of a second since the host started: the unit of [`Process::started`].
    pub(super) ended: Option<u64>,
}

/// Hears our lines in standard error; all others are a startup file's.
#[derive(Debug)]
pub(super) struct Ear {
    prefix: String,
    line: Vec<u8>,
}

impl Ear {
    pub(super) fn new(token: Token) -> Self {
        Self { prefix: format!("nebula-{token}: "), line: Vec::new() }
    }

    pub(super) fn hear(&mut self, bytes: &[u8]) -> VecDeque<Word> {
        let mut words = VecDeque::new();
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.line.len() < LONGEST {
                self.line.extend_from_slice(part);
            }
            if part.ends_with(b"\n") {
                words.extend(parse(&self.prefix, &self.line));
                self.line.clear();
            }
        }
        words
    }
}

fn parse(prefix: &str, line: &[u8]) -> Option<Word> {
    let text = std::str::from_utf8(line).ok()?;
    // What a startup file printed without a newline may stand before it.
    let (_, text) = text.split_once(prefix)?;
    let words: Vec<&str> = text.split_whitespace().collect();
    match *words.as_slice() {
        ["process", pid, started] => format!("{pid}@{started}").parse().ok().map(Word::Process),
        ["never"] => Some(Word::Never),
        ["none", "tools"] => Some(Word::NotKept { why: "it lacks `setsid` or `/proc`" }),
        ["none", _] => Some(Word::NotKept { why: "there is no place to write to" }),
        ["at", sent, skipped, state, code, ..] => {
            let state = match state {
                "more" => State::More,
                "wait" => State::Wait,
                "end" => State::End,
                "dead" => State::Dead,
                "orphan" => State::Orphan,
                _ => return None,
            };
            let status =
                code.parse().ok().map(|code| Status { code, ended: words.get(5).and_then(|at| hundredths(at)) });
            Some(Word::At(Report { sent: sent.parse().ok()?, skipped: skipped.parse().ok()?, state, status }))
        }
        _ => None,
    }
}

/// The seconds of `/proc/uptime`, which has two decimals.
fn hundredths(seconds: &str) -> Option<u64> {
    let (whole, part) = seconds.split_once('.')?;
    whole.parse::<u64>().ok()?.checked_mul(100)?.checked_add(part.parse().ok()?)
}

/// Drops what a startup file prints before the output, up to the line that only has the token.
#[derive(Debug)]
pub(super) struct Noise {
    marker: Vec<u8>,
    /// The end of what came so far, while the marker is awaited.
    held: Option<Vec<u8>>,
}

impl Noise {
    pub(super) fn new(token: Token) -> Self {
        Self { marker: format!("nebula-{token}:\n").into_bytes(), held: Some(Vec::new()) }
    }

    /// Whether the output has not begun.
    pub(super) fn lasts(&self) -> bool {
        self.held.is_some()
    }

    /// What of these bytes is output.
    pub(super) fn take<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let Some(held) = self.held.as_mut() else { return bytes };
        let before = held.len();
        held.extend_from_slice(bytes);
        let found = held.windows(self.marker.len()).position(|window| window == self.marker);
        if let Some(at) = found {
            self.held = None;
            return bytes.get(at + self.marker.len() - before..).unwrap_or_default();
        }
        held.drain(..held.len().saturating_sub(self.marker.len() - 1));
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        "00c0ffee00112233445566778899aabb".parse().unwrap()
    }

    #[test]
    fn words_are_heard_however_they_are_cut_and_among_others() {
        let said = format!(
            "motd\nno newline nebula-{0}: process 12 99\nnebula-{0}: at 5 0 end 143 12.34\nnebula-{0}: at 7 3 wait -\n\
             nebula-{0}: at 7\nnebula-{0}: none tools\nnebula-{0}: never\n",
            token()
        );
        let expected = [
            Word::Process("12@99".parse().unwrap()),
            Word::At(Report {
                sent: 5,
                skipped: 0,
                state: State::End,
                status: Some(Status { code: 143, ended: Some(1234) }),
            }),
            Word::At(Report { sent: 7, skipped: 3, state: State::Wait, status: None }),
            Word::NotKept { why: "it lacks `setsid` or `/proc`" },
            Word::Never,
        ];
        for cut in 0..said.len() {
            let (left, right) = said.as_bytes().split_at(cut);
            let mut ear = Ear::new(token());
            let mut words = ear.hear(left);
            words.extend(ear.hear(right));
            assert_eq!(words, expected, "cut at {cut}");
        }
    }

    #[test]
    fn only_what_comes_after_the_marker_is_output_however_it_is_cut() {
        let whole = format!("motd nebula-\nnebula-{}:\nout nebula-{}:\n", token(), token()).into_bytes();
        for cut in 0..whole.len() {
            let (left, right) = whole.split_at(cut);
            let mut noise = Noise::new(token());
            let output = [noise.take(left), noise.take(right)].concat();
            assert_eq!(String::from_utf8_lossy(&output), format!("out nebula-{}:\n", token()), "cut at {cut}");
            assert!(!noise.lasts());
        }
    }
}
