//! A map of the file, read key by key: what is there twice, missing, unknown or of another kind is a mistake with its line.

use std::time::Duration;

use base::card::code;

use crate::{
    mistake::{Mistake, unknown},
    template::Template,
    yaml::{Key, Node, Value},
};

/// The longest text of any kind that a file may hold, in characters.
const LONGEST: usize = 2_000;

/// A map, and the mistakes found in it so far.
pub(crate) struct Fields<'a, 'm> {
    line: usize,
    entries: Vec<(&'a Key, &'a Node)>,
    known: &'static [&'static str],
    mistakes: &'m mut Vec<Mistake>,
}

impl<'a, 'm> Fields<'a, 'm> {
    /// Reads a map with these keys; what else is in it is a mistake.
    pub(crate) fn of(
        node: &'a Node,
        known: &'static [&'static str],
        what: &str,
        mistakes: &'m mut Vec<Mistake>,
    ) -> Self {
        let mut entries = Vec::new();
        match &node.value {
            Value::Map(all) => {
                for (key, value) in all {
                    if known.contains(&key.name.as_str()) {
                        entries.push((key, value));
                    } else {
                        mistakes.push(Mistake::new(key.line, unknown(&key.name, known)));
                    }
                }
            }
            Value::Empty => {}
            _ => mistakes.push(Mistake::new(node.line, format!("{what} is written as `key: value` lines"))),
        }
        Self { line: node.line, entries, known, mistakes }
    }

    /// Where it begins.
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    /// Notes that something is wrong with a key.
    pub(crate) fn wrong(&mut self, key: &str, why: impl Into<String>) {
        let line = self.entry(key).map_or(self.line, |(key, _)| key.line);
        self.mistakes.push(Mistake::new(line, why));
    }

    /// A value that is there and not empty.
    pub(crate) fn node(&self, key: &str) -> Option<&'a Node> {
        debug_assert!(self.known.contains(&key), "{key} is not on the list of this map");
        self.entry(key).map(|(_, node)| node).filter(|node| node.value != Value::Empty)
    }

    /// A text; none where there is none.
    pub(crate) fn text(&mut self, key: &str) -> Option<String> {
        let node = self.node(key)?;
        let why = match &node.value {
            Value::Text(text) if text.chars().count() <= LONGEST => return Some(text.trim().to_owned()),
            Value::Text(_) => format!("{} has more than {LONGEST} characters", code(key)),
            _ => format!("{} is one text, not a list or a map", code(key)),
        };
        self.mistakes.push(Mistake::new(node.line, why));
        None
    }

    /// A text that must be there.
    pub(crate) fn needed(&mut self, key: &str) -> String {
        if self.node(key).is_none() {
            self.wrong(key, format!("{} is missing", code(key)));
            return String::new();
        }
        self.text(key).unwrap_or_default()
    }

    /// One of these words; none where there is none.
    pub(crate) fn word(&mut self, key: &str, known: &[&str]) -> Option<String> {
        let word = self.text(key)?;
        if known.contains(&word.as_str()) {
            return Some(word);
        }
        let near = known.iter().find(|other| other.eq_ignore_ascii_case(&word));
        if let Some(near) = near {
            return Some((*near).to_owned());
        }
        self.wrong(key, unknown(&word, known));
        None
    }

    /// A whole number within these; none where there is none.
    pub(crate) fn number(&mut self, key: &str, least: u64, most: u64) -> Option<u64> {
        let text = self.text(key)?;
        match text.parse::<u64>() {
            Ok(number) if (least..=most).contains(&number) => Some(number),
            _ => {
                self.wrong(
                    key,
                    format!("{} is a whole number from {least} to {most}, and {} is none", code(key), code(&text)),
                );
                None
            }
        }
    }

    /// A span of time: seconds, or `90s`, `5m`, `2h`.
    pub(crate) fn span(&mut self, key: &str, most: Duration) -> Option<Duration> {
        let text = self.text(key)?;
        let (digits, unit) = text.split_at(text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len()));
        let seconds = match unit.trim() {
            "" | "s" => Some(1),
            "m" | "min" => Some(60),
            "h" => Some(3_600),
            _ => None,
        };
        let span = digits.parse::<u64>().ok().zip(seconds).and_then(|(digits, unit)| digits.checked_mul(unit));
        match span.map(Duration::from_secs) {
            Some(span) if !span.is_zero() && span <= most => return Some(span),
            Some(span) if unit.is_empty() && span > most => {
                let meant = digits.parse::<u64>().map_or(0, |digits| digits / 1_000);
                self.wrong(
                    key,
                    format!(
                        "{} is in seconds, at most {}; if it was milliseconds, write `{meant}`",
                        code(key),
                        most.as_secs()
                    ),
                );
            }
            _ => self.wrong(
                key,
                format!(
                    "{} is a span such as `30s`, `5m` or `2h`, at most {} s; {} is none",
                    code(key),
                    most.as_secs(),
                    code(&text)
                ),
            ),
        }
        None
    }

    /// Text with variables that nothing runs.
    pub(crate) fn template(&mut self, key: &str) -> Option<Template> {
        let text = self.text(key)?;
        self.read(key, Template::read(&text))
    }

    /// A command line with variables.
    pub(crate) fn command(&mut self, key: &str) -> Option<Template> {
        let text = self.text(key)?;
        self.read(key, Template::line(&text))
    }

    /// What was read of a key's text, or the mistake in it.
    pub(crate) fn read<T>(&mut self, key: &str, read: Result<T, String>) -> Option<T> {
        read.map_err(|why| self.wrong(key, why)).ok()
    }

    fn entry(&self, key: &str) -> Option<(&'a Key, &'a Node)> {
        self.entries.iter().find(|(known, _)| known.name == key).copied()
    }
}
