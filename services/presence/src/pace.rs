//! When the status is said anew: pure.
//!
//! **Invariants:** it is said once in 15 s at most, and only where it is another, or where it was forgotten. Only what somebody took back is taken down
//! before its turn, and then nothing is said in its place: so there are two in any 15 s at most, of which the second says nothing.

use std::time::Duration;

use base::Millis;

use crate::shown::{Of, Shown};

/// Between two of them. Discord takes 120 of anything in a minute, heartbeats among them.
pub const BETWEEN: Duration = Duration::from_secs(15);

/// What was said last.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    said: Option<Said>,
    at: Option<Millis>,
}

#[derive(Debug)]
struct Said {
    shown: Shown,
    of: Vec<Of>,
    session: u64,
}

impl Pace {
    /// What is to be said now, where this is wanted: it, nothing in place of what was taken back, or no word.
    pub(crate) fn next(
        &self,
        wanted: &Shown,
        is_still_shared: impl Fn(&Of) -> bool,
        session: u64,
        now: Millis,
    ) -> Option<Shown> {
        let Some(said) = &self.said else {
            // Whoever never said anything is there, and says nothing.
            return (*wanted != Shown::default() && self.is_turn(now)).then(|| wanted.clone());
        };
        let is_known = said.session == session;
        if is_known && said.shown == *wanted {
            return None;
        }
        if self.is_turn(now) {
            return Some(wanted.clone());
        }
        let is_taken_back = said.shown.activity.is_some() && !said.of.iter().all(is_still_shared);
        is_taken_back.then(|| Shown { activity: None, ..said.shown.clone() })
    }

    fn is_turn(&self, now: Millis) -> bool {
        // A clock that was turned back must not silence it.
        self.at.is_none_or(|at| now < at || now.since(at) >= BETWEEN)
    }

    /// This was said, of these.
    pub(crate) fn said(&mut self, shown: Shown, of: Vec<Of>, session: u64, now: Millis) {
        self.said = Some(Said { shown, of, session });
        self.at = Some(now);
    }

    /// What it says, as far as is known.
    pub(crate) fn shown(&self) -> Shown {
        self.said.as_ref().map(|said| said.shown.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use base::GuildId;
    use proptest::prelude::*;

    use super::*;
    use crate::{
        shown::{Activity, Kind},
        stated::Status,
    };

    fn words(text: &str) -> Shown {
        let activity = Activity { kind: Kind::Words, text: text.to_owned(), url: None };
        Shown { status: Status::Online, activity: Some(activity) }
    }

    fn at(millis: i64) -> Millis {
        Millis(1_000_000 + millis)
    }

    #[test]
    fn it_is_said_where_it_is_another_and_again_where_it_was_forgotten() {
        let mut pace = Pace::default();
        assert_eq!(pace.next(&Shown::default(), |_| true, 1, at(0)), None, "nothing is there to be said");
        assert_eq!(pace.next(&words("a"), |_| true, 1, at(0)), Some(words("a")));
        pace.said(words("a"), vec![], 1, at(0));
        assert_eq!(pace.next(&words("a"), |_| true, 1, at(60_000)), None);
        assert_eq!(pace.next(&words("a"), |_| true, 2, at(60_000)), Some(words("a")), "a connection was made anew");
    }

    #[test]
    fn what_was_taken_back_is_taken_down_before_its_turn_and_nothing_takes_its_place() {
        let (mut pace, of) = (Pace::default(), Of::Streams(GuildId(1)));
        pace.said(words("ours"), vec![of], 1, at(0));
        assert_eq!(pace.next(&words("b"), |_| true, 1, at(14_999)), None);
        let nothing = Shown { activity: None, ..words("") };
        assert_eq!(pace.next(&words("b"), |_| false, 1, at(10)), Some(nothing.clone()));
        pace.said(nothing, vec![], 1, at(10));
        assert_eq!(pace.next(&words("b"), |_| true, 1, at(15_009)), None);
        assert_eq!(pace.next(&words("b"), |_| true, 1, at(15_010)), Some(words("b")));
    }

    proptest! {
        #[test]
        fn whatever_changes_however_fast_it_is_said_at_most_once_in_its_time(
            changes in prop::collection::vec((0_i64..2_000, 0_u8..4, any::<bool>(), 0_u64..2), 1..400),
        ) {
            let (mut pace, mut now, mut spoken) = (Pace::default(), 0, Vec::new());
            for (later, text, is_shared, session) in changes {
                now += later;
                let wanted = if text == 0 { Shown::default() } else { words(&text.to_string()) };
                if let Some(shown) = pace.next(&wanted, |_| is_shared, session, at(now)) {
                    spoken.push((now, shown.activity.is_some()));
                    pace.said(shown, vec![Of::Streams(GuildId(1))], session, at(now));
                }
            }
            let between = i64::try_from(BETWEEN.as_millis()).unwrap();
            for (number, (when, says)) in spoken.iter().enumerate() {
                let before: Vec<_> = spoken[..number].iter().filter(|(earlier, _)| when - earlier < between).collect();
                prop_assert!(before.len() <= 1 && (before.is_empty() || !says), "{spoken:?}");
            }
        }
    }
}
