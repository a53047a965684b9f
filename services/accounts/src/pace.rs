//! How often platforms are asked whether they still take what people gave: every minute of each account, as long as there are few.
//!
//! **Invariant:** of no platform more are asked about in a minute than is good for it, and each is asked about within the hour all the same.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use base::Millis;
use platforms::Platform;

/// A minute: who takes back what they gave is noticed within it.
pub(crate) const MINUTE: Duration = Duration::from_mins(1);
/// As many of a platform are asked about a minute. Spotify is what bears least: it counts all requests of our app in 30 seconds and is
/// known to refuse at about a hundred of them; these are sixty at most, and what plays is asked of it besides.
const A_MINUTE: usize = 60;
/// However many there are, each is asked about once in so many minutes: Twitch wants it to be every hour.
const WITHIN: usize = 58;

/// When accounts of `count` are asked about again.
pub(crate) fn every(count: usize) -> Duration {
    MINUTE * u32::try_from(count.div_ceil(A_MINUTE).clamp(1, WITHIN)).unwrap_or(1)
}

/// As many of `count` are asked about in a minute.
fn most(count: usize) -> usize {
    A_MINUTE.max(count.div_ceil(WITHIN))
}

/// What each platform was asked in this minute, and which wants to be left alone.
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<BTreeMap<Platform, Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// Since when this minute is one, and how many were asked about in it.
    minute: Option<(Millis, usize)>,
    /// Until then it wants to be left alone.
    alone: Option<Millis>,
}

impl Pace {
    /// How many of a platform's `count` may still be asked about in this minute.
    pub(crate) fn left(&self, platform: Platform, now: Millis, count: usize) -> usize {
        self.with(platform, |kept| match kept.minute {
            Some((since, asked)) if now.since(since) < MINUTE => most(count).saturating_sub(asked),
            _ => {
                kept.minute = None;
                most(count)
            }
        })
    }

    /// So many more of it are asked about.
    pub(crate) fn uses(&self, platform: Platform, now: Millis, more: usize) {
        self.with(platform, |kept| {
            let (since, asked) = kept.minute.unwrap_or((now, 0));
            kept.minute = Some((since, asked + more));
        });
    }

    /// Until when a platform wants to be left alone, where it does.
    pub(crate) fn alone(&self, platform: Platform, now: Millis) -> Option<Millis> {
        self.with(platform, |kept| kept.alone.filter(|until| *until > now))
    }

    /// It wants to be left alone until then.
    pub(crate) fn leave_alone(&self, platform: Platform, until: Millis) {
        self.with(platform, |kept| kept.alone = Some(until));
    }

    fn with<T>(&self, platform: Platform, look: impl FnOnce(&mut Kept) -> T) -> T {
        look(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(platform).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_are_asked_about_every_minute_and_more_of_them_in_turn_within_the_hour() {
        for (count, minutes, a_minute) in
            [(0, 1, 60), (1, 1, 60), (60, 1, 60), (61, 2, 60), (120, 2, 60), (600, 10, 60), (10_000, 58, 173)]
        {
            assert_eq!(every(count), MINUTE * minutes, "{count}");
            assert_eq!(most(count), a_minute, "{count}");
            assert!(most(count) * WITHIN >= count, "{count} within the hour");
        }
    }

    #[test]
    fn a_minute_is_full_once_and_the_next_is_another() {
        let (pace, now) = (Pace::default(), Millis(1_000_000));
        let left = |platform, after| pace.left(platform, Millis(now.0 + after), 100);
        assert_eq!(left(Platform::Kick, 0), 60);
        pace.uses(Platform::Kick, now, 60);
        assert_eq!(
            (left(Platform::Kick, 59_999), left(Platform::Twitch, 59_999), left(Platform::Kick, 60_000)),
            (0, 60, 60)
        );
        pace.leave_alone(Platform::Kick, Millis(now.0 + 5));
        assert_eq!(pace.alone(Platform::Kick, now), Some(Millis(now.0 + 5)));
        assert_eq!((pace.alone(Platform::Kick, Millis(now.0 + 5)), pace.alone(Platform::Twitch, now)), (None, None));
    }
}
