//! Hours in which only what is critical pings, on the clocks of a time zone.

use base::{Error, Millis, Result, card::code};
use schedules::when::Zone;

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
        let is_quiet = base::hours::hold((self.from, self.to), self.zone.minute_of_day(at));
        is_quiet.then(|| self.zone.next_at(at, self.to)).flatten()
    }
}

/// `22:00-07:00` as two minutes of the day.
pub(crate) fn hours(typed: &str) -> Result<(i64, i64)> {
    base::hours::read(typed).ok_or_else(|| {
        Error::Invalid(format!(
            "{} are no hours. They are written as `22:00-07:00`, or `off`. Nothing was changed.",
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
}
