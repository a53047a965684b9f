//! The sandbox's own time: the machine's clock plus what a test has skipped.
//!
//! **Invariant:** `elapsed` never goes back, whatever is done to the machine's clock; `advance` only adds.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970, UTC.
pub(crate) type Millis = u64;

#[derive(Debug)]
pub(crate) struct Clock {
    began: Instant,
    skipped: AtomicU64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { began: Instant::now(), skipped: AtomicU64::new(0) }
    }
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place where the sandbox reads the machine's clock")]
    pub(crate) fn now(&self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        millis(since).saturating_add(self.skipped.load(Ordering::Relaxed))
    }

    /// How long the sandbox has been there, skipped time included: what windows and deadlines are measured with.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed() + Duration::from_millis(self.skipped.load(Ordering::Relaxed))
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.skipped.fetch_add(millis(by), Ordering::Relaxed);
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// `2026-08-06T10:20:30.123000+00:00`, the way Discord writes times.
pub(crate) fn iso(at: Millis) -> String {
    let (days, in_day) = (at / 86_400_000, at % 86_400_000);
    let (year, month, day) = civil(days);
    let (seconds, milliseconds) = (in_day / 1000, in_day % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}000+00:00")
}

/// The date of a day counted from 1970-01-01 (Howard Hinnant's `civil_from_days`, for days after 1970 only).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// Reads an ISO 8601 time such as `2026-08-06T10:20:30Z` or with fractions and an offset; before 1970 is refused.
pub(crate) fn parse(text: &str) -> Option<Millis> {
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let mut date = date.splitn(3, '-').map(str::parse::<u64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at_checked(at)?;
    let mut clock = clock.splitn(3, ':');
    let (hour, minute) = (clock.next()?.parse::<u64>().ok()?, clock.next()?.parse::<u64>().ok()?);
    let seconds = clock.next().unwrap_or("0");
    let (second, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let second = second.parse::<u64>().ok()?;
    let fraction = format!("{fraction:0<3}").get(..3)?.parse::<u64>().ok()?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let year = if month > 2 { year } else { year - 1 };
    let days = (year / 400) * 146_097 + (year % 400) * 365 + (year % 400) / 4 - (year % 400) / 100
        + (153 * shifted + 2) / 5
        + day
        - 1;
    let days = days.checked_sub(719_468)?;
    let at = ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + fraction;
    let offset = zone.get(1..).filter(|zone| !zone.is_empty()).map(|zone| zone.replace(':', ""));
    let offset = match offset {
        Some(digits) => {
            (digits.get(..2)?.parse::<u64>().ok()? * 60 + digits.get(2..4).unwrap_or("0").parse::<u64>().ok()?) * 60_000
        }
        None => 0,
    };
    if zone.starts_with('-') { Some(at + offset) } else { at.checked_sub(offset) }
}

#[cfg(test)]
mod tests {
    use super::{iso, parse};

    #[test]
    fn times_are_read_in_every_form_a_library_sends() {
        for at in [0, 951_827_696_789, 1_798_761_599_001] {
            assert_eq!(parse(&iso(at)), Some(at));
        }
        assert_eq!(parse("2000-02-29T12:34:56Z"), Some(951_827_696_000));
        assert_eq!(parse("2000-02-29T14:34:56.789+02:00"), Some(951_827_696_789));
        for broken in ["", "T", "2000-02-29", "2000-13-01T00:00:00Z", "2000-02-29T25:00:00Z", "äT:::Z+é"] {
            assert_eq!(parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn times_are_written_the_way_discord_writes_them() {
        assert_eq!(iso(0), "1970-01-01T00:00:00.000000+00:00");
        assert_eq!(iso(951_827_696_789), "2000-02-29T12:34:56.789000+00:00");
        assert_eq!(iso(1_798_761_599_001), "2026-12-31T23:59:59.001000+00:00");
    }
}
