//! Questions in the hub itself, where the test decides what time it is, who is who, and what answers to a name.

mod crew;

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use base::{Action, Actor, Error, UserId, Way, card::Answer};
use crew::{APPROVER, ASKER, CREW, Crew, DAY, People, Ring, actor, hub_on, says_yes};
use hub::Outcome;
use store::{Store, approvals::State};
use uuid::Uuid;

/// Each story is told on both databases.
macro_rules! on_both {
    ($($story:ident)*) => {$(
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$story(super::Crew::meet(store::Kind::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$story(super::Crew::meet(store::Kind::Postgres).await).await;
            }
        }
    )*};
}
on_both! {
    a_question_nobody_answers_ends_and_a_press_after_that_does_nothing
    a_clock_that_jumps_forward_ends_it_too
    a_clock_that_jumps_back_before_it_was_asked_makes_a_yes_count_for_nothing
    a_reminder_comes_once
    whoever_a_model_works_for_may_approve_what_they_could_do_alone
    a_model_and_an_automation_answer_nothing
    an_automation_asks_even_for_an_administrator
    a_yes_counts_for_what_answered_to_the_name_when_it_was_asked
    a_thousand_answers_at_once_by_ten_people_do_it_once
    two_processes_on_one_database_do_it_once
    what_concerns_only_oneself_takes_no_grant
    a_yes_whose_process_died_before_it_began_waits_again
    what_had_begun_before_its_process_died_is_not_asked_again
    nobodys_yes_counts_for_another_before_members_are_known
}

async fn a_question_nobody_answers_ends_and_a_press_after_that_does_nothing(crew: Crew) {
    let (early, late) = (crew.ask().await, crew.ask().await);
    crew.clock.advance(DAY);
    crew.clock.turn_back(Duration::from_millis(1));
    crew.yes(early).await.unwrap();
    crew.clock.advance(Duration::from_millis(1));
    // Whether or not anybody has looked for what expired.
    assert!(crew.yes(late).await.unwrap_err().contains("nobody answered in time"));
    assert_eq!(crew.overdue().await, [late]);
    assert!(crew.yes(late).await.unwrap_err().contains("nobody answered in time"));
    assert_eq!((crew.rung(), crew.state(late).await), (1, State::Expired));
}

async fn a_clock_that_jumps_forward_ends_it_too(crew: Crew) {
    let question = crew.ask().await;
    crew.clock.advance(DAY * 365);
    assert!(crew.yes(question).await.unwrap_err().contains("no longer open"));
    assert!(crew.store.due_reminders().await.unwrap().is_empty(), "nobody is reminded of what is over");
    assert_eq!(crew.overdue().await, [question]);
    // Back where it was, it stays over.
    crew.clock.turn_back(DAY * 365);
    assert!(crew.yes(question).await.unwrap_err().contains("no longer open"));
    assert_eq!(crew.rung(), 0);
}

async fn a_clock_that_jumps_back_before_it_was_asked_makes_a_yes_count_for_nothing(crew: Crew) {
    let question = crew.ask().await;
    crew.clock.turn_back(DAY);
    for _ in 0..3 {
        crew.yes(question).await.unwrap_err();
    }
    assert_eq!((crew.rung(), crew.store.votes(CREW, question).await.unwrap().len()), (0, 0));
    assert!(crew.overdue().await.is_empty());
    // With the right time it can be answered, once.
    crew.clock.advance(DAY);
    crew.yes(question).await.unwrap();
    crew.yes(question).await.unwrap_err();
    assert_eq!(crew.rung(), 1);
}

async fn a_reminder_comes_once(crew: Crew) {
    let (waits, answered) = (crew.ask().await, crew.ask().await);
    crew.yes(answered).await.unwrap();
    let due = async || crew.store.due_reminders().await.unwrap().into_iter().map(|asked| asked.id).collect::<Vec<_>>();
    assert_eq!(due().await, [] as [Uuid; 0]);
    crew.clock.advance(DAY * 3 / 4);
    assert_eq!(due().await, [waits]);
    for _ in 0..3 {
        crew.clock.advance(DAY / 16);
        assert_eq!(due().await, [] as [Uuid; 0], "once");
    }
    // Also where the clock goes over that moment again.
    crew.clock.turn_back(DAY / 2);
    crew.clock.advance(DAY / 2);
    assert_eq!(due().await, [] as [Uuid; 0], "once");
}

fn jarvis(person: u64) -> Actor {
    Actor { way: Way::Model, agent: Some("Jarvis".to_owned()), ..actor(person) }
}

async fn whoever_a_model_works_for_may_approve_what_they_could_do_alone(crew: Crew) {
    // Here a person, too, asks another: what asks in their name is no way around that.
    let question = crew.ask_as(jarvis(ASKER)).await;
    let refusal = says_yes(&crew.hub, actor(ASKER), question).await.unwrap_err();
    assert!(refusal.contains("Somebody else decides this"), "{refusal}");
    says_yes(&crew.hub, actor(APPROVER), question).await.unwrap();
    crew.rule(base::Need::Never).await;
    let before = (crew.rung(), crew.store.audit(CREW, 100).await.unwrap().len());
    assert_eq!(before.0, 1);
    let question = crew.ask_as(jarvis(ASKER)).await;
    says_yes(&crew.hub, actor(ASKER), question).await.unwrap();
    assert_eq!(crew.rung(), 2);
    // What it did is on record as theirs, by the model, and not as theirs alone.
    let mut rows = crew.store.audit(CREW, 100).await.unwrap();
    rows.truncate(rows.len() - before.1);
    let mut told: Vec<_> = rows.iter().map(|row| format!("{} {} {}", row.action, row.way, row.outcome)).collect();
    told.sort();
    assert_eq!(told, ["approval.approve press done", "bell.ring model done", "bell.ring model waiting"]);
    // Somebody who may not is not whom it works for.
    let question = crew.ask_as(jarvis(ASKER)).await;
    assert!(says_yes(&crew.hub, actor(7), question).await.unwrap_err().contains("It takes `bell.ring` on `big`"));
    assert_eq!(crew.rung(), 2);
}

async fn a_model_and_an_automation_answer_nothing(crew: Crew) {
    for question in [crew.ask().await, crew.ask_as(jarvis(ASKER)).await] {
        for way in [Way::Model, Way::Automation] {
            for (person, administrator) in [(ASKER, false), (APPROVER, false), (APPROVER, true)] {
                let by = Actor { way, administrator, ..jarvis(person) };
                let refusal = says_yes(&crew.hub, by.clone(), question).await.unwrap_err();
                assert!(refusal.contains("Only a person answers this"), "{refusal}");
                let denied = crew.hub.decide(by, question, Answer::No, None).await;
                assert!(denied.is_err_and(|error| error.to_string().contains("Only a person answers this")));
            }
        }
        assert_eq!((crew.rung(), crew.state(question).await), (0, State::Open));
        assert!(crew.store.votes(CREW, question).await.unwrap().is_empty());
    }
}

async fn an_automation_asks_even_for_an_administrator(crew: Crew) {
    let gone = crew.store.forget_rule(CREW, Ring::NAME, "*", None, None).await.unwrap();
    assert!(gone, "only what holds by default");
    let owner = Actor { administrator: true, ..actor(1) };
    let ring = Ring { bell: "big".to_owned() };
    let own = crew.hub.perform(owner.clone(), ring.clone()).ended().await;
    assert!(matches!(own.outcome, Outcome::Done { .. }), "their own hands are not asked");
    // A rule that asks nobody does not mean automations, unless it names them.
    for way in [Way::Automation, Way::Model] {
        let by = Actor { way, agent: Some("every night".to_owned()), ..owner.clone() };
        let asked = crew.hub.perform(by.clone(), ring.clone()).ended().await;
        assert!(matches!(asked.outcome, Outcome::Waits(_)), "{way:?}");
        crew.rule(base::Need::Never).await;
        let asked = crew.hub.perform(by, ring.clone()).ended().await;
        assert!(matches!(asked.outcome, Outcome::Waits(_)), "{way:?}");
    }
    assert_eq!(crew.rung(), 1);
}

async fn a_yes_counts_for_what_answered_to_the_name_when_it_was_asked(crew: Crew) {
    let question = crew.ask().await;
    crew.tower.hung.fetch_add(1, Ordering::SeqCst);
    let ended = crew.yes(question).await.unwrap_err();
    assert!(ended.contains("is not what it was when this was asked"), "{ended}");
    // It is over, also when the old one hangs there again.
    crew.tower.hung.fetch_sub(1, Ordering::SeqCst);
    assert!(crew.yes(question).await.unwrap_err().contains("no longer open"));
    assert_eq!((crew.rung(), crew.state(question).await), (0, State::Expired));
}

async fn a_thousand_answers_at_once_by_ten_people_do_it_once(crew: Crew) {
    let question = crew.ask().await;
    let mut answers = tokio::task::JoinSet::new();
    for press in 0..1_000 {
        let hub = crew.hub.clone();
        answers.spawn(async move { says_yes(&hub, actor(APPROVER + press % 10), question).await });
    }
    let answers = answers.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let late = answers.iter().filter_map(|answer| answer.as_ref().err());
    late.for_each(|late| assert!(late.contains("it was answered with yes before"), "{late}"));
    assert_eq!(crew.rung(), 1);
}

async fn two_processes_on_one_database_do_it_once(crew: Crew) {
    let store = Store::open(&crew.url, crew.clock.clone()).await.unwrap();
    let other = hub_on(&store, &crew.clock, &crew.tower);
    other.know_members(Arc::<People>::clone(&crew.people));
    for _ in 0..20 {
        let (question, rung) = (crew.ask().await, crew.rung());
        let (here, there) = tokio::join!(crew.yes(question), says_yes(&other, actor(APPROVER + 1), question));
        assert_eq!((here.is_ok(), there.is_ok(), crew.rung()), (here.is_ok(), here.is_err(), rung + 1));
    }
}

async fn what_concerns_only_oneself_takes_no_grant(crew: Crew) {
    let stranger = actor(7);
    let own = crew.hub.perform(stranger.clone(), Ring { bell: "of user7".to_owned() }).ended().await;
    assert!(matches!(own.outcome, Outcome::Done { .. }));
    assert_eq!(crew.rung(), 1);
    for bell in ["of user100", "big"] {
        let anothers = crew.hub.perform(stranger.clone(), Ring { bell: bell.to_owned() }).ended().await;
        assert!(matches!(anothers.outcome, Outcome::Failed(Error::Forbidden { .. })), "{bell}");
    }
    assert_eq!(crew.rung(), 1);
}

async fn a_yes_whose_process_died_before_it_began_waits_again(crew: Crew) {
    crew.rule(base::Need::FourEyes).await;
    let question = crew.ask().await;
    // Presses are on record, those that were refused too: none of them is what was asked.
    says_yes(&crew.hub, actor(7), question).await.unwrap_err();
    assert_eq!(crew.yes(question).await.unwrap_err(), "counted");
    let asked = crew.store.approval(CREW, question).await.unwrap().unwrap();
    crew.store.vote(&actor(APPROVER + 1), question).await.unwrap();
    assert!(crew.store.grant_approval(CREW, question, &asked.digest, asked.policy_version).await.unwrap());

    // Here it died: the yes is spent, and nothing has begun.
    crew.store.interrupt_audit().await.unwrap();
    assert_eq!(crew.store.reopen_approvals().await.unwrap(), 1);
    assert_eq!((crew.rung(), crew.state(question).await), (0, State::Open));
    says_yes(&crew.hub, actor(APPROVER + 1), question).await.unwrap();
    assert_eq!((crew.rung(), crew.store.reopen_approvals().await.unwrap()), (1, 0));
}

async fn what_had_begun_before_its_process_died_is_not_asked_again(crew: Crew) {
    let question = crew.ask().await;
    crew.yes(question).await.unwrap();
    crew.store.interrupt_audit().await.unwrap();
    assert_eq!(crew.store.reopen_approvals().await.unwrap(), 0);
    assert!(crew.yes(question).await.is_err());
    assert_eq!((crew.rung(), crew.state(question).await), (1, State::Granted));
}

async fn nobodys_yes_counts_for_another_before_members_are_known(crew: Crew) {
    let question = crew.ask().await;
    let starting = hub_on(&crew.store, &crew.clock, &crew.tower);
    let refusal = says_yes(&starting, actor(APPROVER), question).await.unwrap_err();
    assert!(refusal.contains("not connected to Discord yet"), "{refusal}");
    // Nor for somebody who is not in the guild any more.
    crew.people.0.lock().unwrap().remove(&UserId(ASKER));
    let ended = crew.yes(question).await.unwrap_err();
    assert!(ended.contains("is no longer in this guild"), "{ended}");
    assert_eq!((crew.rung(), crew.state(question).await), (0, State::Expired));
}
