//! What a terminal says when a program asks it what it is, and where its cursor stands. Editors ask at their start, and take what
//! comes late for keys.
//!
//! **Invariant:** an answer is made of our own words and numbers; nothing that was printed comes back as something typed.

use vt100::{Callbacks, Screen};

/// Answers that wait at most: who asks for more at once reads none of them.
const MOST: usize = 1_024;

/// What was asked and not answered yet.
#[derive(Debug, Default)]
pub(super) struct Answers(Vec<u8>);

impl Answers {
    /// What is to be typed in answer.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

impl Callbacks for Answers {
    fn unhandled_csi(
        &mut self,
        screen: &mut Screen,
        first: Option<u8>,
        second: Option<u8>,
        parameters: &[&[u16]],
        letter: char,
    ) {
        let number = parameters.first().and_then(|parameter| parameter.first()).copied().unwrap_or_default();
        let answer = match (first, second, letter, number) {
            // A VT100 with advanced video (ECMA-48 8.3.24, DA).
            (None, None, 'c', 0) => "\u{1b}[?1;2c".to_owned(),
            // The same, older than whatever asks for more.
            (Some(b'>'), None, 'c', 0) => "\u{1b}[>0;10;1c".to_owned(),
            // Ready (ECMA-48 8.3.35, DSR).
            (None, None, 'n', 5) => "\u{1b}[0n".to_owned(),
            (None, None, 'n', 6) => {
                let (row, column) = screen.cursor_position();
                format!("\u{1b}[{};{}R", row + 1, column + 1)
            }
            _ => return,
        };
        if self.0.len() + answer.len() <= MOST {
            self.0.extend_from_slice(answer.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::screen::Screen;

    fn answer(printed: &str) -> String {
        let mut screen = Screen::new(80, 24);
        screen.print(printed.as_bytes());
        String::from_utf8(screen.answers()).unwrap()
    }

    #[test]
    fn a_program_hears_what_it_asks_for_and_nothing_else() {
        assert_eq!(answer("\x1b[c"), "\x1b[?1;2c");
        assert_eq!(answer("\x1b[>c"), "\x1b[>0;10;1c");
        assert_eq!(answer("two\r\nlines\x1b[6n\x1b[5n"), "\x1b[2;6R\x1b[0n");
        for nothing in ["plain", "\x1b[1n", "\x1b[?6n", "\x1b[=c", "\x1b]0;rm -rf /\x07", "\x1b]52;c;?\x07", "\x1b[21t"]
        {
            assert_eq!(answer(nothing), "", "{nothing:?}");
        }
    }

    #[test]
    fn who_asks_without_end_is_answered_within_limits() {
        assert!(answer(&"\x1b[6n".repeat(100_000)).len() <= super::MOST);
    }
}
