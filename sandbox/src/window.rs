//! A window of time in which only so much may happen, as Discord counts: it begins with the first and then ends as a whole.

use std::time::Duration;

/// So many times per so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    pub(crate) limit: u32,
    pub(crate) per: Duration,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Window {
    began: Duration,
    used: u32,
}

/// How a window stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) remaining: u32,
    pub(crate) resets_after: Duration,
}

impl Quota {
    pub(crate) const fn new(limit: u32, per_ms: u64) -> Self {
        Self { limit, per: Duration::from_millis(per_ms) }
    }
}

impl Window {
    /// Takes one; the error means there is none left until it resets.
    pub(crate) fn take(&mut self, now: Duration, quota: Quota) -> Result<Standing, Standing> {
        let before = self.standing(now, quota);
        if before.remaining == 0 {
            return Err(before);
        }
        if self.has_ended(now, quota) {
            *self = Self { began: now, used: 0 };
        }
        self.used += 1;
        Ok(self.standing(now, quota))
    }

    pub(crate) fn standing(&self, now: Duration, quota: Quota) -> Standing {
        if self.has_ended(now, quota) {
            return Standing { remaining: quota.limit, resets_after: quota.per };
        }
        let resets_after = (self.began + quota.per).saturating_sub(now);
        Standing { remaining: quota.limit.saturating_sub(self.used), resets_after }
    }

    pub(crate) fn has_ended(&self, now: Duration, quota: Quota) -> bool {
        self.used == 0 || now >= self.began + quota.per
    }
}

#[cfg(test)]
mod tests {
    use super::{Quota, Standing, Window};
    use std::time::Duration;

    #[test]
    fn a_window_begins_with_the_first_and_ends_as_a_whole() {
        let (quota, at) = (Quota::new(2, 1_000), Duration::from_millis);
        let mut window = Window::default();
        assert_eq!(window.take(at(7_000), quota), Ok(Standing { remaining: 1, resets_after: at(1_000) }));
        assert_eq!(window.take(at(7_900), quota), Ok(Standing { remaining: 0, resets_after: at(100) }));
        assert_eq!(window.take(at(7_999), quota), Err(Standing { remaining: 0, resets_after: at(1) }));
        assert_eq!(window.take(at(8_000), quota), Ok(Standing { remaining: 1, resets_after: at(1_000) }));
    }
}
