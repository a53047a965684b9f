//! What a text or a number has to look like: the `format`s and `pattern`s of the file.

use crate::clock;
use serde_json::Value;

const SNOWFLAKE: &str = "^(0|[1-9][0-9]*)$";
const HEX_COLOR: &str = "^#(([0-9a-fA-F]{2}){3}|([0-9a-fA-F]){3})$";

pub(super) fn is_known(format: &str) -> bool {
    matches!(format, "int32" | "int64" | "double" | "date-time" | "uri" | "snowflake" | "nonce")
}

/// Two patterns are no reason for an engine of regular expressions.
pub(super) fn is_known_pattern(pattern: &str) -> bool {
    matches!(pattern, SNOWFLAKE | HEX_COLOR)
}

/// Whether a value has this format; those about another type than the value's say nothing about it.
pub(super) fn fits(format: &str, value: &Value) -> bool {
    match (format, value) {
        ("int32", Value::Number(number)) => number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        ("int64", Value::Number(number)) => number.as_i64().is_some(),
        ("date-time", Value::String(text)) => clock::parse(text).is_some(),
        ("uri", Value::String(text)) => is_uri(text),
        // What is no number fails by its pattern.
        ("snowflake", Value::String(text)) => !is_digits(text) || text.parse::<u64>().is_ok(),
        _ => true,
    }
}

pub(super) fn matches_pattern(pattern: &str, text: &str) -> bool {
    match pattern {
        SNOWFLAKE => text == "0" || (!text.starts_with('0') && is_digits(text)),
        _ => text.strip_prefix('#').is_some_and(|digits| {
            matches!(digits.len(), 3 | 6) && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        }),
    }
}

pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit())
}

/// A scheme and something after it, without spaces.
fn is_uri(text: &str) -> bool {
    let scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    };
    let (before, after) = text.split_once(':').unwrap_or_default();
    scheme(before) && !after.is_empty() && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::{HEX_COLOR, SNOWFLAKE, fits, matches_pattern};
    use serde_json::json;

    #[test]
    fn a_snowflake_is_digits_without_a_zero_in_front() {
        let is = |text: &str| matches_pattern(SNOWFLAKE, text) && fits("snowflake", &json!(text));
        assert_eq!(["0", "1", "175928847299117063"].map(is), [true; 3]);
        assert_eq!(["", "00", "01", "-1", "+1", "@me", "1e3", "99999999999999999999"].map(is), [false; 8]);
    }

    #[test]
    fn formats_hold_for_values_of_their_type() {
        assert!(
            fits("date-time", &json!("2026-08-06T10:20:30.123000+00:00")) && !fits("date-time", &json!("yesterday"))
        );
        assert!(fits("uri", &json!("attachment://a.png")) && fits("uri", &json!("https://e.example/?q=1")));
        assert!(
            !fits("uri", &json!("/avatars/1.png")) && !fits("uri", &json!("https://a b")) && !fits("uri", &json!(""))
        );
        assert!(fits("int32", &json!(-5)) && !fits("int32", &json!(1_u64 << 31)) && !fits("int64", &json!(u64::MAX)));
        assert!(fits("uri", &json!(5)) && fits("int32", &json!("5")) && fits("nonce", &json!("anything")));
    }

    #[test]
    fn a_colour_has_three_or_six_digits() {
        let is = |text: &str| matches_pattern(HEX_COLOR, text);
        assert_eq!(["#fff", "#00ffAA"].map(is), [true; 2]);
        assert_eq!(["fff", "#ffff", "#ggg", "#"].map(is), [false; 4]);
    }
}
