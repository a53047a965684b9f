//! Splits a message into pieces that Discord takes, at good places.
//!
//! **Invariants:** each piece can be read by itself: code that goes on is closed and opened again. No letter is lost, and none is torn
//! apart: what looks like one letter stays one.

use unicode_segmentation::UnicodeSegmentation;

use super::parts::{CLOSE, Part, open, parse};

/// Less room than this is none: a block of code and its language take some.
const LEAST: usize = 64;

/// The pieces of a text that [`super::inert`] made safe, each of at most `most` letters as Discord counts them at its strictest
/// (UTF-16); none where there is nothing to read.
pub fn pieces(text: &str, most: usize) -> Vec<String> {
    let mut splitting =
        Splitting { most: most.max(LEAST), pieces: Vec::new(), piece: String::new(), breaks: Vec::new() };
    for part in parse(text) {
        match part {
            Part::Text(text) | Part::Known(text) => splitting.text(&text),
            Part::Code(code) => splitting.code(&code),
            Part::Fence { language, body } => splitting.fence(&language, &body),
        }
    }
    splitting.end();
    splitting.pieces
}

/// How good a place is to split at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Break {
    Word,
    Sentence,
    Line,
    Paragraph,
}

struct Splitting {
    most: usize,
    pieces: Vec<String>,
    piece: String,
    /// Where the piece may be split.
    breaks: Vec<(usize, Break)>,
}

/// How long Discord may count it.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

impl Splitting {
    fn room(&self) -> usize {
        self.most.saturating_sub(length(&self.piece))
    }

    fn text(&mut self, text: &str) {
        let mut escaping = String::new();
        for word in text.split_word_bounds() {
            if word == "\\" {
                // What it takes the meaning from stays beside it.
                escaping.push_str(word);
                continue;
            }
            self.atom(&format!("{}{word}", std::mem::take(&mut escaping)));
            let kind = match word {
                "\n" if self.piece.ends_with("\n\n") => Break::Paragraph,
                _ if word.contains('\n') => Break::Line,
                _ if word.trim().is_empty() && self.piece.trim_end().ends_with(['.', '!', '?', ':', ';']) => {
                    Break::Sentence
                }
                _ if word.trim().is_empty() => Break::Word,
                _ => continue,
            };
            self.breaks.push((self.piece.len(), kind));
        }
        self.atom(&escaping);
    }

    fn code(&mut self, code: &str) {
        let whole = format!("`{code}`");
        if length(&whole) <= self.most {
            if self.piece.ends_with('`') && self.room() > length(&whole) {
                self.piece.push(' ');
            }
            self.atom(&whole);
            return;
        }
        for part in torn(code, self.most - 2) {
            self.split();
            self.piece = format!("`{part}`");
        }
    }

    /// Adds what is not to be torn apart where it fits a piece at all.
    fn atom(&mut self, atom: &str) {
        while length(atom) > self.room() && !self.piece.is_empty() {
            self.break_up();
        }
        if length(atom) <= self.room() {
            self.piece.push_str(atom);
            return;
        }
        for part in torn(atom, self.most) {
            self.split();
            self.piece = part;
        }
    }

    /// Makes room at the best place of the second half of the piece, or at its end.
    fn break_up(&mut self) {
        let half = self.piece.len() / 2;
        let best = self.breaks.iter().filter(|(at, _)| *at >= half).max_by_key(|(at, kind)| (*kind, *at)).copied();
        let at = best.or_else(|| self.breaks.last().copied()).map_or(self.piece.len(), |(at, _)| at);
        let rest = self.piece.split_off(at);
        let breaks: Vec<(usize, Break)> =
            self.breaks.iter().filter(|(one, _)| *one > at).map(|(one, kind)| (one - at, *kind)).collect();
        self.split();
        (self.piece, self.breaks) = (rest, breaks);
    }

    fn fence(&mut self, language: &str, body: &str) {
        let (begin, end) = (open(language), CLOSE);
        let whole = length(&begin) + length(body) + length(end) + 1;
        let first = length(body.lines().next().unwrap_or_default()).min(self.most / 2);
        // A block that fits a piece is not begun where it does not, nor any at the very end of one.
        if whole > self.room()
            && (whole <= self.most && self.room() < self.most / 2 || self.room() < first + self.most / 4)
        {
            self.split();
        }
        let mut block = self.begin(&begin);
        let mut is_first = true;
        for line in body.split('\n') {
            let room = self.most - length(&begin) - length(end) - 1;
            for part in torn(line, room) {
                let apart = if is_first { "" } else { "\n" };
                if length(apart) + length(&part) + length(end) <= self.room() {
                    self.piece.push_str(apart);
                } else {
                    self.close(block);
                    self.split();
                    block = self.begin(&begin);
                }
                self.piece.push_str(&part);
                is_first = false;
            }
        }
        self.close(block);
        self.breaks = vec![(self.piece.len(), Break::Paragraph)];
    }

    /// Opens a block; the answer is where it begins, and where what it holds does.
    fn begin(&mut self, begin: &str) -> (usize, usize) {
        if !self.piece.is_empty() && !self.piece.ends_with('\n') {
            self.piece.push('\n');
        }
        let at = self.piece.len();
        self.piece.push_str(begin);
        (at, self.piece.len())
    }

    /// Closes it. One that shows nothing would be none, and what follows would be taken for it.
    fn close(&mut self, (begin, inside): (usize, usize)) {
        if self.piece[inside..].trim().is_empty() {
            self.piece.truncate(begin);
        } else {
            self.piece.push_str(CLOSE);
        }
    }

    fn split(&mut self) {
        let piece = std::mem::take(&mut self.piece);
        self.breaks.clear();
        // Discord takes none that shows nothing, and cuts blank ends off by itself.
        let piece = piece.trim_matches('\n').trim_end();
        if !piece.trim().is_empty() {
            self.pieces.push(piece.to_owned());
        }
    }

    fn end(&mut self) {
        self.split();
    }
}

/// A text in parts of at most so many letters, torn between what looks like one; a letter that is longer than that is torn as well.
fn torn(text: &str, most: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut left = most;
    let mut add = |text: &str| {
        let length = length(text);
        if length > left {
            parts.push(String::new());
            left = most;
        }
        left -= length;
        if let Some(part) = parts.last_mut() {
            part.push_str(text);
        }
    };
    for grapheme in text.graphemes(true) {
        if length(grapheme) <= most {
            add(grapheme);
        } else {
            grapheme.chars().for_each(|letter| add(letter.encode_utf8(&mut [0; 4])));
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{inert, reader, tests::hostile},
        *,
    };

    #[test]
    fn a_message_is_split_between_paragraphs_and_code_is_opened_again() {
        let lines: Vec<String> = (0..12).map(|at| format!("echo {at}")).collect();
        let text =
            format!("First.\n\nSecond is a longer one. It has sentences.\n```sh\n{}\n```\nThe end.", lines.join("\n"));
        insta::assert_snapshot!(pieces(&text, 64).join("\n-----\n"), @r"
        First.

        Second is a longer one. It has sentences.
        -----
        ```sh
        echo 0
        echo 1
        echo 2
        echo 3
        echo 4
        echo 5
        echo 6
        ```
        -----
        ```sh
        echo 7
        echo 8
        echo 9
        echo 10
        echo 11
        ```
        The end.
        ");
    }

    #[test]
    fn nothing_to_read_is_no_piece_and_a_short_text_is_one() {
        assert!(pieces("", 100).is_empty() && pieces(" \n\n ", 100).is_empty());
        assert_eq!(pieces("Hello `web`.", 100), ["Hello `web`."]);
    }

    #[test]
    fn what_looks_like_one_letter_stays_one() {
        for piece in pieces(&"👩‍🔧".repeat(100), 64) {
            assert!(piece.replace("👩‍🔧", "").is_empty(), "{piece}");
        }
        let tall = format!("a{}", "\u{301}".repeat(500));
        assert!(pieces(&tall, 64).iter().all(|piece| length(piece) <= 64), "unless it is taller than a piece");
    }

    /// All that is read in a text: without what opens and closes code, and without blanks.
    fn read(text: &str) -> String {
        text.chars().filter(|letter| !letter.is_whitespace() && *letter != '`').collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn pieces_fit_carry_the_whole_text_and_are_safe_each_by_itself(
            texts in proptest::collection::vec(prop_oneof![hostile(), "[a-z .\\n]{0,200}", "\\PC{0,80}"], 0..6), most in 64_usize..200
        ) {
            let text = inert(&texts.concat(), |_| false);
            let pieces = pieces(&text, most);
            for piece in &pieces {
                prop_assert!(length(piece) <= most && !piece.trim().is_empty(), "{:?}", piece);
                prop_assert_eq!(piece.matches("```").count() % 2, 0, "{:?} of {:?}", piece, text);
                prop_assert!(reader::followed(piece).is_empty(), "{:?} of {:?}", piece, text);
            }
            // A language stands at each opening again.
            let languages = |text: &str| parse(text).into_iter().map(|part| match part {
                Part::Text(text) | Part::Known(text) | Part::Code(text) | Part::Fence { body: text, .. } => read(&text),
            }).collect::<String>();
            prop_assert_eq!(pieces.iter().map(|piece| languages(piece)).collect::<String>(), languages(&text));
        }
    }
}
