//! Hours in which a category is open, on the clocks of a time zone.

use base::{Error, Millis, Result, card::code};
use schedules::when::Zone;

const DAY: i64 = 24 * 60;

/// When it opens next, where it is closed at this moment.
pub(crate) fn opens((from, to): (i64, i64), zone: &Zone, at: Millis) -> Option<Millis> {
    let minute = zone.minute_of_day(at);
    let is_open = if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to };
    if is_open { None } else { zone.next_at(at, from) }
}

/// `9:00-17:30` as two minutes of the day.
pub(crate) fn read(typed: &str) -> Result<(i64, i64)> {
    let wrong = || {
        Error::Invalid(format!(
            "{} are no hours. They are written as `9:00-17:30`, or `always`. Nothing was changed.",
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
    fn a_category_is_closed_outside_its_hours_and_says_when_it_opens() {
        let day = (9 * 60, 17 * 60 + 30);
        assert_eq!(opens(day, &Zone::utc(), at(8, 59)), Some(at(9, 0)));
        assert_eq!(opens(day, &Zone::utc(), at(9, 0)), None);
        assert_eq!(opens(day, &Zone::utc(), at(17, 30)), Some(at(33, 0)));
        assert_eq!(opens(day, &"Europe/Rome".parse().unwrap(), at(8, 0)), None, "an hour before UTC in winter");
        let night = (22 * 60, 6 * 60);
        assert_eq!((opens(night, &Zone::utc(), at(23, 0)), opens(night, &Zone::utc(), at(5, 59))), (None, None));
        assert_eq!(opens(night, &Zone::utc(), at(6, 0)), Some(at(22, 0)));
    }

    #[test]
    fn hours_are_read_as_people_write_them() {
        for (typed, hours) in [("22:00-07:00", (1_320, 420)), ("9-17:30", (540, 1_050)), (" 0:05 – 6 ", (5, 360))] {
            assert_eq!(read(typed).unwrap(), hours, "{typed}");
        }
        for typed in ["", "22:00", "25:00-07:00", "9:60-10", "9-9", "night", "-1-5", "1-2-3"] {
            assert!(read(typed).is_err(), "{typed}");
        }
        assert_eq!(shown((540, 1_055)), "09:00–17:35");
    }
}
