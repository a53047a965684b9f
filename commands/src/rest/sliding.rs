//! So many in any stretch of time, by our own count, where Discord's headers say nothing beforehand.
//!
//! **Invariant:** a place is taken from when a request is sent until that long after its answer: whenever between the two Discord
//! counted it, it never counts more than there are places.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// What is not answered by then either arrived long ago or never will.
const ON_ITS_WAY: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Sliding {
    most: usize,
    per: Duration,
    sent: Vec<(u64, Instant)>,
    /// When those that were answered are free again.
    free_at: VecDeque<Instant>,
    /// What a 429 told.
    pub(super) closed_until: Option<Instant>,
}

impl Sliding {
    pub(super) fn new(most: usize, per: Duration) -> Self {
        Self { most, per, sent: Vec::new(), free_at: VecDeque::new(), closed_until: None }
    }

    /// Whether there is a place, if so many are left to others. The error is when to look again.
    pub(super) fn has_room(&mut self, now: Instant, left_to_others: usize) -> Result<(), Instant> {
        if let Some(until) = self.closed_until.filter(|until| *until > now) {
            return Err(until);
        }
        self.free(now);
        if self.sent.len() + self.free_at.len() + left_to_others < self.most {
            return Ok(());
        }
        let on_their_way = self.sent.iter().map(|(_, at)| *at + ON_ITS_WAY);
        Err(self.free_at.iter().copied().chain(on_their_way).min().unwrap_or(now + self.per))
    }

    pub(super) fn take(&mut self, turn: u64, now: Instant) {
        self.sent.push((turn, now));
    }

    /// A request was answered, or never will be; one that was never sent is free at once.
    pub(super) fn over(&mut self, turn: u64, now: Instant, was_sent: bool) {
        let before = self.sent.len();
        self.sent.retain(|(other, _)| *other != turn);
        if was_sent && self.sent.len() < before {
            self.free_at.push_back(now + self.per);
        }
    }

    pub(super) fn is_idle(&mut self, now: Instant) -> bool {
        self.free(now);
        self.sent.is_empty() && self.free_at.is_empty() && self.closed_until.is_none_or(|until| until <= now)
    }

    fn free(&mut self, now: Instant) {
        let (per, free_at) = (self.per, &mut self.free_at);
        self.sent.retain(|(_, at)| {
            let stays = *at + ON_ITS_WAY > now;
            if !stays {
                free_at.push_back(*at + ON_ITS_WAY + per);
            }
            stays
        });
        while self.free_at.front().is_some_and(|at| *at <= now) {
            self.free_at.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_that_long_after_the_answer() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let mut all = Sliding::new(2, second);
        for turn in 0..2 {
            all.has_room(start, 0).unwrap();
            all.take(turn, start);
        }
        let late = start + second;
        assert!(all.has_room(late, 0).is_err(), "neither was answered");
        all.over(0, late, true);
        assert_eq!(all.has_room(late, 0), Err(late + second));
        all.over(1, late, false);
        all.has_room(late, 0).unwrap();
        assert!(all.has_room(late, 1).is_err(), "that place is left to others");
        all.has_room(late + second, 1).unwrap();
    }

    #[test]
    fn what_is_never_answered_does_not_keep_its_place_for_ever() {
        let start = Instant::now();
        let mut all = Sliding::new(1, Duration::from_secs(1));
        all.take(0, start);
        let at = all.has_room(start, 0).unwrap_err();
        let at = all.has_room(at, 0).err().unwrap_or(at);
        all.has_room(at, 0).unwrap();
        assert!(all.is_idle(at));
    }
}
