//! Hours in which a category is open, on the clocks of a time zone.

use base::{Error, Millis, Result, card::code};
use schedules::when::Zone;

/// When it opens next, where it is closed at this moment.
pub(crate) fn opens(hours: (i64, i64), zone: &Zone, at: Millis) -> Option<Millis> {
    let is_open = base::hours::hold(hours, zone.minute_of_day(at));
    if is_open { None } else { zone.next_at(at, hours.0) }
}

/// `9:00-17:30` as two minutes of the day.
pub(crate) fn read(typed: &str) -> Result<(i64, i64)> {
    base::hours::read(typed).ok_or_else(|| {
        Error::Invalid(format!(
            "{} are no hours. They are written as `9:00-17:30`, or `always`. Nothing was changed.",
            code(typed)
        ))
    })
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
}
