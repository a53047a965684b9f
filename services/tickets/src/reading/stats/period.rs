//! The days that are counted, as they are asked for. Pure.

use base::{Error, Millis, Result, card::code};

pub(super) const DAY: i64 = 24 * 3_600_000;
/// Unless told.
const DAYS: u32 = 30;
/// And at most.
const MOST: i64 = 365;

/// Some days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) from: Millis,
    pub(super) until: Millis,
    pub(super) days: u32,
}

impl Period {
    /// So many days, the last of them today; or from a day on, until now or for so many.
    pub(super) fn read(days: Option<u32>, from: Option<&str>, now: Millis) -> Result<Self> {
        let most = u32::try_from(MOST).unwrap_or(u32::MAX);
        let span = |days: u32| i64::from(days) * DAY;
        let Some(typed) = from else {
            let days = days.unwrap_or(DAYS).clamp(1, most);
            return Ok(Self { from: Millis(now.0 - span(days)), until: Millis(now.0 + 1), days });
        };
        let from = day(typed).filter(|from| *from <= now.0 && *from > now.0 - 10 * MOST * DAY).ok_or_else(|| {
            Error::Invalid(format!("{} is no day that has been: one is written as `2026-11-01`.", code(typed)))
        })?;
        let left = u32::try_from((now.0 - from).div_euclid(DAY) + 1).unwrap_or(most);
        let days = days.unwrap_or(left).clamp(1, most).min(left);
        Ok(Self { from: Millis(from), until: Millis((from + span(days)).min(now.0 + 1)), days })
    }
}

/// The first moment of a day, as `2026-11-01`.
fn day(typed: &str) -> Option<i64> {
    let numbers: Vec<i64> = typed.trim().split('-').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [year, month, day] = numbers[..] else { return None };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1970..=9999).contains(&year) || !(1..=length).contains(&day) {
        return None;
    }
    // Years that begin in March end with the day that not each of them has.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    Some((days - 719_468) * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_calendars_do() {
        let read = |typed| day(typed).map(|at| at / DAY);
        assert_eq!((read("1970-01-01"), read("1970-03-01"), read("2000-03-01")), (Some(0), Some(59), Some(11_017)));
        assert_eq!(read("2024-02-29"), Some(19_782));
        for wrong in ["", "2026-02-29", "2026-13-01", "2026-00-10", "26-11-01", "2026-11", "2026-11-31", "today"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_period_is_so_many_days_from_a_day_on_and_never_what_is_to_come() {
        let now = Millis(100 * DAY + 5);
        let of = |days, from| Period::read(days, from, now).unwrap();
        assert_eq!(of(Some(7), None), Period { from: Millis(93 * DAY + 5), until: Millis(now.0 + 1), days: 7 });
        assert_eq!(of(None, None).days, 30);
        let march = of(Some(3), Some("1970-03-01"));
        assert_eq!(march, Period { from: Millis(59 * DAY), until: Millis(62 * DAY), days: 3 });
        assert_eq!(of(None, Some("1970-04-10")), Period { from: Millis(99 * DAY), until: Millis(now.0 + 1), days: 2 });
        assert_eq!(of(Some(0), None).days, 1);
        for wrong in ["1970-05-01", "soon"] {
            assert!(Period::read(None, Some(wrong), now).is_err(), "{wrong}");
        }
    }
}
