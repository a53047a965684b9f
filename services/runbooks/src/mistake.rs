//! What is wrong with a file, line by line, as whoever wrote it reads it.

use base::card::code;
pub(crate) use base::yaml::Wrong as Mistake;

/// More of them tell nobody more: the first ones are mended first.
const SHOWN: usize = 12;
/// Characters of a word that is not known.
const LONGEST: usize = 40;

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
    // A longer word is like none.
    let word: String = word.chars().take(LONGEST).collect();
    let far = |other: &str| strsim::levenshtein(&word.to_lowercase(), &other.to_lowercase());
    let near = known.iter().map(|other| (far(other), other)).min();
    match near {
        Some((far, other)) if far <= 1 + word.chars().count() / 4 => {
            format!("{} is not known here; did you mean {}?", code(&word), code(other))
        }
        _ => {
            let all: Vec<String> = known.iter().map(code).collect();
            format!("{} is not known here; there is {}", code(&word), all.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_word_is_told_with_the_one_that_was_meant() {
        assert!(unknown("onfailure", &["onFailure", "timeout"]).contains("did you mean `onFailure`?"));
        assert!(unknown("stpes", &["steps", "triggers"]).contains("did you mean `steps`?"));
        assert_eq!(unknown("colour", &["a", "b"]), "`colour` is not known here; there is `a`, `b`");
    }

    #[test]
    fn mistakes_come_in_the_order_of_their_lines() {
        let many = (0..20).rev().map(|line| Mistake::new(line, "x")).collect();
        let told = told(many);
        assert!(told.starts_with("line 0: x\nline 1: x") && told.ends_with("and 8 more"), "{told}");
    }
}
