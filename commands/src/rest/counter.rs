//! One bucket for one resource: how many turns Discord's headers leave until when.
//!
//! **Invariant:** what is on its way counts as taken, and an answer of an older window than the latest says nothing. So nothing is
//! sent that the headers known by then would refuse.

use std::time::Duration;

use tokio::time::Instant;

use super::headers::Limit;

/// Headers are in milliseconds, and rounded.
const ROUNDED: Duration = Duration::from_millis(10);
/// Two answers that tell of the same moment tell of one window.
const SAME: u64 = 50;
/// Where something was sent and nothing is known of it, its window is over by then.
const FORGOTTEN: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Counter {
    /// None until an answer told: then one at a time.
    pub(super) limit: Option<u32>,
    /// What was left by the last answer.
    remaining: u32,
    on_their_way: u32,
    resets_at: Option<Instant>,
    /// When the latest window ends, by Discord's clock in milliseconds.
    window: u64,
    /// What a 429 told.
    pub(super) closed_until: Option<Instant>,
}

impl Counter {
    pub(super) fn new(limit: Option<u32>) -> Self {
        Self { limit, remaining: limit.unwrap_or_default(), ..Self::default() }
    }

    /// Whether there is a turn, if so many are left to what matters more. The error is when to look again; none means after the
    /// next answer.
    pub(super) fn has_room(&mut self, now: Instant, left_to_others: u32) -> Result<(), Option<Instant>> {
        if let Some(until) = self.closed_until.filter(|until| *until > now) {
            return Err(Some(until));
        }
        let Some(limit) = self.limit else {
            return if self.on_their_way == 0 { Ok(()) } else { Err(None) };
        };
        self.begin_window(now, limit);
        let kept = if limit > 3 { left_to_others } else { 0 };
        if self.remaining > self.on_their_way + kept { Ok(()) } else { Err(self.resets_at) }
    }

    pub(super) fn take(&mut self) {
        self.on_their_way += 1;
    }

    /// A request is over of which nothing is known.
    pub(super) fn lost(&mut self, now: Instant, was_sent: bool) {
        self.on_their_way = self.on_their_way.saturating_sub(1);
        if was_sent && self.limit.is_some() {
            self.remaining = self.remaining.saturating_sub(1);
            self.resets_at.get_or_insert(now + FORGOTTEN);
        }
    }

    /// A request was answered; where it was counted elsewhere, it is not on its way here.
    pub(super) fn answered(&mut self, now: Instant, told: &Limit, counted_here: u32) {
        self.on_their_way = self.on_their_way.saturating_sub(counted_here);
        let resets_at = now + told.resets_after + ROUNDED;
        if self.limit.is_none_or(|limit| limit != told.most) || told.window > self.window + SAME {
            (self.window, self.remaining, self.resets_at) = (told.window, told.remaining, Some(resets_at));
        } else if told.window + SAME >= self.window && self.resets_at.is_some() {
            self.remaining = self.remaining.min(told.remaining);
            self.resets_at = self.resets_at.map(|known| known.min(resets_at));
        }
        self.limit = Some(told.most);
    }

    pub(super) fn is_idle(&self, now: Instant) -> bool {
        let over = |at: Option<Instant>| at.is_none_or(|at| at <= now);
        self.on_their_way == 0 && over(self.resets_at) && over(self.closed_until)
    }

    fn begin_window(&mut self, now: Instant, limit: u32) {
        if self.resets_at.is_some_and(|at| at <= now) {
            (self.resets_at, self.remaining) = (None, limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(remaining: u32, window: u64) -> Limit {
        Limit { bucket: "b".to_owned(), most: 5, remaining, window, resets_after: Duration::from_secs(5) }
    }

    #[test]
    fn what_is_on_its_way_counts_as_taken() {
        let (now, mut counter) = (Instant::now(), Counter::new(Some(5)));
        for _ in 0..5 {
            counter.has_room(now, 0).unwrap();
            counter.take();
        }
        assert_eq!(counter.has_room(now, 0), Err(None));
        // Answers come in any order.
        for remaining in [2, 4, 0, 3, 1] {
            counter.answered(now, &told(remaining, 1_000), 1);
        }
        let reset = now + Duration::from_secs(5) + ROUNDED;
        assert_eq!(counter.has_room(now, 0), Err(Some(reset)));
        counter.has_room(reset, 0).unwrap();
        assert!(counter.is_idle(reset));
    }

    #[test]
    fn a_late_answer_of_an_old_window_says_nothing() {
        let (now, mut counter) = (Instant::now(), Counter::new(Some(5)));
        for _ in 0..3 {
            counter.take();
        }
        counter.answered(now, &told(3, 1_000), 1);
        counter.answered(now, &told(0, 6_000), 1);
        counter.answered(now, &told(4, 1_000), 1);
        assert!(counter.has_room(now, 0).is_err());
    }

    #[test]
    fn an_unknown_limit_is_found_out_one_by_one() {
        let (now, mut counter) = (Instant::now(), Counter::new(None));
        counter.has_room(now, 1).unwrap();
        counter.take();
        assert_eq!(counter.has_room(now, 0), Err(None));
        counter.answered(now, &told(4, 1_000), 1);
        counter.has_room(now, 3).unwrap();
        assert!(counter.has_room(now, 4).is_err());
    }

    #[test]
    fn what_was_lost_on_its_way_may_have_been_counted() {
        let (now, mut counter) = (Instant::now(), Counter::new(Some(1)));
        counter.take();
        counter.lost(now, true);
        assert_eq!(counter.has_room(now, 0), Err(Some(now + FORGOTTEN)));
        counter.has_room(now + FORGOTTEN, 0).unwrap();
        counter.take();
        counter.lost(now + FORGOTTEN, false);
        counter.has_room(now + FORGOTTEN, 0).unwrap();
    }
}
