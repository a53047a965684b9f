//! Spans of time, as people type them.

use std::time::Duration;

use base::{Error, Result};
use schedules::when;

/// Longer is no countdown.
pub(crate) const LONGEST: Duration = Duration::from_hours(100);

/// A number of seconds: `90`, `5m`, `1h 30m`.
pub(crate) fn seconds(typed: &str) -> Result<i64> {
    let typed = typed.trim();
    let seconds = match typed.parse::<i64>() {
        Ok(seconds) => seconds,
        Err(_) => when::span(typed)? / 1_000,
    };
    let most = i64::try_from(LONGEST.as_secs()).unwrap_or(i64::MAX);
    if (1..=most).contains(&seconds) {
        return Ok(seconds);
    }
    let longest = crate::state::longest();
    Err(Error::Invalid(format!("That is from 1 s to {longest}. Nothing was changed.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        assert_eq!((seconds("90").unwrap(), seconds("5m").unwrap()), (90, 300));
        for typed in ["", "0", "-5", "soon", "101h", "99999999999999999999"] {
            assert!(seconds(typed).is_err(), "{typed}");
        }
    }
}
