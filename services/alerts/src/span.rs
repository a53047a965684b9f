//! Spans of time as people type them: `30s`, `5m`, `2h`, `1d`.

use std::time::Duration;

use base::{Error, Result};

const DAY: u64 = 24 * 60 * 60;

/// Reads a span of at most a day.
pub(crate) fn read(typed: &str) -> Result<Duration> {
    let text = typed.trim().to_lowercase();
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 60 * 60,
        Some('d') => DAY,
        _ => 0,
    };
    let number = text.get(..text.len().saturating_sub(1)).filter(|number| number.bytes().all(|b| b.is_ascii_digit()));
    let seconds = number.and_then(|number| number.parse::<u32>().ok()).map(|number| u64::from(number) * unit);
    match seconds {
        Some(seconds) if unit > 0 && seconds <= DAY => Ok(Duration::from_secs(seconds)),
        _ => Err(Error::Invalid(
            "A span is a number with `s`, `m`, `h` or `d`, such as `30s` or `5m`, of at most a day. Nothing was changed."
                .to_owned(),
        )),
    }
}

/// `30 s`, `5 min`, `2 h`, `1 d`; `90 s` where it is not whole.
pub(crate) fn words(span: Duration) -> String {
    match span.as_secs() {
        seconds if seconds > 0 && seconds % DAY == 0 => format!("{} d", seconds / DAY),
        seconds if seconds > 0 && seconds % 3_600 == 0 => format!("{} h", seconds / 3_600),
        seconds if seconds > 0 && seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

/// In milliseconds, as rows keep it.
pub(crate) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// Out of a row.
pub(crate) fn of_millis(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_and_a_unit_up_to_a_day() {
        for (typed, said) in
            [("30s", "30 s"), (" 5M", "5 min"), ("90s", "90 s"), ("2h", "2 h"), ("24h", "1 d"), ("0s", "0 s")]
        {
            assert_eq!(words(read(typed).unwrap()), said, "{typed}");
        }
        for typed in ["", "5", "m", "-1m", "+1m", "1.5h", "25h", "2d", "é", "99999999999s"] {
            assert!(read(typed).is_err(), "{typed}");
        }
    }
}
