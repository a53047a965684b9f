//! What stands on a terminal's screen, without secrets.
//!
//! **Invariants:** a secret is masked cell by cell, also where it goes on in the next line, where colours change inside of it, and
//! where its beginning has just scrolled away. Memory is that of two screens, however much is printed.

use std::num::NonZeroU16;

use base::Redactor;
use vt100::{Color, Parser};

use super::{
    answers::Answers,
    frame::{Cell, Frame, Style},
};

/// What stands in the place of each letter of a secret.
const MASKED: char = '•';

/// A terminal's screen.
pub(crate) struct Screen {
    parser: Parser<Answers>,
    columns: NonZeroU16,
    rows: NonZeroU16,
}

impl Screen {
    /// An empty one.
    pub(crate) fn new(columns: u16, rows: u16) -> Self {
        let size = |cells: u16| NonZeroU16::new(cells).unwrap_or(NonZeroU16::MIN);
        let (columns, rows) = (size(columns), size(rows));
        // One screen above this one: a secret that scrolls away is recognised until nothing of it is left.
        let parser = Parser::new_with_callbacks(rows, columns, usize::from(rows.get()), Answers::default());
        Self { parser, columns, rows }
    }

    /// Takes what was printed.
    pub(crate) fn print(&mut self, bytes: &[u8]) {
        self.parser.process(bytes);
    }

    /// What is to be typed in answer to what was asked since the last time.
    pub(crate) fn answers(&mut self) -> Vec<u8> {
        self.parser.callbacks_mut().take()
    }

    /// Begins anew.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.columns.get(), self.rows.get());
    }

    /// Whether a program asked that arrows be sent as an application wants them.
    pub(crate) fn wants_application_keys(&self) -> bool {
        self.parser.screen().application_cursor()
    }

    /// Whether a program fills the screen, as editors and pagers do.
    pub(crate) fn is_filled(&self) -> bool {
        self.parser.screen().alternate_screen()
    }

    /// What stands there now.
    pub(crate) fn frame(&mut self, redactor: &Redactor) -> Frame {
        let screen = self.parser.screen_mut();
        screen.set_scrollback(usize::MAX);
        let above = screen.scrollback().min(usize::from(self.rows.get()));
        let mut lines: Vec<Line> = (0..u16::try_from(above).unwrap_or_default()).map(|row| line(screen, row)).collect();
        screen.set_scrollback(0);
        lines.extend((0..self.rows.get()).map(|row| line(screen, row)));
        mask(&mut lines, redactor);
        let cursor = (!screen.hide_cursor()).then(|| screen.cursor_position());
        let lines = lines.into_iter().skip(above).map(|line| line.cells).collect();
        Frame::new(lines, cursor)
    }
}

/// A row of cells, and whether its text goes on in the next.
struct Line {
    cells: Vec<Cell>,
    goes_on: bool,
}

fn line(screen: &vt100::Screen, row: u16) -> Line {
    let columns = screen.size().1.get();
    let mut cells = Vec::with_capacity(usize::from(columns));
    for column in 0..columns {
        let Some(cell) = screen.cell(row, column) else { break };
        if cell.is_wide_continuation() {
            continue;
        }
        let style = Style {
            bold: cell.bold(),
            underline: cell.underline(),
            front: colour(cell.fgcolor()),
            back: colour(cell.bgcolor()),
            inverse: cell.inverse(),
        };
        let text = if cell.has_contents() { cell.contents().to_owned() } else { " ".to_owned() };
        cells.push(Cell { text, style, wide: cell.is_wide() });
    }
    Line { cells, goes_on: screen.row_wrapped(row) }
}

/// The nearest of the eight colours that a message can show.
fn colour(colour: Color) -> Option<u8> {
    match colour {
        Color::Default => None,
        Color::Idx(index @ 0..=15) => Some(index % 8),
        Color::Idx(index @ 16..=231) => {
            let level = |at: u8| if (index - 16) / at % 6 >= 3 { 255 } else { 0 };
            Some(nearest(level(36), level(6), level(1)))
        }
        Color::Idx(grey) => Some(if grey >= 244 { 7 } else { 0 }),
        Color::Rgb(red, green, blue) => Some(nearest(red, green, blue)),
    }
}

fn nearest(red: u8, green: u8, blue: u8) -> u8 {
    let bit = |level: u8, bit: u8| if level >= 128 { bit } else { 0 };
    bit(red, 1) | bit(green, 2) | bit(blue, 4)
}

/// Masks what is a secret in the lines as they follow each other; a program that breaks lines by itself says nothing of it, so they
/// are also read as one.
fn mask(lines: &mut [Line], redactor: &Redactor) {
    let mut masked: Vec<(usize, usize)> = Vec::new();
    for breaks in [Breaks::Lines, Breaks::None] {
        let (text, stands) = read(lines, breaks);
        for place in redactor.places(&text) {
            let first = stands.partition_point(|(at, ..)| *at < place.start);
            // A secret may begin inside of a cell that holds more than one letter.
            let first = if stands.get(first).is_none_or(|(at, ..)| *at > place.start) {
                first.saturating_sub(1)
            } else {
                first
            };
            let inside = stands[first..].iter().take_while(|(at, ..)| *at < place.end);
            masked.extend(inside.map(|(_, row, cell)| (*row, *cell)));
        }
    }
    for (row, cell) in masked {
        let cell = &mut lines[row].cells[cell];
        cell.text = if cell.wide { [MASKED; 2].iter().collect() } else { MASKED.to_string() };
        cell.wide = false;
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Breaks {
    Lines,
    None,
}

/// Lines as one text, and for each of its cells where in the text and in the lines it stands.
fn read(lines: &[Line], breaks: Breaks) -> (String, Vec<(usize, usize, usize)>) {
    let (mut text, mut stands) = (String::new(), Vec::new());
    for (row, line) in lines.iter().enumerate() {
        let used = line.cells.iter().rposition(|cell| cell.text != " ").map_or(0, |last| last + 1);
        let used = if line.goes_on { line.cells.len() } else { used };
        for (column, cell) in line.cells[..used].iter().enumerate() {
            stands.push((text.len(), row, column));
            text.push_str(&cell.text);
        }
        if breaks == Breaks::Lines && !line.goes_on {
            text.push('\n');
        }
    }
    (text, stands)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(columns: u16, rows: u16, printed: &[u8]) -> String {
        let redactor = Redactor::default();
        redactor.learn("correct-horse-battery");
        let mut screen = Screen::new(columns, rows);
        screen.print(printed);
        screen.frame(&redactor).plain()
    }

    #[test]
    fn a_secret_is_masked_where_it_wraps_and_where_colours_change_inside_of_it() {
        assert_eq!(shown(40, 2, b"pw=correct-horse-battery;"), format!("pw={};", "•".repeat(21)));
        assert_eq!(shown(10, 4, b"pw=correct-horse-battery;"), "pw=•••••••\n••••••••••\n••••;");
        let coloured = b"pw=correct\x1b[31m-horse\x1b[0m-battery;";
        assert_eq!(shown(40, 2, coloured), format!("pw={};", "•".repeat(21)));
        // As an editor draws it: each line by itself.
        assert_eq!(shown(10, 3, b"correct-ho\x1b[2;1Hrse-batter\x1b[3;1Hy"), "••••••••••\n••••••••••\n•");
    }

    #[test]
    fn the_rest_of_a_secret_is_masked_when_its_beginning_has_scrolled_away() {
        assert_eq!(shown(10, 2, b"correct-horse-battery\r\nx"), "•\nx");
        assert_eq!(shown(10, 2, b"correct-horse-battery\r\nx\r\ny"), "x\ny");
    }

    #[test]
    fn a_line_is_overwritten_as_a_terminal_does_it_and_garbage_breaks_nothing() {
        assert_eq!(shown(20, 2, b"10%\r50%\r100%"), "100%");
        let garbage: Vec<u8> = (0..200_000_u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
        let shown = shown(80, 24, &garbage);
        assert!(shown.lines().count() <= 24 && shown.chars().all(|letter| letter == '\n' || !letter.is_control()));
    }

    #[test]
    fn every_colour_is_one_of_the_eight_a_message_can_show() {
        for index in 0..=255 {
            assert!(colour(Color::Idx(index)).unwrap() < 8, "{index}");
        }
        assert_eq!(
            (colour(Color::Rgb(250, 10, 20)), colour(Color::Idx(196)), colour(Color::Default)),
            (Some(1), Some(1), None)
        );
    }
}
