//! Tickets, counted. Pure.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use base::{Millis, UserId, measure};
use serde::Serialize;
use store::tickets::{Rated, Ticket};

use super::is_open;

/// Those that go on are counted by their age: below an hour, a day, a week, and beyond.
pub(super) const AGES: [(&str, i64); 3] =
    [("below 1 h", 3_600_000), ("below 1 d", 24 * 3_600_000), ("below 7 d", 7 * 24 * 3_600_000)];
pub(super) const OLDER: &str = "older";

/// Some tickets.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Counted {
    pub(super) open: usize,
    pub(super) closed: usize,
    /// Those that go on, by [`AGES`] and what is older.
    pub(super) ages: [usize; 4],
    /// Milliseconds until staff answered first: half were faster, and nine of ten.
    pub(super) answer: Option<(u64, u64)>,
    /// Milliseconds until it was over: half were faster, and nine of ten.
    pub(super) solve: Option<(u64, u64)>,
    /// Milliseconds that the oldest goes on.
    pub(super) oldest: Option<u64>,
    /// Stars that were given, together, and by how many.
    pub(super) stars: Option<(i64, usize)>,
}

/// What somebody of staff did.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Member {
    /// Tickets that are theirs.
    pub(super) has: usize,
    /// Those they answered first.
    pub(super) answered: usize,
    /// Those they closed.
    pub(super) closed: usize,
    /// Milliseconds until they answered first: half were faster.
    pub(super) half: Option<u64>,
}

pub(super) fn counted(tickets: &[&Ticket], rated: &HashMap<String, Rated>, now: Millis) -> Counted {
    let courses = || tickets.iter().map(|ticket| &ticket.course);
    let open: Vec<u64> =
        tickets.iter().filter(|one| is_open(one)).filter_map(|one| between(one.course.opened, Some(now))).collect();
    let mut ages = [0; 4];
    for age in &open {
        let age = i64::try_from(*age).unwrap_or(i64::MAX);
        ages[AGES.iter().position(|(_, below)| age < *below).unwrap_or(AGES.len())] += 1;
    }
    let stars: Vec<i64> = tickets.iter().filter_map(|one| rated.get(&one.id)).map(|rated| rated.stars).collect();
    Counted {
        open: open.len(),
        closed: tickets.len() - open.len(),
        ages,
        answer: spread(courses().filter_map(|one| between(one.opened, one.answered)).collect()),
        solve: spread(courses().filter_map(|one| between(one.opened, one.ended)).collect()),
        oldest: open.into_iter().max(),
        stars: (!stars.is_empty()).then(|| (stars.iter().sum(), stars.len())),
    }
}

/// Whoever answers, by what they did since then.
pub(super) fn members(tickets: &[Ticket], since: Millis) -> BTreeMap<u64, Member> {
    let (mut all, mut times) = (BTreeMap::<u64, Member>::new(), BTreeMap::<u64, Vec<u64>>::new());
    for ticket in tickets {
        let course = &ticket.course;
        let is_staff = |user: &UserId| *user != ticket.member;
        if let Some(owner) = course.owner {
            all.entry(owner.0).or_default().has += 1;
        }
        if let Some(by) = course.answered_by.filter(|_| course.answered.is_some_and(|at| at >= since)) {
            all.entry(by.0).or_default().answered += 1;
            times.entry(by.0).or_default().extend(between(course.opened, course.answered));
        }
        if let Some(by) = course.ended_by.filter(is_staff).filter(|_| course.ended.is_some_and(|at| at >= since)) {
            all.entry(by.0).or_default().closed += 1;
        }
    }
    for (user, times) in times {
        all.entry(user).or_default().half = spread(times).map(|(half, _)| half);
    }
    all
}

fn between(from: Millis, to: Option<Millis>) -> Option<u64> {
    u64::try_from(to?.0 - from.0).ok()
}

/// What half of them, and nine of ten, are not above.
fn spread(mut times: Vec<u64>) -> Option<(u64, u64)> {
    times.sort_unstable();
    let at = |percent: usize| times.get((times.len() * percent).div_ceil(100).saturating_sub(1)).copied();
    at(50).zip(at(90))
}

fn span(millis: u64) -> String {
    measure::age(Duration::from_millis(millis))
}

/// With one digit behind the point.
pub(super) fn mean(total: i64, count: usize) -> String {
    let tenths = (total * 10 + i64::try_from(count).unwrap_or(1) / 2) / i64::try_from(count.max(1)).unwrap_or(1);
    format!("{}.{}", tenths / 10, tenths % 10)
}

impl Counted {
    pub(super) fn words(&self) -> String {
        let pair = |what: &str, pair: Option<(u64, u64)>| {
            pair.map(|(half, most)| format!("{what} {}, nine of ten {}", span(half), span(most)))
        };
        let mut words = vec![format!("{} open", self.open), format!("{} closed", self.closed)];
        words.extend(pair("answered within", self.answer));
        words.extend(pair("over within", self.solve));
        words.extend(self.oldest.map(|oldest| format!("the oldest goes on for {}", span(oldest))));
        words.extend(self.stars.map(|(total, count)| {
            let count_words = measure::count(u64::try_from(count).unwrap_or_default(), "answer", "answers");
            format!("{} of 5 stars, {count_words}", mean(total, count))
        }));
        words.join(" · ")
    }
}

impl Member {
    pub(super) fn words(&self) -> String {
        let mut words = vec![
            format!("{} taken", self.has),
            format!("{} answered first", self.answered),
            format!("{} closed", self.closed),
        ];
        words.extend(self.half.map(|half| format!("half within {}", span(half))));
        words.join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_and_nine_of_ten_are_not_above_what_is_said() {
        assert_eq!(spread(Vec::new()), None);
        assert_eq!(spread(vec![7]), Some((7, 7)));
        assert_eq!(spread((1..=10).rev().collect()), Some((5, 9)));
        assert_eq!(spread((1..=100).collect()), Some((50, 90)));
    }

    #[test]
    fn a_mean_is_rounded_to_a_tenth() {
        assert_eq!((mean(9, 2), mean(14, 3), mean(5, 1)), ("4.5".to_owned(), "4.7".to_owned(), "5.0".to_owned()));
    }
}
