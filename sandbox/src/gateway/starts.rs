//! How often a bot may identify: one at a time every five seconds, and a thousand times a day.

use crate::window::{Quota, Window};
use serde_json::{Value, json};
use std::time::Duration;

/// `max_concurrency` of a bot that Discord has not given more.
const AT_ONCE: Quota = Quota::new(1, 5_000);
const A_DAY: Quota = Quota::new(1_000, 24 * 60 * 60 * 1_000);

#[derive(Debug, Default)]
pub(crate) struct Starts {
    at_once: Window,
    day: Window,
    off: bool,
}

/// Why a session may not start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TooMany {
    /// The client tries again a few seconds later.
    AtOnce,
    /// Discord ends all sessions and resets the token: the bot is out until a person does something.
    Today,
}

impl Starts {
    /// No limit at all.
    pub(crate) fn off() -> Self {
        Self { off: true, ..Self::default() }
    }

    /// Counts a session that is about to start.
    pub(crate) fn count(&mut self, now: Duration) -> Result<(), TooMany> {
        if self.off {
            return Ok(());
        }
        if self.day.standing(now, A_DAY).remaining == 0 {
            return Err(TooMany::Today);
        }
        self.at_once.take(now, AT_ONCE).map_err(|_| TooMany::AtOnce)?;
        self.day.take(now, A_DAY).map(drop).map_err(|_| TooMany::Today)
    }

    /// The `session_start_limit` of `GET /gateway/bot`.
    pub(crate) fn json(&self, now: Duration) -> Value {
        let day = self.day.standing(now, A_DAY);
        let reset_after = u64::try_from(day.resets_after.as_millis()).unwrap_or(u64::MAX);
        let reset_after = if day.remaining == A_DAY.limit { 0 } else { reset_after };
        json!({"total": A_DAY.limit, "remaining": day.remaining, "reset_after": reset_after, "max_concurrency": AT_ONCE.limit})
    }
}

#[cfg(test)]
mod tests {
    use super::{Starts, TooMany};
    use std::time::Duration;

    #[test]
    fn one_session_starts_every_five_seconds_and_a_thousand_a_day() {
        let mut starts = Starts::default();
        let at = Duration::from_secs;
        assert_eq!(starts.count(at(0)), Ok(()));
        assert_eq!(starts.count(at(4)), Err(TooMany::AtOnce));
        for start in 1..1_000 {
            starts.count(at(5 * start)).unwrap();
        }
        assert_eq!(starts.json(at(5_000))["remaining"], 0);
        assert_eq!(starts.json(at(5_000))["reset_after"], (86_400 - 5_000) * 1_000);
        assert_eq!(starts.count(at(5_000)), Err(TooMany::Today));
        assert_eq!(starts.count(at(86_400)), Ok(()));
    }
}
