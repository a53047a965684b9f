//! What a field of a registry can hold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::mistake::quoted;

/// The longest value, in characters; what a form takes and a card shows.
const LONGEST: usize = 1_000;

/// A field's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Any text.
    String,
    /// A number.
    Number,
    /// A day, as `2026-11-21`.
    Date,
    /// Yes or no.
    Boolean,
    /// An address on the web.
    Url,
}

impl Kind {
    /// Every type, as files write them.
    pub(crate) const ALL: [(&'static str, Self); 5] = [
        ("string", Self::String),
        ("number", Self::Number),
        ("date", Self::Date),
        ("boolean", Self::Boolean),
        ("url", Self::Url),
    ];

    /// The type of this word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(word.trim())).map(|(_, kind)| kind)
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, kind)| *kind == self).map_or("string", |(word, _)| word)
    }

    /// An example of it, for a form's field.
    pub fn example(self) -> &'static str {
        match self {
            Self::String => "text",
            Self::Number => "a number, such as 12 or 0.5",
            Self::Date => "a date, such as 2026-11-21",
            Self::Boolean => "yes or no",
            Self::Url => "an address, such as https://example.org",
        }
    }

    /// What was written, as it is kept; or why it is no such thing.
    pub(crate) fn read(self, text: &str) -> Result<String, String> {
        let text = text.trim();
        if text.chars().count() > LONGEST {
            return Err(format!("it has more than {LONGEST} characters"));
        }
        let fits = match self {
            Self::String => true,
            Self::Number => is_number(text),
            Self::Date => is_day(text),
            Self::Url => is_address(text),
            Self::Boolean => {
                return match text.to_lowercase().as_str() {
                    "yes" | "true" | "on" | "y" => Ok("yes".to_owned()),
                    "no" | "false" | "off" | "n" => Ok("no".to_owned()),
                    _ => Err(format!("{} is neither yes nor no", quoted(text))),
                };
            }
        };
        if fits { Ok(text.to_owned()) } else { Err(format!("{} is not {}", quoted(text), self.example())) }
    }
}

fn is_number(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_digit() || "+-.eE".contains(letter))
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Year, month and day, as the calendar has them.
fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return false;
    }
    let number = |text: &str| text.parse::<u32>().unwrap_or_default();
    let (year, month, day) = (number(year), number(month), number(day));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=last).contains(&day)
}

/// A page that a browser opens; a password in it would be read by everybody.
fn is_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    }) && !text.chars().any(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_takes_what_it_says_and_nothing_else() {
        for (kind, good) in [
            (Kind::String, "anything at all"),
            (Kind::Number, "-12.5"),
            (Kind::Date, "2024-02-29"),
            (Kind::Url, "https://shop.example/a?b=c"),
        ] {
            assert_eq!(kind.read(&format!(" {good} ")), Ok(good.to_owned()));
        }
        for (word, kept) in [("yes", "yes"), ("TRUE", "yes"), ("off", "no"), ("false", "no")] {
            assert_eq!(Kind::Boolean.read(word), Ok(kept.to_owned()));
        }
        for (kind, bad) in [
            (Kind::Number, "twelve"),
            (Kind::Number, "NaN"),
            (Kind::Number, "inf"),
            (Kind::Number, "1e999"),
            (Kind::Date, "21.11.2026"),
            (Kind::Date, "2026-02-29"),
            (Kind::Date, "2026-13-01"),
            (Kind::Date, "2026-1-1"),
            (Kind::Boolean, "maybe"),
            (Kind::Url, "shop.example"),
            (Kind::Url, "file:///etc/passwd"),
            (Kind::Url, "https://ann:secret@shop.example"),
            (Kind::Url, "javascript:alert(1)"),
        ] {
            assert!(kind.read(bad).is_err(), "{kind:?} {bad}");
        }
        assert_eq!(Kind::Date.read("soon").unwrap_err(), "`soon` is not a date, such as 2026-11-21");
        assert!(Kind::String.read(&"x".repeat(1_001)).is_err());
    }
}
