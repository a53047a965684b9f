//! How a command line becomes a process whose number we know.
//!
//! The server is asked to run `HELPER; :; COMMAND LINE`. The login shell reads all of it, so the person's line needs no
//! quoting and means what it means at their prompt. The helper is a POSIX `sh` that prints its parent, the login shell,
//! which sshd made the leader of a session and a process group of its own; that line is taken out of the output again.
//!
//! **Invariants:** the helper's text has no quote, backslash or `!` inside its single quotes, so bash, dash, zsh, fish and
//! csh all read it alike; and it is never the last command, or a shell may replace itself by it and the parent is sshd.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::SshError;

/// The longest command line, in bytes. Linux takes 128 KiB in one argument, which our helper shares.
pub const MAX_COMMAND: usize = 120_000;

/// What announces the process; the rest of the line is its pid and its start time.
const MARKER: &[u8] = b"nebula-process ";

/// The longest announcement, newline included: the marker and two numbers of at most 20 digits.
const MAX_LINE: usize = MARKER.len() + 42;

/// A startup file may print before the helper does; past this many bytes there is no helper (a forced command, a router).
const MAX_NOISE: usize = 64 * 1024;

/// A process on a server, and when it started, so that a pid that was given out again is not mistaken for it.
///
/// Written `1234@567890`, or `1234` where the server has no `/proc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Process {
    pid: u32,
    started: Option<u64>,
}

/// A text is no process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This is not a process, such as `1234@567890`.")]
pub struct ProcessError;

impl Process {
    /// Its pid, which is also the id of its process group and session.
    pub fn pid(self) -> u32 {
        self.pid
    }

    /// Its start time in clock ticks since the server started (field 22 of `/proc/PID/stat`, proc(5)).
    pub fn started(self) -> Option<u64> {
        self.started
    }

    /// 0 and 1 are never ours: in `kill` they mean "my own group" and "everybody".
    fn new(pid: u32, started: u64) -> Option<Self> {
        let fits = pid > 1 && i32::try_from(pid).is_ok();
        fits.then_some(Self { pid, started: (started != 0).then_some(started) })
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.started {
            Some(started) => write!(f, "{}@{started}", self.pid),
            None => write!(f, "{}", self.pid),
        }
    }
}

impl FromStr for Process {
    type Err = ProcessError;

    fn from_str(text: &str) -> Result<Self, ProcessError> {
        let (pid, started) = text.split_once('@').unwrap_or((text, "0"));
        let numbers = pid.parse().ok().zip(started.parse().ok());
        numbers.and_then(|(pid, started)| Self::new(pid, started)).ok_or(ProcessError)
    }
}

impl TryFrom<String> for Process {
    type Error = ProcessError;

    fn try_from(text: String) -> Result<Self, ProcessError> {
        text.parse()
    }
}

impl From<Process> for String {
    fn from(process: Process) -> Self {
        process.to_string()
    }
}

/// Whether a command line can reach a server at all.
pub(super) fn check(command: &str) -> Result<(), SshError> {
    if command.trim().is_empty() {
        return Err(SshError::EmptyCommand);
    }
    if command.contains('\0') {
        return Err(SshError::NulInCommand);
    }
    if command.len() > MAX_COMMAND {
        return Err(SshError::LongCommand { bytes: command.len() });
    }
    Ok(())
}

/// What the server is asked to run for a command line.
pub(super) fn request(command: &str) -> Result<String, SshError> {
    check(command)?;
    Ok(format!(
        "/bin/sh -c '{{ read -r l </proc/$PPID/stat; }} 2>/dev/null; set -- ${{l##*) }}; \
         echo \"nebula-process $PPID ${{20-0}}\"'; :; {command}"
    ))
}

/// Takes the announcement out of a command's standard output.
#[derive(Debug)]
pub(super) enum Announcement {
    /// Not seen yet: `held` may be its beginning, `passed` bytes were not.
    Awaited {
        held: Vec<u8>,
        passed: usize,
    },
    Over,
}

impl Announcement {
    pub(super) fn awaited() -> Self {
        Self::Awaited { held: Vec::new(), passed: 0 }
    }

    /// What of these bytes is the command's own output, and the process once it is announced.
    pub(super) fn take<'a>(&mut self, bytes: &'a [u8]) -> (Cow<'a, [u8]>, Option<Process>) {
        let Self::Awaited { held, passed } = self else { return (Cow::Borrowed(bytes), None) };
        let mut text = std::mem::take(held);
        text.extend_from_slice(bytes);
        if let Some((from, to, process)) = find(&text) {
            text.drain(from..to);
            *self = Self::Over;
            return (Cow::Owned(text), Some(process));
        }
        *held = text.split_off(undecided(&text));
        *passed += text.len();
        if *passed > MAX_NOISE {
            text.append(held);
            *self = Self::Over;
        }
        (Cow::Owned(text), None)
    }

    /// The output is over: what was held back was output after all.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        match std::mem::replace(self, Self::Over) {
            Self::Awaited { held, .. } => held,
            Self::Over => Vec::new(),
        }
    }
}

/// The first whole announcement: where its line begins, where it ends, and what it says.
fn find(text: &[u8]) -> Option<(usize, usize, Process)> {
    let mut from = 0;
    while let Some(at) = position(text.get(from..)?, MARKER) {
        let begin = from + at;
        let rest = text.get(begin + MARKER.len()..)?;
        let length = rest.iter().position(|byte| *byte == b'\n');
        if let Some((length, process)) = length.and_then(|length| Some((length, parse(rest.get(..length)?)?))) {
            return Some((begin, begin + MARKER.len() + length + 1, process));
        }
        from = begin + MARKER.len();
    }
    None
}

fn parse(line: &[u8]) -> Option<Process> {
    let (pid, started) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    Process::new(pid.parse().ok()?, started.trim_end_matches('\r').parse().ok()?)
}

/// Where the part begins that may still become an announcement; all before it is output.
fn undecided(text: &[u8]) -> usize {
    let recent = text.len().saturating_sub(MAX_LINE);
    let tail = text.get(recent..).unwrap_or_default();
    let last = tail.windows(MARKER.len()).rposition(|window| window == MARKER);
    if let Some(at) = last.filter(|at| !tail.get(*at..).unwrap_or_default().contains(&b'\n')) {
        return recent + at;
    }
    let longest = (1..MARKER.len()).rev().find(|length| text.ends_with(MARKER.get(..*length).unwrap_or_default()));
    text.len() - longest.unwrap_or(0)
}

fn position(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(chunks: &[&[u8]]) -> (Vec<u8>, Option<Process>) {
        let (mut announcement, mut output, mut found) = (Announcement::awaited(), Vec::new(), None);
        for chunk in chunks {
            let (bytes, process) = announcement.take(chunk);
            output.extend_from_slice(&bytes);
            found = found.or(process);
        }
        output.extend(announcement.rest());
        (output, found)
    }

    #[test]
    fn the_announcement_is_taken_out_however_it_is_cut() {
        let whole = b"motd nebula-process x\nhi nebula-process 1234 99\nnebula-process 5 6\nout";
        let expected = b"motd nebula-process x\nhi nebula-process 5 6\nout".to_vec();
        for cut in 0..whole.len() {
            let (left, right) = whole.split_at(cut);
            assert_eq!(read(&[left, right]), (expected.clone(), "1234@99".parse().ok()), "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = whole.chunks(1).collect();
        assert_eq!(read(&bytes), (expected, "1234@99".parse().ok()));
    }

    #[test]
    fn output_without_an_announcement_is_all_passed_on() {
        for text in
            [&b""[..], b"nebula-pro", b"nebula-process 12", b"nebula-process one two\n", b"nebula-process 1 5\n"]
        {
            assert_eq!(read(&[text]), (text.to_vec(), None));
        }
        let much = vec![b'x'; MAX_NOISE + 1];
        let late = b"nebula-process 1234 99\n";
        assert_eq!(read(&[&much, late]), ([&much[..], late].concat(), None));
    }

    #[test]
    fn nothing_that_is_surely_output_is_held_back() {
        let mut announcement = Announcement::awaited();
        assert_eq!(announcement.take(b"Password changed. ").0.as_ref(), b"Password changed. ");
        assert_eq!(announcement.take(b"neb").0.as_ref(), b"");
        assert_eq!(announcement.take(b"ulous").0.as_ref(), b"nebulous");
    }

    #[test]
    fn a_process_is_written_and_read_alike() {
        for text in ["1234@567", "1234"] {
            assert_eq!(text.parse::<Process>().unwrap().to_string(), text);
        }
        for text in ["", "0", "1", "-5", "1234@", "4294967295", "1;reboot"] {
            assert_eq!(text.parse::<Process>(), Err(ProcessError), "{text}");
        }
    }

    #[test]
    fn a_command_line_is_sent_as_it_is_typed() {
        let typed = "echo 'a\\b' \"$HOME\" `id`\n# done";
        assert!(request(typed).unwrap().ends_with(typed));
        assert_eq!(request(" \n"), Err(SshError::EmptyCommand));
        assert_eq!(request("a\0b"), Err(SshError::NulInCommand));
        assert_eq!(request(&"x".repeat(MAX_COMMAND + 1)), Err(SshError::LongCommand { bytes: MAX_COMMAND + 1 }));
    }
}
