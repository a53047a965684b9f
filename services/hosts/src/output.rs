//! What a command printed: all of it within limits, the end of it at any moment.
//!
//! **Invariant:** memory is bounded however much is printed; what is left out is counted and said.

use std::{borrow::Cow, collections::VecDeque, sync::Mutex};

use base::{Redactor, measure};

/// Each half of the kept log. Together they fit a Discord attachment (10 MiB) with room for the note between them.
const HALF: usize = 4 * 1024 * 1024;
/// What a card could show comes from this much of the end.
const END: usize = 16 * 1024;
/// Lines of a card's code block.
pub(crate) const LINES_SHOWN: usize = 15;
/// Characters of a line in a card; the log has them all.
const LINE_SHOWN: usize = 120;

/// A command's output while it grows.
#[derive(Default)]
pub struct Output {
    kept: Mutex<Kept>,
}

#[derive(Clone)]
struct Kept {
    /// How much is kept of each end.
    half: usize,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    total: u64,
    lines: u64,
    open_line: bool,
    /// Something is missing after the beginning: what comes is not its continuation.
    torn: bool,
}

impl Default for Kept {
    fn default() -> Self {
        Self::of(HALF)
    }
}

impl Kept {
    fn of(half: usize) -> Self {
        Self { half, head: Vec::new(), tail: VecDeque::new(), total: 0, lines: 0, open_line: false, torn: false }
    }

    /// All of it, or its beginning and end with a note between them; none where nothing was printed.
    fn log(mut self) -> Option<Vec<u8>> {
        if self.total == 0 {
            return None;
        }
        let left_out = self.total - self.head.len() as u64 - self.tail.len() as u64;
        let mut log = std::mem::take(&mut self.head);
        if left_out > 0 {
            // Both sides of the gap end at a line's end: half a line may hold half a secret.
            if let Some(end) = log.iter().rposition(|&byte| byte == b'\n') {
                log.truncate(end + 1);
            }
            if let Some(end) = self.tail.iter().position(|&byte| byte == b'\n') {
                self.tail.drain(..end);
            }
        }
        log.reserve_exact(self.tail.len() + 128);
        if left_out > 0 {
            let note = format!(
                "\n\n[… {} in the middle are left out: the output was {} …]\n\n",
                measure::bytes(left_out),
                measure::bytes(self.total)
            );
            log.extend_from_slice(note.as_bytes());
        }
        log.extend(self.tail);
        Some(log)
    }
}

impl Output {
    /// One of several that share what a file may hold: each keeps less.
    pub(crate) fn one_of(several: usize) -> Self {
        let half = (HALF / several.max(1)).max(END);
        Self { kept: Mutex::new(Kept::of(half)) }
    }

    /// Takes what was printed.
    pub fn push(&self, bytes: &[u8]) {
        let mut kept = self.kept();
        let Some(&last) = bytes.last() else { return };
        kept.total += bytes.len() as u64;
        kept.lines += bytes.split(|&byte| byte == b'\n').count() as u64 - 1;
        kept.open_line = last != b'\n';
        let room = if kept.torn { 0 } else { kept.half - kept.head.len() };
        let (first, rest) = bytes.split_at(room.min(bytes.len()));
        kept.head.extend_from_slice(first);
        let rest = &rest[rest.len().saturating_sub(kept.half)..];
        let over = (kept.tail.len() + rest.len()).saturating_sub(kept.half);
        kept.tail.drain(..over);
        kept.tail.extend(rest);
    }

    /// So many bytes were printed here that nobody kept. What was kept of the end before them is left out, too: the log has one
    /// gap, and says how large it is.
    pub fn skip(&self, bytes: u64) {
        let mut kept = self.kept();
        kept.total += bytes;
        kept.torn = true;
        kept.tail.clear();
        kept.open_line = false;
    }

    /// Begins anew.
    pub fn clear(&self) {
        let mut kept = self.kept();
        *kept = Kept::of(kept.half);
    }

    /// How many lines, counting one that is not ended.
    pub fn lines(&self) -> u64 {
        let kept = self.kept();
        kept.lines + u64::from(kept.open_line)
    }

    /// The last lines as text, without secrets.
    pub fn end(&self, redactor: &Redactor) -> String {
        let mut bytes = Vec::with_capacity(END);
        let cut = {
            let kept = self.kept();
            let from_tail = kept.tail.len().min(END);
            let from_head = kept.head.len().min(END - from_tail);
            bytes.extend_from_slice(&kept.head[kept.head.len() - from_head..]);
            bytes.extend(kept.tail.iter().skip(kept.tail.len() - from_tail));
            kept.total > bytes.len() as u64
        };
        let text = String::from_utf8_lossy(&bytes);
        // A line cut at its front may begin with half a secret: it is left out where there are others.
        let whole = if cut { text.split_once('\n').map_or(&*text, |(_, rest)| rest) } else { &text };
        let masked = redactor.mask(whole);
        let lines: Vec<&str> = masked.lines().map(after_returns).collect();
        let last = lines[lines.len().saturating_sub(LINES_SHOWN)..].iter();
        last.map(|line| shortened(line)).collect::<Vec<_>>().join("\n")
    }

    /// Hands over the whole log, or its beginning and end with a note between them; none where nothing was printed. It is
    /// not copied, and what is kept begins anew.
    pub fn take_log(&self) -> Option<Vec<u8>> {
        let mut kept = self.kept();
        let half = kept.half;
        let kept = std::mem::replace(&mut *kept, Kept::of(half));
        kept.log()
    }

    /// The same, and what is kept stays.
    pub fn log(&self) -> Option<Vec<u8>> {
        self.kept().clone().log()
    }

    /// How much was printed and how much of it the log leaves out, in bytes.
    pub fn size(&self) -> (u64, u64) {
        let kept = self.kept();
        (kept.total, kept.total - kept.head.len() as u64 - kept.tail.len() as u64)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A line that would fill a phone's screen keeps its beginning.
fn shortened(line: &str) -> Cow<'_, str> {
    match line.char_indices().nth(LINE_SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]).into(),
        None => line.into(),
    }
}

/// A line as a terminal would show it after carriage returns: a progress bar's last state.
fn after_returns(line: &str) -> &str {
    let line = line.trim_end_matches('\r');
    line.rsplit_once('\r').map_or(line, |(_, last)| last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_the_last_lines_with_progress_bars_at_their_last_state() {
        let output = Output::default();
        for line in 0..40 {
            output.push(format!("line {line}\n").as_bytes());
        }
        output.push(b"10%\r50%\r100%\r\n");
        let end = output.end(&Redactor::default());
        assert_eq!(end.lines().count(), LINES_SHOWN);
        assert!(end.ends_with("line 39\n100%"), "{end}");
        assert_eq!(output.lines(), 41);
    }

    #[test]
    fn a_hundred_megabytes_keep_their_beginning_and_end() {
        let output = Output::default();
        output.push(b"first\n");
        let chunk = vec![b'x'; 1024 * 1024];
        for _ in 0..100 {
            output.push(&chunk);
        }
        output.push(b"\nlast");
        let log = output.take_log().unwrap();
        assert!(log.len() < 2 * HALF + 200);
        assert!(log.starts_with(b"first\n") && log.ends_with(b"\nlast"));
        assert!(String::from_utf8_lossy(&log).contains("96.5 MB in the middle are left out"));
    }

    #[test]
    fn what_nobody_kept_is_counted_and_its_place_is_marked() {
        let output = Output::default();
        output.push(b"first\nmiddle\n");
        output.skip(1_000_000);
        output.push(b"almost\n");
        output.skip(500);
        output.push(b"half a line\nlast\n");
        assert_eq!(output.size(), (1_000_537, 1_000_507));
        let log = String::from_utf8(output.take_log().unwrap()).unwrap();
        assert!(log.starts_with("first\nmiddle\n\n\n[… 1.0 MB in the middle are left out"), "{log}");
        assert!(log.ends_with("last\n") && !log.contains("almost"), "{log}");
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_as_such_and_kept_as_they_came() {
        let output = Output::default();
        output.push(b"a\xff\xfeb");
        assert_eq!(output.end(&Redactor::default()), "a\u{fffd}\u{fffd}b");
        assert_eq!(output.take_log().unwrap(), b"a\xff\xfeb");
    }

    #[test]
    fn a_known_secret_is_not_in_the_end_even_when_its_line_was_cut() {
        let redactor = Redactor::default();
        redactor.learn("correct-horse-battery");
        let output = Output::default();
        output.push(b"correct-horse-");
        output.push(b"battery");
        output.push("y".repeat(END - 8).as_bytes());
        output.push(b"\nend");
        assert_eq!(output.end(&redactor), "end");
    }
}
