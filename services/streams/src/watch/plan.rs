//! When a video of YouTube's is asked about next, and how much of a day's quota may be used by now. Pure.

use std::time::Duration;

use base::Millis;
use platforms::youtube::videos::Standing;
use schedules::when::Zone;

/// Units of quota that are used on one day at most; YouTube gives 10,000.
pub const UNITS: i64 = 2_500;
/// As many may be used at once.
const BURST: i64 = 100;
/// Google's days are those of California.
const ZONE: &str = "America/Los_Angeles";

const LIVE: Duration = Duration::from_mins(3);
const NEAR: Duration = Duration::from_mins(1);
const LATE: Duration = Duration::from_mins(10);
const FAR: Duration = Duration::from_hours(6);
/// It is asked about every minute from so long before it is to begin until so long after, then less often, then no longer.
const BEFORE: Duration = Duration::from_mins(1);
const AFTER: Duration = Duration::from_mins(30);
const LONG_AFTER: Duration = Duration::from_hours(6);
const GIVEN_UP: Duration = Duration::from_hours(7 * 24);

/// When it is asked about next; none where it is of no more interest.
pub fn next(standing: Standing, scheduled: Option<Millis>, now: Millis) -> Option<Millis> {
    match standing {
        Standing::Live => Some(now.plus(LIVE)),
        Standing::Over => None,
        Standing::Upcoming => {
            let Some(begins) = scheduled else { return Some(now.plus(LATE)) };
            let late = now.since(begins);
            if begins > now.plus(BEFORE) {
                // It may be moved to an earlier moment.
                return Some(Millis((begins.0 - millis(BEFORE)).min(now.plus(FAR).0)));
            }
            Some(now.plus(match late {
                late if late <= AFTER => NEAR,
                late if late <= LONG_AFTER => LATE,
                late if late <= GIVEN_UP => FAR,
                _ => return None,
            }))
        }
    }
}

/// The day that it is to Google, such as `2026-11-21`.
pub fn day(now: Millis) -> String {
    let local = now.0 + offset(now) * 60_000;
    Millis(local).utc().chars().take(10).collect()
}

/// When the next day begins there.
pub fn midnight(now: Millis) -> Millis {
    zone().next_at(now, 0).unwrap_or_else(|| now.plus(Duration::from_hours(24)))
}

/// How many units may be used of a day by now: no burst leaves the rest of it with none.
pub fn allowed(now: Millis) -> i64 {
    let minute = zone().minute_of_day(now);
    BURST + (UNITS - BURST) * minute / 1_440
}

fn zone() -> Zone {
    ZONE.parse().unwrap_or_else(|_| Zone::utc())
}

/// Minutes that it is later there than in UTC.
fn offset(now: Millis) -> i64 {
    let difference = zone().minute_of_day(now) - Zone::utc().minute_of_day(now);
    if difference > 0 { difference - 1_440 } else { difference }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_quota_is_californias() {
        // 2026-11-21T07:59 and 08:00 UTC: midnight there is at 8 in winter.
        let midnight = 1_795_219_200_000 + 8 * 3_600_000;
        assert_eq!((day(Millis(midnight - 1)).as_str(), day(Millis(midnight)).as_str()), ("2026-11-20", "2026-11-21"));
        assert_eq!(allowed(Millis(midnight)), BURST);
        for before in [1, 60_000, 86_399_999] {
            assert_eq!(super::midnight(Millis(midnight - before)), Millis(midnight), "{before}");
        }
        assert!(allowed(Millis(midnight - 60_000)) <= UNITS);
    }

    #[test]
    fn what_is_to_begin_is_asked_about_around_that_moment() {
        let begins = Some(Millis(100 * 3_600_000));
        let at = |minutes: i64| next(Standing::Upcoming, begins, Millis(100 * 3_600_000 + minutes * 60_000));
        let after = |minutes: i64, span: i64| Some(Millis(100 * 3_600_000 + (minutes + span) * 60_000));
        assert_eq!(at(-90 * 60), after(-90 * 60, 6 * 60));
        assert_eq!(at(-60), after(-1, 0));
        assert_eq!(at(0), after(0, 1));
        assert_eq!(at(29), after(29, 1));
        assert_eq!(at(31), after(31, 10));
        assert_eq!(at(8 * 24 * 60), None);
        assert_eq!(next(Standing::Over, begins, Millis(0)), None);
    }
}
