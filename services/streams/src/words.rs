//! What is typed and what is said, as text.

use std::time::Duration;

use base::{Error, Result, card::code};
use schedules::when;
use store::streams::{Filters, Settings};

/// What an announcement may say on top.
pub(crate) const TEMPLATE: usize = 500;
/// Words of one filter, and letters of one of them.
const FILTERS: usize = 25;
const FILTER: usize = 100;
/// No cooldown is longer.
const COOLDOWN: Duration = Duration::from_hours(7 * 24);

/// A guild that said nothing yet.
pub fn at_first() -> Settings {
    Settings {
        channel: None,
        told_from: None,
        mention: None,
        mention_given: true,
        live_role: None,
        template: String::new(),
        cooldown: Duration::ZERO,
        quiet: None,
        zone: "UTC".to_owned(),
        filters: Filters::default(),
        members_own: false,
        members_role: None,
    }
}

/// What comes from outside, as text that can neither mention nor format nor link.
pub(crate) fn plain(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown: String = line.chars().filter(|letter| !base::card::is_hidden(*letter)).take(most).collect();
    if line.chars().count() > most {
        shown.push('…');
    }
    let mut escaped = String::with_capacity(shown.len());
    for letter in shown.chars() {
        if letter.is_ascii_punctuation() && !matches!(letter, '.' | ',' | '\'' | '!' | '?' | '&' | '%' | ';' | '"') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// Words with commas between them; none of them where it says `none`.
pub(crate) fn list(typed: &str) -> Result<Vec<String>> {
    if is_none(typed) {
        return Ok(Vec::new());
    }
    let all: Vec<String> = typed
        .split(',')
        .map(|one| one.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|one| !one.is_empty())
        .collect();
    if all.len() > FILTERS || all.iter().any(|one| one.chars().count() > FILTER) {
        return Err(Error::Invalid(format!(
            "At most {FILTERS} of {FILTER} characters each fit there, with commas between them. Nothing was changed."
        )));
    }
    Ok(all)
}

/// Hours as `22:00-07:00`; none where it says `none`.
pub(crate) fn hours(typed: &str) -> Result<Option<(i64, i64)>> {
    if is_none(typed) {
        return Ok(None);
    }
    let wrong = || {
        Error::Invalid(format!(
            "{} are no hours. They are written as `22:00-07:00`, or `none`. Nothing was changed.",
            code(typed)
        ))
    };
    base::hours::read(typed).map(Some).ok_or_else(wrong)
}

/// A cooldown; nothing where it says `none`.
pub(crate) fn cooldown(typed: &str) -> Result<Duration> {
    if is_none(typed) {
        return Ok(Duration::ZERO);
    }
    let span = Duration::from_millis(u64::try_from(when::span(typed)?).unwrap_or_default());
    if span <= COOLDOWN {
        return Ok(span);
    }
    Err(Error::Invalid("A cooldown is 7 days at most, or `none`. Nothing was changed.".to_owned()))
}

pub(crate) fn is_none(typed: &str) -> bool {
    ["none", "never", "off", "0"].contains(&typed.trim().to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_neither_mentions_nor_formats() {
        for (text, shown) in [
            ("@everyone **free** <@123>", r"\@everyone \*\*free\*\* \<\@123\>"),
            ("https://evil.example/a", r"https\:\/\/evil.example\/a"),
            ("a\n\n> b\u{202e}", r"a \> b"),
            ("It's 100 %, really!", "It's 100 %, really!"),
        ] {
            assert_eq!(plain(text, 100), shown, "{text}");
        }
        assert_eq!(plain("abcdef", 3), "abc…");
    }

    #[test]
    fn hours_and_lists_are_read_as_people_write_them() {
        assert_eq!(hours("22:00-07:00").unwrap(), Some((1_320, 420)));
        assert_eq!(hours("none").unwrap(), None);
        assert!(hours("9-9").is_err() && hours("25:00-1").is_err());
        assert_eq!(list(" Chess ,, Just  Chatting ").unwrap(), ["Chess", "Just Chatting"]);
        assert!(list("none").unwrap().is_empty());
    }
}
