//! How a ticket goes: who has it, whose turn it is, and how long there is left. Pure.
//!
//! **Invariants:** the clock of a solution goes only while it is staff's turn, and what was left is left. What is over changes by
//! being opened again, and by nothing else. What follows a missed target is taken step by step, each once.

use std::time::Duration;

use base::{Millis, UserId};
use store::tickets::{After, Away, Category, Course, Outcome, Priority, State, Steps};

/// Where a category does not say: a ping after a quarter of the target, and those who come last after all of it once more.
const PING_AFTER: u32 = 4;
const ESCALATE_AFTER: u32 = 1;
/// Steps after a missed target.
const REMINDED: i64 = 1;
const PINGED: i64 = 2;
const CALLED: i64 = 3;

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
        ask: Option<Duration>,
    },
    /// It to go on again.
    Reopen,
    /// To answer, by the bot.
    Reply,
    /// Those who come last to be called now.
    Escalate,
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
    Staff(UserId),
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
        answered_by: None,
        answer_by: category.answer_within.map(|within| now.plus(within)),
        solve_by: category.solve_within.map(|within| now.plus(within)),
        solve_left: None,
        answer_steps: steps(category, category.answer_within),
        solve_steps: steps(category, category.solve_within),
        escalated: None,
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
        away: None,
    };
    settle(&mut course);
    course
}

/// Whose it is is not in the guild: nobody waits for them. The answer is whether that is news.
pub fn left(course: &mut Course, away: Away) -> bool {
    let is_news = course.state != State::Closed && (course.away.is_none() || course.away < Some(away));
    if is_news {
        course.away = Some(away);
        listen(course, None);
        settle(course);
    }
    is_news
}

/// They are back. The answer is whether that is news.
pub fn came(course: &mut Course, now: Millis) -> bool {
    let is_news = course.state != State::Closed && course.away.take().is_some();
    if is_news {
        listen(course, Some(now).filter(|_| course.state == State::WaitingMember));
        settle(course);
    }
    is_news
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
        Press::Reply => {
            answer(course, by, now);
        }
        Press::Escalate => {
            if course.escalated.is_some() {
                return Err(Refused::Already);
            }
            course.escalated = Some(now);
            // Time does not say again what was said by hand.
            (course.answer_steps.taken, course.solve_steps.taken) = (CALLED, CALLED);
        }
    }
    settle(course);
    Ok(())
}

/// What follows where a target of this category is missed.
fn steps(category: &Category, target: Option<Duration>) -> Steps {
    let Some(target) = target else { return Steps::default() };
    let after = |after: After, share: u32| match after {
        After::Share => Some(target / share),
        After::Span(span) => Some(span),
        After::Never => None,
    };
    let escalate = category.escalate_to.and_then(|_| after(category.escalate_after, ESCALATE_AFTER));
    Steps { taken: 0, ping: after(category.ping_after, PING_AFTER), escalate }
}

/// When each step after a missed target is due.
fn due(by: Millis, steps: &Steps) -> [(i64, Option<Millis>); 3] {
    let after = |span: Option<Duration>| span.map(|span| by.plus(span));
    [(REMINDED, Some(by)), (PINGED, after(steps.ping)), (CALLED, after(steps.escalate))]
}

/// Staff answered. The answer is whether that changed anything.
fn answer(course: &mut Course, by: UserId, now: Millis) -> bool {
    match course.state {
        State::Open | State::WaitingStaff => {
            if course.answered.is_none() {
                (course.answered, course.answered_by) = (Some(now), Some(by));
            }
            course.answer_by = None;
            stop(course, now);
            course.state = State::WaitingMember;
            listen(course, Some(now));
            true
        }
        State::WaitingMember if course.idle_for.is_some() => {
            listen(course, Some(now));
            true
        }
        _ => false,
    }
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
        (Speaker::Staff(by), _) => answer(course, by, now),
        _ => false,
    };
    settle(course);
    changed
}

/// From then on the member may say nothing for so long, or it is not their turn.
fn listen(course: &mut Course, since: Option<Millis>) {
    // Whoever is not there is not waited for.
    let since = since.filter(|_| course.away.is_none());
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
    /// A target was missed, and this is the step that is due of what follows.
    Late(Target, Step),
}

/// What is to be done in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The first answer.
    Answer,
    /// The solution.
    Solution,
}

/// What follows a missed target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is said, and nobody is called.
    Remind,
    /// Whoever has it is called, or staff.
    Ping,
    /// Those who come last are called.
    Escalate,
}

/// Does what is due by now. Of several steps that came due meanwhile the last is taken, and none twice.
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
    for (target, by, its) in [
        (Target::Answer, course.answer_by, &mut course.answer_steps),
        (Target::Solution, course.solve_by, &mut course.solve_steps),
    ] {
        let Some(by) = by else { continue };
        let reached = due(by, its).into_iter().filter(|(_, at)| is_past(*at)).map(|(step, _)| step).max();
        let Some(reached) = reached.filter(|step| *step > its.taken) else { continue };
        its.taken = reached;
        brought.push(Brought::Late(
            target,
            match reached {
                REMINDED => Step::Remind,
                PINGED => Step::Ping,
                _ => Step::Escalate,
            },
        ));
        if reached == CALLED {
            course.escalated.get_or_insert(now);
        }
    }
    settle(course);
    brought
}

/// When time changes something next.
fn settle(course: &mut Course) {
    let next = |by: Option<Millis>, steps: &Steps| {
        let left = due(by?, steps).into_iter().filter(|(step, _)| *step > steps.taken);
        left.filter_map(|(_, at)| at).min()
    };
    let answer = next(course.answer_by, &course.answer_steps);
    let solution = next(course.solve_by, &course.solve_steps);
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
    course.answer_steps = steps(category, category.answer_within);
    course.solve_steps = steps(category, category.solve_within);
    course.escalated = None;
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
    use proptest::prelude::*;
    use store::tickets::Place;

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
            ping_after: After::Share,
            escalate_after: After::Share,
            escalate_to: Some(base::RoleId(9)),
            place: Place::Thread,
            under: None,
            forum: None,
            forum_since: Millis(0),
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
        assert!(spoke(&mut course, Speaker::Staff(ANN), 2, Millis(HOUR / 2)));
        assert_eq!((course.state, course.answered), (State::WaitingMember, Some(Millis(HOUR / 2))));
        assert_eq!((course.answer_by, course.solve_by), (None, None));
        assert!(spoke(&mut course, Speaker::Member, 3, Millis(100 * HOUR)));
        assert_eq!(course.state, State::WaitingStaff);
        assert_eq!(course.solve_by, Some(Millis(100 * HOUR + 15 * HOUR / 2)), "seven and a half hours were left");
        assert!(!spoke(&mut course, Speaker::Staff(ANN), 3, Millis(101 * HOUR)), "a message is heard once");
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
    fn a_missed_target_is_a_reminder_then_a_ping_then_those_who_come_last_each_once_and_not_while_its_clock_stands() {
        let late = |target, step| vec![Brought::Late(target, step)];
        let mut course = course();
        assert_eq!(course.due, Some(Millis(HOUR)));
        assert_eq!(tick(&mut course, Millis(HOUR - 1)), []);
        assert_eq!(tick(&mut course, Millis(HOUR)), late(Target::Answer, Step::Remind));
        assert_eq!((tick(&mut course, Millis(HOUR)), course.due), (Vec::new(), Some(Millis(HOUR * 5 / 4))));
        assert_eq!(tick(&mut course, Millis(HOUR * 5 / 4)), late(Target::Answer, Step::Ping));
        assert_eq!(tick(&mut course, Millis(2 * HOUR)), late(Target::Answer, Step::Escalate));
        assert_eq!((course.escalated, course.due), (Some(Millis(2 * HOUR)), Some(Millis(8 * HOUR))));
        spoke(&mut course, Speaker::Staff(ANN), 1, Millis(3 * HOUR));
        assert_eq!((tick(&mut course, Millis(40 * HOUR)), course.due), (Vec::new(), course.idle), "its clock stands");
        spoke(&mut course, Speaker::Member, 2, Millis(100 * HOUR));
        assert_eq!(course.due, Some(Millis(105 * HOUR)));
        // Where nobody looked for long, the last of what came due is said, and the rest is not made up for.
        assert_eq!(tick(&mut course, Millis(200 * HOUR)), late(Target::Solution, Step::Escalate));
        assert_eq!((tick(&mut course, Millis(300 * HOUR)), course.due), (Vec::new(), None));
    }

    #[test]
    fn what_follows_is_as_the_category_says_and_by_hand_it_is_done_once() {
        let quick = Category {
            ping_after: After::Span(Duration::from_mins(10)),
            escalate_after: After::Never,
            ..category("a")
        };
        let mut course = begin(&quick, "x".to_owned(), Millis(0));
        tick(&mut course, Millis(HOUR));
        assert_eq!(course.due, Some(Millis(HOUR + 600_000)));
        tick(&mut course, Millis(7 * HOUR));
        assert_eq!((course.answer_steps.taken, course.escalated, course.due), (2, None, Some(Millis(8 * HOUR))));
        press(&mut course, ANN, &Press::Escalate, Millis(7 * HOUR)).unwrap();
        assert_eq!(course.due, None, "who was called is not reminded");
        assert_eq!(press(&mut course, BOB, &Press::Escalate, Millis(7 * HOUR)), Err(Refused::Already));
        let nobody = Category { escalate_to: None, ..category("a") };
        assert_eq!(begin(&nobody, "x".to_owned(), Millis(0)).answer_steps.escalate, None);
    }

    #[test]
    fn an_answer_by_the_bot_is_an_answer() {
        let mut course = course();
        press(&mut course, BOB, &Press::Reply, Millis(HOUR)).unwrap();
        assert_eq!((course.state, course.answered), (State::WaitingMember, Some(Millis(HOUR))));
        spoke(&mut course, Speaker::Staff(ANN), 5, Millis(2 * HOUR));
        assert_eq!((course.answered, course.answered_by), (Some(Millis(HOUR)), Some(BOB)), "the first counts");
        press(&mut course, ANN, &close(None), Millis(3 * HOUR)).unwrap();
        assert_eq!(press(&mut course, BOB, &Press::Reply, Millis(4 * HOUR)), Err(Refused::Over));
    }

    #[test]
    fn who_says_nothing_is_warned_once_and_then_it_is_over() {
        let mut course = course();
        spoke(&mut course, Speaker::Staff(ANN), 1, Millis(HOUR));
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
    fn whoever_is_not_there_is_not_waited_for() {
        let mut course = course();
        spoke(&mut course, Speaker::Staff(UserId(5)), 1, Millis(HOUR));
        assert!(left(&mut course, Away::Left) && !left(&mut course, Away::Left));
        assert_eq!((course.idle, tick(&mut course, Millis(500 * HOUR))), (None, Vec::new()));
        assert!(left(&mut course, Away::Banned) && !left(&mut course, Away::Left), "a ban is said after all");
        spoke(&mut course, Speaker::Staff(UserId(5)), 2, Millis(500 * HOUR));
        assert_eq!(course.idle, None);
        assert!(came(&mut course, Millis(501 * HOUR)) && !came(&mut course, Millis(501 * HOUR)));
        assert_eq!(course.idle, Some(Millis(549 * HOUR)), "from then on it is their turn");
        press(&mut course, ANN, &close(None), Millis(502 * HOUR)).unwrap();
        assert!(!left(&mut course, Away::Left), "what is over is over");
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
        0_u8..11
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
                    6 => { spoke(&mut course, Speaker::Staff(ANN), message, now); Ok(()) }
                    7 => { spoke(&mut course, Speaker::Member, message, now); Ok(()) }
                    8 => press(&mut course, BOB, &Press::Reply, now),
                    9 => press(&mut course, BOB, &Press::Escalate, now),
                    _ => {
                        let before = (course.answer_steps.taken, course.solve_steps.taken);
                        tick(&mut course, now);
                        prop_assert!(before <= (course.answer_steps.taken, course.solve_steps.taken), "no step is taken back");
                        Ok(())
                    }
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
