//! How a ticket goes: who has it, whose turn it is, and how long there is left. Pure.
//!
//! **Invariants:** the clock of a solution goes only while it is staff's turn, and what was left is left. What is over changes by
//! being opened again, and by nothing else.

use base::{Millis, UserId};
use store::tickets::{Category, Course, Outcome, Priority, State};

/// What somebody wants with a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Press {
    /// To have it.
    Claim,
    /// Somebody else to have it; none is nobody.
    Assign(Option<UserId>),
    /// It to go before others, or after.
    Prioritise(Priority),
    /// It to be another category's.
    Move(Box<Category>),
    /// It to be called this.
    Rename(String),
    /// It to be over, once the member was asked where that is wanted.
    Close {
        /// What became of it.
        outcome: Outcome,
        /// Why, in their words.
        reason: String,
        /// So long the member is asked.
        ask: Option<std::time::Duration>,
    },
    /// It to go on again.
    Reopen,
}

/// Why that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is over.
    Over,
    /// It is not over.
    GoesOn,
    /// Somebody has it.
    Taken(UserId),
    /// It is so already.
    Already,
}

/// Who speaks in a ticket's thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// Whose it is.
    Member,
    /// Whoever answers.
    Staff,
}

/// A ticket as it begins.
pub fn begin(category: &Category, title: String, now: Millis) -> Course {
    let mut course = Course {
        state: State::Open,
        priority: category.priority,
        category: category.id.clone(),
        title,
        owner: None,
        opened: now,
        answered: None,
        answer_by: category.answer_within.map(|within| now.plus(within)),
        solve_by: category.solve_within.map(|within| now.plus(within)),
        solve_left: None,
        answer_late: false,
        solve_late: false,
        idle_for: category.idle_for,
        idle: None,
        idle_warned: false,
        closes: None,
        due: None,
        ended: None,
        outcome: None,
        reason: None,
        ended_by: None,
        heard: None,
    };
    settle(&mut course);
    course
}

/// What becomes of a ticket by what somebody wants with it.
pub fn press(course: &mut Course, by: UserId, press: &Press, now: Millis) -> Result<(), Refused> {
    if course.state == State::Closed && *press != Press::Reopen {
        return Err(Refused::Over);
    }
    match press {
        Press::Claim => match course.owner {
            Some(owner) if owner == by => return Err(Refused::Already),
            Some(owner) => return Err(Refused::Taken(owner)),
            None => course.owner = Some(by),
        },
        Press::Assign(to) => set(&mut course.owner, *to)?,
        Press::Prioritise(priority) => set(&mut course.priority, *priority)?,
        Press::Move(category) => go_to(course, category, now)?,
        Press::Rename(title) => set(&mut course.title, title.clone())?,
        Press::Close { outcome, reason, ask } => {
            (course.outcome, course.reason) = (Some(*outcome), Some(reason.clone()));
            course.ended_by = Some(by);
            match ask.filter(|_| course.state != State::Resolved) {
                Some(ask) => {
                    stop(course, now);
                    listen(course, None);
                    course.state = State::Resolved;
                    course.closes = Some(now.plus(ask));
                }
                None => end(course, now),
            }
        }
        Press::Reopen => match course.state {
            State::Closed | State::Resolved => reopen(course, now),
            _ => return Err(Refused::GoesOn),
        },
    }
    settle(course);
    Ok(())
}

/// Somebody spoke. The answer is whether that changed anything but who was heard last.
pub fn spoke(course: &mut Course, who: Speaker, message: u64, now: Millis) -> bool {
    // What was heard before is heard again after a reconnection.
    if course.heard.is_some_and(|heard| heard >= message) || course.state == State::Closed {
        return false;
    }
    course.heard = Some(message);
    let changed = match (who, course.state) {
        (Speaker::Member, State::WaitingMember) => {
            listen(course, None);
            go_on(course, now);
            course.state = State::WaitingStaff;
            true
        }
        (Speaker::Member, State::Resolved) => {
            reopen(course, now);
            true
        }
        (Speaker::Staff, State::Open | State::WaitingStaff) => {
            course.answered.get_or_insert(now);
            course.answer_by = None;
            stop(course, now);
            course.state = State::WaitingMember;
            listen(course, Some(now));
            true
        }
        (Speaker::Staff, State::WaitingMember) if course.idle_for.is_some() => {
            listen(course, Some(now));
            true
        }
        _ => false,
    };
    settle(course);
    changed
}

/// From then on the member may say nothing for so long, or it is not their turn.
fn listen(course: &mut Course, since: Option<Millis>) {
    course.idle = since.zip(course.idle_for).map(|(since, idle)| since.plus(idle));
    course.idle_warned = false;
}

/// What the time brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brought {
    /// It is over: the member did not say otherwise.
    Closed,
    /// The member said nothing for long: they are warned.
    Warned,
    /// And nothing after that: it is over.
    Left,
    /// Nobody answered in time.
    AnswerLate,
    /// It was not solved in time.
    SolutionLate,
}

/// Does what is due by now; each target is missed once.
pub fn tick(course: &mut Course, now: Millis) -> Vec<Brought> {
    let is_past = |at: Option<Millis>| at.is_some_and(|at| at <= now);
    let mut brought = Vec::new();
    if is_past(course.closes) {
        end(course, now);
        brought.push(Brought::Closed);
    }
    if is_past(course.idle) && course.idle_warned {
        (course.outcome, course.reason) = (Some(Outcome::NoAnswer), Some("no answer came".to_owned()));
        end(course, now);
        brought.push(Brought::Left);
    } else if is_past(course.idle) {
        listen(course, Some(now));
        course.idle_warned = true;
        brought.push(Brought::Warned);
    }
    if is_past(course.answer_by) && !course.answer_late {
        course.answer_late = true;
        brought.push(Brought::AnswerLate);
    }
    if is_past(course.solve_by) && !course.solve_late {
        course.solve_late = true;
        brought.push(Brought::SolutionLate);
    }
    settle(course);
    brought
}

/// When time changes something next.
fn settle(course: &mut Course) {
    let answer = course.answer_by.filter(|_| !course.answer_late);
    let solution = course.solve_by.filter(|_| !course.solve_late);
    course.due = [course.closes, course.idle, answer, solution].into_iter().flatten().min();
}

fn set<T: PartialEq>(what: &mut T, to: T) -> Result<(), Refused> {
    if *what == to {
        return Err(Refused::Already);
    }
    *what = to;
    Ok(())
}

/// Its targets are the new category's from then on, counted from when it was opened; its owner may be none of the new staff.
fn go_to(course: &mut Course, category: &Category, now: Millis) -> Result<(), Refused> {
    set(&mut course.category, category.id.clone())?;
    course.owner = None;
    course.idle_for = category.idle_for;
    listen(course, Some(now).filter(|_| course.state == State::WaitingMember));
    (course.answer_late, course.solve_late) = (false, false);
    if course.answered.is_none() {
        course.answer_by = category.answer_within.map(|within| course.opened.plus(within));
    }
    let stands = matches!(course.state, State::WaitingMember | State::Resolved);
    course.solve_by = category.solve_within.map(|within| course.opened.plus(within));
    course.solve_left = None;
    if stands {
        stop(course, now);
    }
    Ok(())
}

fn stop(course: &mut Course, now: Millis) {
    if let Some(by) = course.solve_by.take() {
        course.solve_left = Some(by.0 - now.0);
    }
}

fn go_on(course: &mut Course, now: Millis) {
    if let Some(left) = course.solve_left.take() {
        course.solve_by = Some(Millis(now.0.saturating_add(left)));
    }
}

fn end(course: &mut Course, now: Millis) {
    stop(course, now);
    course.state = State::Closed;
    (course.answer_by, course.closes) = (None, None);
    listen(course, None);
    course.ended = Some(now);
}

fn reopen(course: &mut Course, now: Millis) {
    go_on(course, now);
    course.state = State::WaitingStaff;
    (course.closes, course.ended, course.outcome, course.reason, course.ended_by) = (None, None, None, None, None);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const ANN: UserId = UserId(1);
    const BOB: UserId = UserId(2);
    const HOUR: i64 = 3_600_000;

    fn category(id: &str) -> Category {
        Category {
            id: id.to_owned(),
            panel: "panel".to_owned(),
            name: "Billing".to_owned(),
            emoji: None,
            description: String::new(),
            priority: Priority::Normal,
            cooldown: None,
            most_open: 1,
            hours: None,
            zone: "UTC".to_owned(),
            answer_within: Some(Duration::from_hours(1)),
            solve_within: Some(Duration::from_hours(8)),
            ask_for: None,
            idle_for: Some(Duration::from_hours(48)),
            roles: Vec::new(),
            questions: Vec::new(),
        }
    }

    fn course() -> Course {
        begin(&category("a"), "It is broken".to_owned(), Millis(0))
    }

    fn close(ask: Option<Duration>) -> Press {
        Press::Close { outcome: Outcome::Solved, reason: "it works".to_owned(), ask }
    }

    #[test]
    fn a_ticket_claimed_twice_has_one_owner() {
        let mut course = course();
        press(&mut course, ANN, &Press::Claim, Millis(1)).unwrap();
        assert_eq!(press(&mut course, BOB, &Press::Claim, Millis(2)), Err(Refused::Taken(ANN)));
        assert_eq!(press(&mut course, ANN, &Press::Claim, Millis(2)), Err(Refused::Already));
        assert_eq!(course.owner, Some(ANN));
    }

    #[test]
    fn whoever_speaks_last_waits_and_the_clock_stands_while_it_is_the_members_turn() {
        let mut course = course();
        assert!(!spoke(&mut course, Speaker::Member, 1, Millis(1)), "nobody has answered yet");
        assert!(spoke(&mut course, Speaker::Staff, 2, Millis(HOUR / 2)));
        assert_eq!((course.state, course.answered), (State::WaitingMember, Some(Millis(HOUR / 2))));
        assert_eq!((course.answer_by, course.solve_by), (None, None));
        assert!(spoke(&mut course, Speaker::Member, 3, Millis(100 * HOUR)));
        assert_eq!(course.state, State::WaitingStaff);
        assert_eq!(course.solve_by, Some(Millis(100 * HOUR + 15 * HOUR / 2)), "seven and a half hours were left");
        assert!(!spoke(&mut course, Speaker::Staff, 3, Millis(101 * HOUR)), "a message is heard once");
        assert!(!spoke(&mut course, Speaker::Member, 4, Millis(101 * HOUR)));
    }

    #[test]
    fn the_member_is_asked_first_where_that_is_wanted_and_a_message_opens_it_again() {
        let mut course = course();
        press(&mut course, ANN, &close(Some(Duration::from_hours(24))), Millis(HOUR)).unwrap();
        assert_eq!((course.state, course.closes), (State::Resolved, Some(Millis(25 * HOUR))));
        assert!(!tick(&mut course, Millis(24 * HOUR)).contains(&Brought::Closed));
        let mut answered = course.clone();
        assert!(spoke(&mut answered, Speaker::Member, 9, Millis(2 * HOUR)));
        assert_eq!((answered.state, answered.outcome, answered.closes), (State::WaitingStaff, None, None));
        assert_eq!(tick(&mut course, Millis(25 * HOUR)), [Brought::Closed]);
        assert_eq!((course.state, course.ended, course.due), (State::Closed, Some(Millis(25 * HOUR)), None));
    }

    #[test]
    fn staff_are_told_once_that_something_is_late_and_not_while_it_is_the_members_turn() {
        let mut course = course();
        assert_eq!(course.due, Some(Millis(HOUR)));
        assert_eq!(tick(&mut course, Millis(HOUR - 1)), []);
        assert_eq!(tick(&mut course, Millis(HOUR)), [Brought::AnswerLate]);
        assert_eq!((tick(&mut course, Millis(2 * HOUR)), course.due), (Vec::new(), Some(Millis(8 * HOUR))));
        spoke(&mut course, Speaker::Staff, 1, Millis(3 * HOUR));
        assert_eq!((tick(&mut course, Millis(40 * HOUR)), course.due), (Vec::new(), course.idle), "its clock stands");
        spoke(&mut course, Speaker::Member, 2, Millis(100 * HOUR));
        assert_eq!(course.due, Some(Millis(105 * HOUR)));
        assert_eq!(tick(&mut course, Millis(105 * HOUR)), [Brought::SolutionLate]);
        assert_eq!((tick(&mut course, Millis(200 * HOUR)), course.due), (Vec::new(), None));
    }

    #[test]
    fn who_says_nothing_is_warned_once_and_then_it_is_over() {
        let mut course = course();
        spoke(&mut course, Speaker::Staff, 1, Millis(HOUR));
        assert_eq!((course.idle, tick(&mut course, Millis(48 * HOUR))), (Some(Millis(49 * HOUR)), Vec::new()));
        assert_eq!(tick(&mut course, Millis(49 * HOUR)), [Brought::Warned]);
        assert_eq!(tick(&mut course, Millis(96 * HOUR)), []);
        let mut answered = course.clone();
        spoke(&mut answered, Speaker::Member, 2, Millis(96 * HOUR));
        assert_eq!((answered.idle, answered.idle_warned), (None, false));
        assert_eq!(tick(&mut course, Millis(97 * HOUR)), [Brought::Left]);
        assert_eq!((course.state, course.outcome, course.due), (State::Closed, Some(Outcome::NoAnswer), None));
    }

    #[test]
    fn what_is_over_changes_only_by_being_opened_again() {
        let mut course = course();
        press(&mut course, ANN, &close(None), Millis(HOUR)).unwrap();
        for refused in [Press::Claim, Press::Assign(None), Press::Rename("x".to_owned()), close(None)] {
            assert_eq!(press(&mut course, ANN, &refused, Millis(2)), Err(Refused::Over));
        }
        assert!(!spoke(&mut course, Speaker::Member, 7, Millis(2 * HOUR)));
        press(&mut course, ANN, &Press::Reopen, Millis(3 * HOUR)).unwrap();
        assert_eq!((course.state, course.solve_by), (State::WaitingStaff, Some(Millis(10 * HOUR))));
        assert_eq!(press(&mut course, ANN, &Press::Reopen, Millis(3 * HOUR)), Err(Refused::GoesOn));
    }

    #[test]
    fn another_category_has_its_own_targets_and_nobody_has_it() {
        let mut course = course();
        press(&mut course, ANN, &Press::Claim, Millis(1)).unwrap();
        let other = Category { answer_within: None, solve_within: Some(Duration::from_hours(2)), ..category("b") };
        press(&mut course, ANN, &Press::Move(Box::new(other.clone())), Millis(HOUR)).unwrap();
        assert_eq!((course.owner, course.answer_by, course.solve_by), (None, None, Some(Millis(2 * HOUR))));
        let again = press(&mut course, ANN, &Press::Move(Box::new(other)), Millis(HOUR));
        assert_eq!(again, Err(Refused::Already));
    }

    fn anything() -> impl Strategy<Value = u8> {
        0_u8..9
    }

    proptest! {
        #[test]
        fn one_clock_goes_or_stands_and_whoever_has_ended_has_an_outcome(steps in proptest::collection::vec((anything(), 0_i64..HOUR), 0..40)) {
            let (mut course, mut now) = (course(), Millis(0));
            for (message, (step, passed)) in (1_u64..).zip(steps) {
                now = Millis(now.0 + passed);
                let _ = match step {
                    0 => press(&mut course, ANN, &Press::Claim, now),
                    1 => press(&mut course, BOB, &Press::Assign(Some(ANN)), now),
                    2 => press(&mut course, ANN, &Press::Reopen, now),
                    3 => press(&mut course, ANN, &close(None), now),
                    4 => press(&mut course, ANN, &close(Some(Duration::from_mins(10))), now),
                    5 => press(&mut course, ANN, &Press::Move(Box::new(category("b"))), now),
                    6 => { spoke(&mut course, Speaker::Staff, message, now); Ok(()) }
                    7 => { spoke(&mut course, Speaker::Member, message, now); Ok(()) }
                    _ => { tick(&mut course, now); Ok(()) }
                };
                prop_assert!(course.solve_by.is_none() || course.solve_left.is_none());
                let stands = matches!(course.state, State::WaitingMember | State::Resolved | State::Closed);
                prop_assert_eq!(stands, course.solve_left.is_some());
                prop_assert_eq!(course.state == State::Closed, course.ended.is_some());
                prop_assert!(course.ended.is_none() || course.outcome.is_some());
                prop_assert_eq!(course.closes.is_some(), course.state == State::Resolved);
                prop_assert!(course.state != State::Closed || course.due.is_none());
            }
        }
    }
}
