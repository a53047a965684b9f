//! What becomes of the moments that have come: which are done, which were missed, and what is next. No clock and no database.
//!
//! A moment is missed when another has come since, or when it is later than its schedule allows.

use base::Millis;

use crate::when::When;

/// At most so many that were missed are made up for, one by one.
pub const MADE_UP: usize = 24;
/// So many are looked at one by one; what was missed before the last week of a longer absence is counted as at least that many.
const LOOKED_AT: usize = 10_000;
const WEEK: i64 = 7 * 24 * 3_600 * 1000;

/// What becomes of those that were missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// They are counted.
    Skip,
    /// One run stands for all of them.
    Once,
    /// Each is made up for, the oldest first.
    All,
}

impl Missed {
    /// Every policy, the one that holds unless told otherwise first.
    pub const ALL: [Self; 3] = [Self::Once, Self::Skip, Self::All];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Once => "once",
            Self::All => "all",
        }
    }

    /// The policy of this word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|missed| missed.as_str() == text)
    }

    /// What it means, as a person reads it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Skip => "missed ones are skipped",
            Self::Once => "missed ones are made up for once",
            Self::All => "each missed one is made up for",
        }
    }
}

/// What has come of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// To be done, in this order, and how many missed ones each stands for besides.
    pub runs: Vec<(Millis, i64)>,
    /// The last that has come.
    pub latest: Millis,
    /// How many were missed and are not made up for.
    pub missed: i64,
    /// How many have come in all.
    pub come: i64,
    /// What comes after now.
    pub next: Option<Millis>,
}

/// Sorts what has come by now, from `first` on; none if nothing has.
pub fn due(when: &When, first: Millis, now: Millis, missed: Missed, late: i64) -> Option<Due> {
    let (mut come, mut all, mut next) = (0_i64, std::collections::VecDeque::new(), Some(first));
    while let Some(moment) = next.filter(|moment| *moment <= now) {
        come += 1;
        all.push_back(moment);
        if all.len() > MADE_UP {
            all.pop_front();
        }
        let after = if usize::try_from(come).is_ok_and(|come| come == LOOKED_AT) {
            moment.max(Millis(now.0 - WEEK))
        } else {
            moment
        };
        next = when.next(after);
    }
    let latest = *all.back()?;
    let on_time = now.0 - latest.0 <= late;
    let runs: Vec<(Millis, i64)> = match missed {
        Missed::Skip if !on_time => Vec::new(),
        Missed::Skip => vec![(latest, 0)],
        Missed::Once => vec![(latest, come - 1)],
        Missed::All => all.into_iter().map(|moment| (moment, 0)).collect(),
    };
    let made_up: i64 = runs.iter().map(|(_, others)| 1 + others).sum();
    Some(Due { latest, missed: come - made_up, come, runs, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn every_minute() -> When {
        When::parse("every 60000 0", "UTC").unwrap()
    }

    fn minutes(due: &Due) -> Vec<i64> {
        due.runs.iter().map(|(at, _)| at.0 / MINUTE).collect()
    }

    #[test]
    fn nothing_is_due_before_its_time_and_on_time_one_is() {
        for missed in Missed::ALL {
            assert_eq!(due(&every_minute(), Millis(MINUTE), Millis(MINUTE - 1), missed, 0), None);
            let now = due(&every_minute(), Millis(MINUTE), Millis(MINUTE), missed, 0).unwrap();
            assert_eq!((minutes(&now), now.missed, now.next), (vec![1], 0, Some(Millis(2 * MINUTE))));
        }
    }

    #[test]
    fn what_was_missed_is_skipped_made_up_for_once_or_one_by_one() {
        let at =
            |missed, late| due(&every_minute(), Millis(MINUTE), Millis(5 * MINUTE + 30_000), missed, late).unwrap();
        let skip = at(Missed::Skip, MINUTE);
        assert_eq!((minutes(&skip), skip.missed), (vec![5], 4));
        let too_late = at(Missed::Skip, 20_000);
        assert_eq!((minutes(&too_late), too_late.missed, too_late.next), (vec![], 5, Some(Millis(6 * MINUTE))));
        let once = at(Missed::Once, 20_000);
        assert_eq!((once.runs, once.missed), (vec![(Millis(5 * MINUTE), 4)], 0));
        let all = at(Missed::All, 20_000);
        assert_eq!((minutes(&all), all.missed), (vec![1, 2, 3, 4, 5], 0));
    }

    #[test]
    fn no_more_are_made_up_for_than_there_is_sense_in() {
        let year = Millis(366 * 24 * 60 * MINUTE);
        let all = due(&every_minute(), Millis(MINUTE), year, Missed::All, 0).unwrap();
        assert_eq!(all.runs.len(), MADE_UP);
        assert_eq!(all.runs.last(), Some(&(year, 0)));
        assert!(all.missed > 10_000 && all.next == Some(Millis(year.0 + MINUTE)));
    }

    #[test]
    fn what_happens_once_has_no_next() {
        let once = When::parse("at 60000", "UTC").unwrap();
        let come = due(&once, Millis(MINUTE), Millis(90_000), Missed::Skip, MINUTE).unwrap();
        assert_eq!((minutes(&come), come.next), (vec![1], None));
    }
}
