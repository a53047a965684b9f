//! Hours in which only what is critical pings, on the clocks of a time zone.

use base::{Error, Millis, Result, card::code};
use schedules::when::Zone;

const DAY: i64 = 24 * 60;

/// From one minute of the day to another; over midnight, where the one is later than the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quiet {
    /// The first minute.
    pub from: i64,
    /// The first that is not quiet any more.
    pub to: i64,
    /// Whose clocks.
    pub zone: Zone,
}

impl Quiet {
    /// When they end, where it is quiet at this moment.
    pub fn until(&self, at: Millis) -> Option<Millis> {
        let minute = self.zone.minute_of_day(at);
        let is_quiet = if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        };
        is_quiet.then(|| self.zone.next_at(at, self.to)).flatten()
    }
}

/// `22:00-07:00` as two minutes of the day.
pub(crate) fn hours(typed: &str) -> Result<(i64, i64)> {
    let wrong = || {
        Error::Invalid(format!(
            "{} are no hours. They are written as `22:00-07:00`, or `off`. Nothing was changed.",
            code(typed)
        ))
    };
    let (from, to) = typed.split_once(['-', '–']).ok_or_else(wrong)?;
    let hours = (minute(from).ok_or_else(wrong)?, minute(to).ok_or_else(wrong)?);
    if hours.0 == hours.1 { Err(wrong()) } else { Ok(hours) }
}

fn minute(text: &str) -> Option<i64> {
    let (hour, minute) = text.trim().split_once(':').unwrap_or((text.trim(), "00"));
    let number = |text: &str, most: i64| {
        let is_plain = (1..=2).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
        text.parse::<i64>().ok().filter(|number| is_plain && *number < most)
    };
    Some(number(hour, 24)? * 60 + number(minute, 60)?)
}

/// Two minutes of the day, as they are typed.
pub(crate) fn shown((from, to): (i64, i64)) -> String {
    let one = |minute: i64| format!("{:02}:{:02}", minute.rem_euclid(DAY) / 60, minute.rem_euclid(60));
    format!("{}–{}", one(from), one(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 21 November 2026, 00:00 UTC.
    const MIDNIGHT: i64 = 1_795_219_200_000;

    fn at(hour: i64, minute: i64) -> Millis {
        Millis(MIDNIGHT + (hour * 60 + minute) * 60_000)
    }

    #[test]
    fn quiet_hours_go_over_midnight_and_follow_the_clocks_of_their_zone() {
        let quiet = Quiet { from: 22 * 60, to: 7 * 60, zone: Zone::utc() };
        assert_eq!(quiet.until(at(21, 59)), None);
        assert_eq!(quiet.until(at(22, 0)), Some(at(31, 0)));
        assert_eq!(quiet.until(at(30, 59)), Some(at(31, 0)));
        assert_eq!(quiet.until(at(31, 0)), None);
        let rome = Quiet { zone: "Europe/Rome".parse().unwrap(), ..quiet };
        assert_eq!(rome.until(at(21, 0)), Some(at(30, 0)), "an hour before UTC in winter");
        let noon = Quiet { from: 12 * 60, to: 13 * 60, zone: Zone::utc() };
        assert_eq!((noon.until(at(11, 59)), noon.until(at(12, 30))), (None, Some(at(13, 0))));
    }

    #[test]
    fn hours_are_read_as_people_write_them() {
        for (typed, read) in [("22:00-07:00", (1_320, 420)), ("9-17:30", (540, 1_050)), (" 0:05 – 6 ", (5, 360))] {
            assert_eq!(hours(typed).unwrap(), read, "{typed}");
        }
        for typed in ["", "22:00", "25:00-07:00", "9:60-10", "9-9", "night", "-1-5", "1-2-3", "9-١٠"] {
            assert!(hours(typed).is_err(), "{typed}");
        }
        assert_eq!(shown((1_320, 425)), "22:00–07:05");
    }
}
