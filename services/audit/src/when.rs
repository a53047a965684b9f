//! Moments and spans as people type them, and moments as files hold them. In UTC: a guild's people live everywhere.

use std::time::Duration;

use base::{Error, Millis, Result};

const DAY: i64 = 24 * 60 * 60 * 1000;
/// A year of four digits is between these.
const YEARS: std::ops::RangeInclusive<i64> = 1970..=9999;

/// A moment: `2026-11-21` or `2026-11-21 14:30`, also with a `T` between, seconds and a `Z`.
pub(crate) struct Moment {
    pub(crate) at: Millis,
    /// Only a day was named.
    pub(crate) whole_day: bool,
}

pub(crate) fn moment(text: &str) -> Result<Moment> {
    read(text.trim()).ok_or_else(|| {
        Error::Invalid(
            "A time is `2026-11-21` or `2026-11-21 14:30`, in UTC. For the last while, use `within`.".to_owned(),
        )
    })
}

fn read(text: &str) -> Option<Moment> {
    let (day, time) = match text.split_once([' ', 'T']) {
        Some((day, time)) => (day, Some(time.trim_end_matches('Z'))),
        None => (text, None),
    };
    let [year, month, day] = numbers(day, '-')?;
    let fits = YEARS.contains(&year) && (1..=12).contains(&month) && (1..=length(year, month)).contains(&day);
    let days = fits.then(|| days_before(year, month) + day - 1)?;
    let time_of_day = match time {
        None => 0,
        Some(time) => {
            let with_seconds = if time.matches(':').count() == 1 { format!("{time}:0") } else { time.to_owned() };
            let [hour, minute, second] = numbers(&with_seconds, ':')?;
            let fits = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
            fits.then_some(((hour * 60 + minute) * 60 + second) * 1000)?
        }
    };
    Some(Moment { at: Millis(days * DAY + time_of_day), whole_day: time.is_none() })
}

/// Three numbers of digits alone.
fn numbers(text: &str, between: char) -> Option<[i64; 3]> {
    let number = |part: &str| {
        let plain = (1..=4).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_digit());
        plain.then(|| part.parse().ok())?
    };
    let parts: Option<Vec<i64>> = text.split(between).map(number).collect();
    parts?.try_into().ok()
}

/// A span: `90m`, `24h`, `7d`, `2w`.
pub(crate) fn span(text: &str) -> Result<Duration> {
    let text = text.trim().to_lowercase();
    let unit = match text.chars().last() {
        Some('m') => 60,
        Some('h') => 60 * 60,
        Some('d') => 24 * 60 * 60,
        Some('w') => 7 * 24 * 60 * 60,
        _ => 0,
    };
    let number = text.get(..text.len().saturating_sub(1)).and_then(|number| number.parse::<u32>().ok());
    match number {
        Some(number @ 1..) if unit > 0 => Ok(Duration::from_secs(u64::from(number) * unit)),
        _ => Err(Error::Invalid("A span is a number with `m`, `h`, `d` or `w`, such as `24h` or `7d`.".to_owned())),
    }
}

/// `2026-11-21T14:30:05.123Z`.
pub(crate) fn exact(at: Millis) -> String {
    let (days, rest) = (at.0.div_euclid(DAY), at.0.rem_euclid(DAY));
    let mut year = 1970 + days / 366;
    while days_before(year + 1, 1) <= days {
        year += 1;
    }
    let month = (1..12).find(|month| days_before(year, month + 1) > days).unwrap_or(12);
    let day = days - days_before(year, month) + 1;
    let (seconds, millis) = (rest / 1000, rest % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Days from 1970 to the first of a month.
fn days_before(year: i64, month: i64) -> i64 {
    let before = year - 1;
    let leaps = |year: i64| year / 4 - year / 100 + year / 400;
    let years = (year - 1970) * 365 + leaps(before) - leaps(1969);
    years + (1..month).map(|month| length(year, month)).sum::<i64>()
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_it_is_written() {
        for (typed, millis, whole_day) in [
            ("1970-01-01", 0, true),
            ("2026-11-21", 1_795_219_200_000, true),
            (" 2026-11-21 14:30 ", 1_795_271_400_000, false),
            ("2026-11-21T14:30:05Z", 1_795_271_405_000, false),
            ("2000-02-29", 951_782_400_000, true),
        ] {
            let moment = moment(typed).unwrap();
            assert_eq!((moment.at, moment.whole_day), (Millis(millis), whole_day), "{typed}");
        }
        assert_eq!(exact(Millis(1_795_271_405_123)), "2026-11-21T14:30:05.123Z");
        for day in ["1970-01-01", "1999-12-31", "2000-02-29", "2000-03-01", "2024-12-31", "2100-02-28", "9999-12-31"] {
            assert!(exact(moment(day).unwrap().at).starts_with(day), "{day}");
        }
    }

    #[test]
    fn what_is_no_moment_is_answered_with_how_one_looks() {
        for typed in [
            "",
            "yesterday",
            "2026-13-01",
            "2026-02-29",
            "2026-11",
            "21.11.2026",
            "2026-11-21 25:00",
            "2026-+1-21",
            "99999-01-01",
        ] {
            assert!(moment(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_span_is_a_number_and_a_unit() {
        assert_eq!(span("90m").unwrap(), Duration::from_mins(90));
        assert_eq!(span("24H").unwrap(), Duration::from_hours(24));
        assert_eq!(span(" 2w").unwrap(), Duration::from_hours(14 * 24));
        for typed in ["", "h", "0h", "-1h", "1.5h", "24", "7 days", "é", "99999999999d"] {
            assert!(span(typed).is_err(), "{typed}");
        }
    }
}
