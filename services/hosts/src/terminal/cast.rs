//! The recording of a terminal: an asciicast v2 file, playable with asciinema.
//!
//! It is made of what the screen showed, secrets masked, and not of what was printed: there a secret may be broken by whatever a
//! program sends between its letters. What stood on the screen for a fiftieth of a second is in it; of output that is faster, a part.
//!
//! **Invariant:** it never grows beyond [`MOST`]; what is left out is said.

use std::time::Duration;

use serde_json::json;

use super::frame::Frame;

/// The longest recording, in bytes; a message takes 10 MiB.
const MOST: usize = 4 * 1024 * 1024;

/// A recording while it grows.
pub(crate) struct Cast {
    text: String,
    before: Frame,
    full: bool,
}

impl Cast {
    /// Begins one at this moment (seconds since 1970).
    pub(crate) fn new(columns: u16, rows: u16, began: i64, title: &str) -> Self {
        let head = json!({ "version": 2, "width": columns, "height": rows, "timestamp": began, "title": title });
        Self { text: format!("{head}\n"), before: Frame::default(), full: false }
    }

    /// What the screen shows, so long after the beginning.
    pub(crate) fn show(&mut self, after: Duration, frame: Frame) {
        if self.full || frame == self.before {
            return;
        }
        let told = frame.since(&self.before);
        self.before = frame;
        self.write(after, "o", &told);
    }

    /// A mark that players show: who types from here on.
    pub(crate) fn mark(&mut self, after: Duration, label: &str) {
        self.write(after, "m", label);
    }

    /// Whether nothing more goes in.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    /// What is recorded so far.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn write(&mut self, after: Duration, kind: &str, data: &str) {
        if self.full {
            return;
        }
        let mut line = event(after, kind, data);
        if self.text.len() + line.len() > MOST {
            self.full = true;
            line = event(after, "m", "The recording is full: what came after this is left out");
        }
        self.text.push_str(&line);
    }
}

fn event(after: Duration, kind: &str, data: &str) -> String {
    let after = f64::from(u32::try_from(after.as_millis()).unwrap_or(u32::MAX)) / 1_000.0;
    format!("{}\n", json!([after, kind, data]))
}

#[cfg(test)]
mod tests {
    use base::Redactor;

    use super::{super::screen::Screen, *};

    #[test]
    fn a_recording_plays_what_was_shown_and_never_outgrows_its_place() {
        let (mut screen, mut cast) = (Screen::new(80, 24), Cast::new(80, 24, 1_800_000_000, "box"));
        screen.print(b"hello");
        cast.show(Duration::from_millis(1_500), screen.frame(&Redactor::default()));
        let mut lines = cast.text().lines();
        let head = r#"{"height":24,"timestamp":1800000000,"title":"box","version":2,"width":80}"#;
        assert_eq!(lines.next().unwrap(), head);
        assert!(lines.next().unwrap().starts_with(r#"[1.5,"o","#));
        for round in 0..3_000_u32 {
            let line: Vec<u8> = (0..1_900_u32).map(|at| b'a' + ((at ^ round) % 26).to_le_bytes()[0]).collect();
            screen.print(&line);
            cast.show(Duration::from_secs(2), screen.frame(&Redactor::default()));
        }
        assert!(cast.is_full() && cast.text().len() < MOST + 200, "{}", cast.text().len());
        assert!(cast.text().lines().last().unwrap().contains("The recording is full"));
    }
}
