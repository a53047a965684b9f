//! Time and randomness as a parameter, so that a test decides what time it is.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use serde::{Deserialize, Serialize};
use uuid::{ContextV7, Timestamp, Uuid};

/// A moment: milliseconds since 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Millis(pub i64);

impl Millis {
    /// Discord's relative timestamp, which ticks in the reader's own client.
    pub fn relative(self) -> String {
        format!("<t:{}:R>", self.0.div_euclid(1000))
    }

    /// As machines write it: `2026-11-21T03:00:00Z`.
    pub fn utc(self) -> String {
        let seconds = self.0.div_euclid(1000);
        let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        // Days since 1 March of the year 0: then a leap day is the last of its year, and of its cycle of 4, 100 and 400 years.
        let days = days + 719_468;
        let (cycle, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        format!("{:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", year + cycle * 400)
    }

    /// How long after `earlier` this is; zero if it is not.
    pub fn since(self, earlier: Self) -> std::time::Duration {
        std::time::Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// This moment and `span` more.
    pub fn plus(self, span: std::time::Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// Where the time and fresh ids come from. Cloning shares it.
#[derive(Clone)]
pub struct Clock {
    manual: Option<Arc<AtomicI64>>,
    /// Keeps ids of one millisecond in their order.
    ids: Arc<Mutex<ContextV7>>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { manual: None, ids: Arc::new(Mutex::new(ContextV7::new())) }
    }
}

impl Clock {
    /// The machine's own clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands at `start` until [`Clock::advance`] moves it.
    pub fn manual(start: Millis) -> Self {
        Self { manual: Some(Arc::new(AtomicI64::new(start.0))), ..Self::default() }
    }

    /// Moves a manual clock. The system's clock cannot be moved.
    pub fn advance(&self, span: std::time::Duration) {
        if let Some(manual) = &self.manual {
            manual.fetch_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX), Ordering::Relaxed);
        }
    }

    /// Moves a manual clock back, as a machine's is when it was wrong.
    pub fn turn_back(&self, span: std::time::Duration) {
        if let Some(manual) = &self.manual {
            manual.fetch_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX), Ordering::Relaxed);
        }
    }

    /// Now.
    pub fn now(&self) -> Millis {
        match &self.manual {
            Some(manual) => Millis(manual.load(Ordering::Relaxed)),
            None => Millis(system_millis()),
        }
    }

    /// A fresh id that sorts by time: UUIDv7. Each is greater than the one before, also within a millisecond: what was asked for
    /// first is first in line.
    pub fn id(&self) -> Uuid {
        let now = self.now().0;
        let seconds = u64::try_from(now.div_euclid(1000)).unwrap_or(0);
        let nanos = u32::try_from(now.rem_euclid(1000)).unwrap_or(0) * 1_000_000;
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        Uuid::new_v7(Timestamp::from_unix(&*ids, seconds, nanos))
    }

    /// A number from 0 to 1, left to chance.
    pub fn chance(&self) -> f64 {
        let bits = u32::try_from(Uuid::new_v4().as_u128() >> 96).unwrap_or(0);
        f64::from(bits) / f64::from(u32::MAX)
    }

    /// 128 bits that nobody can guess.
    pub fn random(&self) -> u128 {
        Uuid::new_v4().as_u128() ^ Uuid::new_v4().as_u128().rotate_left(64)
    }

    /// An unguessable key for a button or a link: 122 random bits as 32 hexadecimal digits.
    pub fn key(&self) -> String {
        Uuid::new_v4().simple().to_string()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine what time it is")]
fn system_millis() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn ids_sort_by_the_clocks_time() {
        let clock = Clock::manual(Millis(1_000));
        let first = clock.id();
        clock.advance(Duration::from_millis(1));
        assert!(first < clock.id());
    }

    #[test]
    fn ids_of_one_millisecond_keep_their_order() {
        let clock = Clock::manual(Millis(1_800_000_000_000));
        let ids: Vec<_> = (0..10_000).map(|_| clock.id()).collect();
        assert!(ids.is_sorted_by(|one, next| one < next));
        clock.turn_back(Duration::from_secs(1));
        assert!(ids[9_999] < clock.id(), "also where the clock went backwards");
    }

    #[test]
    fn a_moment_has_its_date() {
        for (seconds, date) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"),
            (1_798_761_599, "2026-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(Millis(seconds * 1000).utc(), date);
        }
    }

    #[test]
    fn a_clock_that_went_backwards_measures_zero() {
        assert_eq!(Millis(5).since(Millis(9)), Duration::ZERO);
    }
}
