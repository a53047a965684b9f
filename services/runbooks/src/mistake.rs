//! What is wrong with a file, line by line, as whoever wrote it reads it.

use base::card::code;
use serde::Serialize;

/// More of them tell nobody more: the first ones are mended first.
const SHOWN: usize = 12;

/// Something that cannot stay as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub text: String,
}

impl Mistake {
    pub(crate) fn new(line: usize, text: impl Into<String>) -> Self {
        Self { line, text: text.into() }
    }
}

/// All mistakes as one text, in the order of their lines.
pub fn told(mut mistakes: Vec<Mistake>) -> String {
    mistakes.sort_by_key(|mistake| mistake.line);
    let mut lines: Vec<String> =
        mistakes.iter().take(SHOWN).map(|mistake| format!("line {}: {}", mistake.line, mistake.text)).collect();
    if mistakes.len() > SHOWN {
        lines.push(format!("and {} more", mistakes.len() - SHOWN));
    }
    lines.join("\n")
}

/// "`stpes` is not known here; did you mean `steps`?", or what there is.
pub(crate) fn unknown(word: &str, known: &[&str]) -> String {
    let near = known.iter().map(|other| (distance(&word.to_lowercase(), &other.to_lowercase()), other)).min();
    match near {
        Some((far, other)) if far <= 1 + word.chars().count() / 4 => {
            format!("{} is not known here; did you mean {}?", code(word), code(other))
        }
        _ => {
            let all: Vec<String> = known.iter().map(code).collect();
            format!("{} is not known here; there is {}", code(word), all.join(", "))
        }
    }
}

/// How many letters differ (Levenshtein). Words are short: a longer one is like none.
fn distance(one: &str, other: &str) -> usize {
    const LONGEST: usize = 40;
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len() > LONGEST || other.len() > LONGEST {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, letter) in one.iter().enumerate() {
        let mut before = std::mem::replace(&mut row[0], i + 1);
        for (j, wanted) in other.iter().enumerate() {
            let cost = before + usize::from(letter != wanted);
            before = row[j + 1];
            row[j + 1] = cost.min(before + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_word_is_told_with_the_one_that_was_meant() {
        assert!(unknown("onfailure", &["onFailure", "timeout"]).contains("did you mean `onFailure`?"));
        assert!(unknown("stpes", &["steps", "triggers"]).contains("did you mean `steps`?"));
        assert_eq!(unknown("colour", &["a", "b"]), "`colour` is not known here; there is `a`, `b`");
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn mistakes_come_in_the_order_of_their_lines() {
        let many = (0..20).rev().map(|line| Mistake::new(line, "x")).collect();
        let told = told(many);
        assert!(told.starts_with("line 0: x\nline 1: x") && told.ends_with("and 8 more"), "{told}");
    }
}
