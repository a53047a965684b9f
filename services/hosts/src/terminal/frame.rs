//! One moment of a screen, and how it is drawn: as a message shows it, as plain text, as a terminal is told of it.

use std::fmt::Write;

/// A moment of a screen, secrets masked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Frame {
    lines: Vec<Vec<Cell>>,
    /// Row and column; none where it is hidden.
    cursor: Option<(u16, u16)>,
}

/// What stands in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) style: Style,
    /// It takes two places.
    pub(crate) wide: bool,
}

/// How it looks; a colour is one of eight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) bold: bool,
    pub(crate) underline: bool,
    pub(crate) front: Option<u8>,
    pub(crate) back: Option<u8>,
    pub(crate) inverse: bool,
}

impl Style {
    /// The escape sequence that says so, from whatever was before.
    fn sequence(self) -> String {
        let (mut front, mut back) = (self.front, self.back);
        if self.inverse {
            (front, back) = (Some(self.back.unwrap_or(0)), Some(self.front.unwrap_or(7)));
        }
        let mut sequence = String::from("\u{1b}[0");
        for (on, number) in [(self.bold, 1), (self.underline, 4)] {
            if on {
                // Writing to a string does not fail.
                let _ = write!(sequence, ";{number}");
            }
        }
        for (colour, base) in [(front, 30), (back, 40)] {
            if let Some(colour) = colour {
                let _ = write!(sequence, ";{}", base + colour);
            }
        }
        sequence.push('m');
        sequence
    }
}

impl Frame {
    pub(super) fn new(lines: Vec<Vec<Cell>>, cursor: Option<(u16, u16)>) -> Self {
        Self { lines, cursor }
    }

    pub(super) fn lines(&self) -> &[Vec<Cell>] {
        &self.lines
    }

    pub(super) fn cursor(&self) -> Option<(u16, u16)> {
        self.cursor
    }

    /// Whether a message of at most `most` characters shows it as it is: letters as wide as the others, in its colours.
    pub(crate) fn is_text(&self, most: usize) -> bool {
        let drawn = |letter: char| matches!(letter, '\u{2190}'..='\u{21ff}' | '\u{2500}'..='\u{25ff}' | '\u{2800}'..='\u{28ff}');
        let text = self.lines.iter().flatten().all(|cell| !cell.wide && !cell.text.chars().any(drawn));
        text && self.ansi(usize::MAX).chars().count() <= most
    }

    /// Without colours; a program's own empty lines at the end are left out.
    pub(crate) fn plain(&self) -> String {
        let lines = self.lines.iter().map(|line| {
            let text: String = line.iter().map(|cell| cell.text.as_str()).collect();
            text.trim_end().to_owned()
        });
        lines.collect::<Vec<_>>().join("\n").trim_end_matches('\n').to_owned()
    }

    /// As a message shows it, with its colours and the cursor; without them where that would be more than `most` characters.
    pub(crate) fn ansi(&self, most: usize) -> String {
        let last = self.lines.iter().rposition(|line| used(line) > 0).map_or(0, |last| last + 1);
        let last = last.max(self.cursor.map_or(0, |(row, _)| usize::from(row) + 1)).min(self.lines.len());
        let lines = (0..last).map(|row| {
            let cursor = self.cursor.filter(|(at, _)| usize::from(*at) == row).map(|(_, column)| usize::from(column));
            drawn(&self.lines[row], cursor)
        });
        let drawn = lines.collect::<Vec<_>>().join("\n");
        if drawn.chars().count() <= most { drawn } else { self.plain() }
    }

    /// What a terminal must be told to show this, after it showed `before`.
    pub(crate) fn since(&self, before: &Self) -> String {
        let mut told = String::new();
        for (row, line) in self.lines.iter().enumerate() {
            if before.lines.get(row) != Some(line) {
                let _ = write!(told, "\u{1b}[{};1H\u{1b}[0m\u{1b}[2K{}", row + 1, drawn(line, None));
            }
        }
        if !told.is_empty() || self.cursor != before.cursor {
            let _ = match self.cursor {
                Some((row, column)) => write!(told, "\u{1b}[{};{}H\u{1b}[?25h", row + 1, column + 1),
                None => write!(told, "\u{1b}[?25l"),
            };
        }
        told
    }
}

/// How many cells of a line show anything.
fn used(line: &[Cell]) -> usize {
    let shows =
        |cell: &Cell| cell.text != " " || cell.style.back.is_some() || cell.style.inverse || cell.style.underline;
    line.iter().rposition(shows).map_or(0, |last| last + 1)
}

fn drawn(line: &[Cell], cursor: Option<usize>) -> String {
    let blank = Cell { text: " ".to_owned(), style: Style::default(), wide: false };
    let (mut drawn, mut style, mut place) = (String::new(), Style::default(), 0);
    let end = used(line).max(cursor.map_or(0, |cursor| (cursor + 1).min(line.len())));
    for cell in line.iter().chain(std::iter::repeat(&blank)).take(end) {
        let width = if cell.wide { 2 } else { 1 };
        let here = cursor.is_some_and(|cursor| (place..place + width).contains(&cursor));
        let wanted = Style { inverse: cell.style.inverse != here, ..cell.style };
        if wanted != style {
            drawn.push_str(&wanted.sequence());
            style = wanted;
        }
        drawn.push_str(&cell.text);
        place += width;
    }
    if style != Style::default() {
        drawn.push_str("\u{1b}[0m");
    }
    drawn
}

#[cfg(test)]
mod tests {
    use base::Redactor;

    use super::super::screen::Screen;

    #[test]
    fn colours_and_the_cursor_are_drawn_and_left_out_where_there_is_no_room() {
        let mut screen = Screen::new(20, 3);
        screen.print(b"\x1b[31mred\x1b[0m plain $ ");
        let frame = screen.frame(&Redactor::default());
        assert_eq!(frame.ansi(1_000), "\u{1b}[0;31mred\u{1b}[0m plain $ \u{1b}[0;30;47m \u{1b}[0m");
        assert_eq!(frame.ansi(20), "red plain $");
    }

    #[test]
    fn only_lines_that_changed_are_told() {
        let mut screen = Screen::new(20, 3);
        screen.print(b"one\r\ntwo\r\n");
        let before = screen.frame(&Redactor::default());
        screen.print(b"three");
        let told = screen.frame(&Redactor::default()).since(&before);
        assert_eq!(told, "\u{1b}[3;1H\u{1b}[0m\u{1b}[2Kthree\u{1b}[3;6H\u{1b}[?25h");
        let mut again = Screen::new(20, 3);
        again.print(before.since(&super::Frame::default()).as_bytes());
        again.print(told.as_bytes());
        assert_eq!(again.frame(&Redactor::default()), screen.frame(&Redactor::default()));
    }
}
