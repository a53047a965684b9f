//! Schedules: in the hub itself, where the test decides what time it is; killed again and again; and as people use them.

mod crew;
mod kills;
mod people;

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use base::{Need, UserId};
use crew::{CREW, Crew, MAKER, MINUTE, actor};
use schedules::{AddSchedule, PauseSchedule, RemoveSchedule, ResumeSchedule, RunSchedule, ScheduleName};
use store::schedules::State;

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
    what_is_due_is_done_once_and_is_on_record_as_done_for_whoever_made_it
    what_was_missed_is_skipped_made_up_for_once_or_one_by_one
    it_runs_with_the_grants_of_that_moment
    somebody_who_left_the_guild_pauses_it
    while_schedules_are_off_nothing_is_done_by_itself
    while_discord_is_silent_it_waits_and_nothing_is_lost
    what_is_too_late_when_discord_answers_is_skipped
    a_run_that_goes_on_is_not_begun_twice
    while_a_question_is_open_no_other_is_asked
    failures_in_a_row_fold_and_success_can_be_quiet
    two_processes_on_one_database_do_each_once
    what_was_claimed_and_not_begun_is_done_by_the_next_process
    what_was_begun_is_not_done_again_by_the_next_process
    a_clock_that_jumps_back_does_nothing_twice
    a_schedule_is_shown_before_it_is_made
    whoever_makes_one_may_do_what_it_does
    what_makes_no_sense_by_itself_is_refused
    what_is_paused_leaves_out_what_comes_due
    a_run_by_hand_is_by_whoever_asks
    what_was_removed_is_not_done
    something_that_happens_once_is_over_then
}

async fn what_is_due_is_done_once_and_is_on_record_as_done_for_whoever_made_it(crew: Crew) {
    crew.every(MINUTE, "all", "always").await;
    crew.passes(Duration::from_millis(59_999)).await;
    assert_eq!(crew.rung(), 0);
    crew.passes(Duration::from_millis(1)).await;
    crew.bot.tick().await;
    assert_eq!(crew.rung(), 1);
    let came = crew.came().await;
    let entry =
        crew.store.audit_entry(&came[0].id.to_string()).await.unwrap().expect("the id chosen when it was claimed");
    assert_eq!((entry.actor_id.as_str(), entry.way.as_str()), ("100", "automation"));
    assert_eq!((entry.agent.as_deref(), entry.outcome.as_str()), (Some("bells"), "done"));
    assert_eq!(crew.told().await, ["**Rang**"]);
    assert!(crew.told().await.is_empty(), "told once");
}

async fn what_was_missed_is_skipped_made_up_for_once_or_one_by_one(crew: Crew) {
    for (missed, rung, ends, not_made_up) in [
        ("skip", 0, vec![], 5),
        ("once", 1, vec!["5 done"], 0),
        ("all", 5, vec!["1 done", "2 done", "3 done", "4 done", "5 done"], 0),
    ] {
        let before = crew.rung();
        let start = crew.clock.now();
        let rule = format!("every 60000 {}", start.0);
        crew.on(&rule, start.plus(MINUTE), missed, "always").await;
        // The bot was not there; the last one, too, is later than 30 s.
        crew.passes(MINUTE * 5 + Duration::from_secs(40)).await;
        assert_eq!(crew.rung() - before, rung, "{missed}");
        let ends_now = crew.came().await.len();
        assert_eq!((ends_now, crew.bells().await.missed_count), (ends.len(), not_made_up), "{missed}");
        // What comes next is on time again.
        crew.passes(Duration::from_secs(20)).await;
        assert_eq!(crew.rung() - before, rung + 1, "{missed}");
        crew.store.remove_schedule(CREW, &crew.bells().await.id).await.unwrap();
    }
}

async fn it_runs_with_the_grants_of_that_moment(crew: Crew) {
    crew.every(MINUTE, "once", "always").await;
    crew.passes(MINUTE).await;
    for grant in crew.store.grants(CREW).await.unwrap() {
        crew.store.revoke_grant(CREW, &grant.id).await.unwrap();
    }
    crew.passes(MINUTE).await;
    assert_eq!((crew.rung(), crew.ends().await), (1, vec!["1 done".to_owned(), "2 refused".to_owned()]));
    crew.grant("bell.ring").await;
    crew.passes(MINUTE).await;
    assert_eq!(crew.rung(), 2);
    assert_eq!(crew.told().await, ["**Rang**", "**You may not** ring bells", "**Rang** · works again"]);
}

async fn somebody_who_left_the_guild_pauses_it(crew: Crew) {
    crew.every(MINUTE, "once", "failures").await;
    crew.people.0.lock().unwrap().as_mut().unwrap().remove(&MAKER);
    for _ in 0..3 {
        crew.passes(MINUTE).await;
    }
    let bells = crew.bells().await;
    assert_eq!((crew.rung(), bells.state), (0, State::Paused));
    assert_eq!(bells.paused_why.as_deref(), Some("<@100>, as whom it runs, is no longer in this guild"));
    assert_eq!(crew.told().await, ["**Paused** schedule `bells` · Ring `big`"], "once");
}

async fn while_schedules_are_off_nothing_is_done_by_itself(crew: Crew) {
    crew.store.switch_off(CREW, "schedules", MAKER).await.unwrap();
    crew.every(MINUTE, "once", "always").await;
    crew.passes(MINUTE).await;
    assert_eq!((crew.rung(), crew.ends().await), (0, vec!["1 refused".to_owned()]));
    assert_eq!(crew.told().await, ["**schedules is off** in this guild"]);
}

async fn while_discord_is_silent_it_waits_and_nothing_is_lost(crew: Crew) {
    crew.every(MINUTE, "all", "always").await;
    let people = crew.people.0.lock().unwrap().take();
    for _ in 0..4 {
        crew.clock.advance(MINUTE);
        // Once each second, as the clock does.
        crew.bot.tick_once().await;
    }
    assert_eq!((crew.rung(), crew.ends().await), (0, vec!["1 open".to_owned()]));
    *crew.people.0.lock().unwrap() = people;
    crew.bot.tick().await;
    assert_eq!((crew.rung(), crew.ends().await.len()), (4, 4));
}

async fn what_is_too_late_when_discord_answers_is_skipped(crew: Crew) {
    crew.every(MINUTE, "skip", "always").await;
    crew.people.0.lock().unwrap().take();
    crew.clock.advance(MINUTE);
    crew.bot.tick_once().await;
    crew.clock.advance(Duration::from_secs(31));
    crew.bot.tick_once().await;
    assert_eq!((crew.rung(), crew.ends().await), (0, vec!["1 missed".to_owned()]));
    assert_eq!(crew.told().await.len(), 1);
}

async fn a_run_that_goes_on_is_not_begun_twice(crew: Crew) {
    let bells = crew.every(MINUTE, "once", "always").await;
    let tower = Arc::clone(&crew.tower);
    let shut = tower.closed.write().await;
    crew.clock.advance(MINUTE);
    let job = crew.bot.schedules.jobs().await.unwrap().pop().unwrap();
    let rings = tokio::spawn(job.carry());
    while crew.rung() == 0 {
        tokio::task::yield_now().await;
    }
    crew.clock.advance(MINUTE);
    assert!(crew.bot.schedules.jobs().await.unwrap().is_empty());
    assert!(crew.bot.ask(actor(MAKER), RunSchedule { name: name() }).await.unwrap_err().contains("still goes on"));
    drop(shut);
    rings.await.unwrap();
    crew.passes(MINUTE).await;
    assert_eq!(crew.rung(), 2);
    assert_eq!(crew.ends().await, ["1 done", "2 its last run still goes on", "3 done"]);
    assert_eq!(crew.store.schedule(CREW, &bells.name).await.unwrap().unwrap().missed_count, 1);
}

async fn while_a_question_is_open_no_other_is_asked(crew: Crew) {
    crew.automations(Need::Approve).await;
    crew.every(MINUTE, "once", "failures").await;
    for _ in 0..3 {
        crew.passes(MINUTE).await;
    }
    let still = "its last run still waits for a yes";
    assert_eq!(crew.ends().await, ["1 waiting".to_owned(), format!("2 {still}"), format!("3 {still}")]);
    assert_eq!(
        (crew.rung(), crew.told().await),
        (0, vec!["**Approve?** Ring `big`".to_owned()]),
        "also where success is quiet"
    );
    // Nobody answered in time: the next one asks again.
    crew.clock.advance(MINUTE * 60 * 24);
    crew.store.end_overdue().await.unwrap();
    crew.bot.tick().await;
    assert_eq!(crew.told().await.len(), 1);
}

async fn failures_in_a_row_fold_and_success_can_be_quiet(crew: Crew) {
    crew.every(MINUTE, "all", "failures").await;
    crew.passes(MINUTE).await;
    assert_eq!(crew.told().await, [] as [String; 0], "quiet");
    crew.tower.cracked.store(true, Ordering::SeqCst);
    for _ in 0..12 {
        crew.passes(MINUTE).await;
    }
    assert_eq!(crew.told().await, ["**That will not work**", "**That will not work** · failed 10 times in a row"]);
    crew.tower.cracked.store(false, Ordering::SeqCst);
    crew.passes(MINUTE).await;
    crew.passes(MINUTE).await;
    assert_eq!(crew.told().await, ["**Rang** · works again after 12 failures"]);
}

async fn two_processes_on_one_database_do_each_once(crew: Crew) {
    crew.every(MINUTE, "all", "always").await;
    let other = crew.another_process().await;
    for minute in 1..=20 {
        crew.clock.advance(MINUTE);
        tokio::join!(crew.bot.tick(), other.tick());
        assert_eq!(crew.rung(), minute);
    }
}

async fn what_was_claimed_and_not_begun_is_done_by_the_next_process(crew: Crew) {
    crew.every(MINUTE, "once", "always").await;
    crew.clock.advance(MINUTE);
    let jobs = crew.bot.schedules.jobs().await.unwrap();
    assert_eq!((jobs.len(), crew.rung()), (1, 0));
    let next = crew.another_process().await;
    next.recover().await;
    next.tick().await;
    assert_eq!((crew.rung(), crew.ends().await), (1, vec!["1 done".to_owned()]));
    // The one that was thought dead comes too late.
    for job in jobs {
        job.carry().await;
    }
    assert_eq!(crew.rung(), 1);
}

async fn what_was_begun_is_not_done_again_by_the_next_process(crew: Crew) {
    crew.every(MINUTE, "once", "always").await;
    let tower = Arc::clone(&crew.tower);
    let shut = tower.closed.write().await;
    crew.clock.advance(MINUTE);
    let job = crew.bot.schedules.jobs().await.unwrap().pop().unwrap();
    let rings = tokio::spawn(job.carry());
    while crew.rung() == 0 {
        tokio::task::yield_now().await;
    }
    rings.abort();
    let next = crew.another_process().await;
    next.recover().await;
    next.tick().await;
    drop(shut);
    assert_eq!((crew.rung(), crew.ends().await), (1, vec!["1 interrupted".to_owned()]));
    let told = crew.told().await;
    assert!(told[0].starts_with("**Interrupted** Ring `big`"), "{told:?}");
}

async fn a_clock_that_jumps_back_does_nothing_twice(crew: Crew) {
    crew.every(MINUTE, "all", "always").await;
    crew.passes(MINUTE * 3).await;
    crew.clock.turn_back(MINUTE * 3);
    for minute in 1..=4 {
        crew.passes(MINUTE).await;
        assert_eq!(crew.rung(), if minute < 4 { 3 } else { 4 });
    }
}

fn name() -> ScheduleName {
    "bells".parse().unwrap()
}

fn add(when: &str) -> AddSchedule {
    AddSchedule {
        name: name(),
        when: when.to_owned(),
        action: "bell.ring".to_owned(),
        options: "bell:big".to_owned(),
        zone: Some("Europe/Rome".to_owned()),
        missed: None,
        late: None,
        tell: None,
        channel: 5,
        understood: None,
    }
}

async fn a_schedule_is_shown_before_it_is_made(crew: Crew) {
    let shown = crew.bot.ask(actor(MAKER), add("in 2 hours")).await.unwrap();
    assert!(crew.store.schedules(CREW).await.unwrap().is_empty(), "nothing is made yet");
    let base::card::Press::Perform { action, arguments, .. } = &shown.choices[0].press else {
        panic!("it offers no press")
    };
    let press = || crew.bot.hub.perform_named(actor(MAKER), action, arguments.clone()).unwrap();
    // What was shown is what counts, not what the words mean when it is pressed.
    crew.clock.advance(MINUTE * 30);
    press().ended().await;
    let bells = crew.bells().await;
    assert_eq!(bells.next.unwrap().since(crew.clock.now()), MINUTE * 90);
    assert_eq!((bells.zone.as_str(), bells.typed.as_str()), ("Europe/Rome", "in 2 hours"));
    let hub::Outcome::Failed(again) = press().ended().await.outcome else { panic!("it is made twice") };
    assert!(again.to_string().contains("There is a schedule `bells` already"), "{again}");
    crew.passes(MINUTE * 90).await;
    assert_eq!(crew.rung(), 1);
}

async fn whoever_makes_one_may_do_what_it_does(crew: Crew) {
    let stranger = UserId(7);
    crew.joins(stranger);
    assert!(
        crew.bot.ask(actor(stranger), add("every day at 9")).await.unwrap_err().contains("`schedule.add` on `bells`")
    );
    for grant in crew.store.grants(CREW).await.unwrap().into_iter().filter(|grant| grant.action == "bell.ring") {
        crew.store.revoke_grant(CREW, &grant.id).await.unwrap();
    }
    for understood in [None, Some("UTC every 60000 0".to_owned())] {
        let refused = crew.bot.ask(actor(MAKER), AddSchedule { understood, ..add("every day at 9") }).await;
        assert!(refused.unwrap_err().contains("You may not ring bells. It takes `bell.ring` on `big`"));
    }
    assert!(crew.store.schedules(CREW).await.unwrap().is_empty());
}

async fn what_makes_no_sense_by_itself_is_refused(crew: Crew) {
    let secret = "ghp_0123456789abcdefghijABCDEFGHIJ456789";
    for (asked, why) in [
        (AddSchedule { action: "schedule.remove".to_owned(), ..add("every day at 9") }, "cannot be scheduled"),
        (AddSchedule { action: "job.cancel".to_owned(), ..add("every day at 9") }, "cannot be scheduled"),
        (AddSchedule { action: "bell.melt".to_owned(), ..add("every day at 9") }, "cannot be scheduled"),
        (AddSchedule { options: "bel:big".to_owned(), ..add("every day at 9") }, "`bel` is no option"),
        (AddSchedule { options: format!("bell:{secret}"), ..add("every day at 9") }, "That holds a secret"),
        (AddSchedule { zone: Some("Rome".to_owned()), ..add("every day at 9") }, "`Europe/Rome`"),
        (AddSchedule { late: Some("soon".to_owned()), ..add("every day at 9") }, "is no span"),
        (AddSchedule { missed: Some("never".to_owned()), ..add("every day at 9") }, "`once`, `all`"),
        (AddSchedule { understood: Some("UTC every 1000 0".to_owned()), ..add("x") }, "shortest interval is 1 minute"),
        (AddSchedule { understood: Some("UTC nonsense".to_owned()), ..add("x") }, "not a time I wrote down"),
        (AddSchedule { understood: Some("UTC at 5".to_owned()), ..add("x") }, "That has passed by now"),
    ] {
        let error = crew.bot.ask(actor(MAKER), asked).await.unwrap_err();
        assert!(error.contains(why) && !error.contains(secret), "{error}");
    }
    assert!(crew.store.schedules(CREW).await.unwrap().is_empty());
}

async fn what_is_paused_leaves_out_what_comes_due(crew: Crew) {
    crew.every(MINUTE, "all", "always").await;
    crew.bot.ask(actor(MAKER), PauseSchedule { name: name() }).await.unwrap();
    assert!(
        crew.bot.ask(actor(MAKER), PauseSchedule { name: name() }).await.unwrap_err().contains("does not go on anyway")
    );
    crew.passes(MINUTE * 5).await;
    assert_eq!(crew.rung(), 0);
    crew.bot.ask(actor(MAKER), ResumeSchedule { name: name() }).await.unwrap();
    crew.bot.tick().await;
    assert_eq!(crew.rung(), 0, "nothing is made up for");
    crew.passes(MINUTE).await;
    assert_eq!(crew.ends().await, ["6 done"]);
}

async fn a_run_by_hand_is_by_whoever_asks(crew: Crew) {
    crew.every(MINUTE * 60, "once", "failures").await;
    let other = UserId(101);
    crew.joins(other);
    let boss = base::Actor { administrator: true, ..actor(other) };
    crew.bot.ask(boss, RunSchedule { name: name() }).await.unwrap();
    crew.bot.tick().await;
    // As they are when it is done: no longer an administrator, and without a grant.
    assert_eq!((crew.rung(), crew.told().await), (0, vec!["**You may not** ring bells".to_owned()]));
    crew.clock.advance(MINUTE);
    crew.bot.ask(actor(MAKER), RunSchedule { name: name() }).await.unwrap();
    crew.bot.tick().await;
    assert_eq!((crew.rung(), crew.told().await.len()), (1, 1), "whoever asked by hand hears of success, too");
    // The next one comes when it would have.
    crew.passes(MINUTE * 59).await;
    assert_eq!(crew.rung(), 2);
}

async fn what_was_removed_is_not_done(crew: Crew) {
    crew.every(MINUTE, "all", "always").await;
    crew.clock.advance(MINUTE);
    let jobs = crew.bot.schedules.jobs().await.unwrap();
    crew.bot.ask(actor(MAKER), RemoveSchedule { name: name() }).await.unwrap();
    for job in jobs {
        job.carry().await;
    }
    crew.passes(MINUTE).await;
    assert_eq!(crew.rung(), 0);
    let gone = crew.bot.ask(actor(MAKER), RemoveSchedule { name: name() }).await.unwrap_err();
    assert_eq!(gone, "I know no schedule called `bells`.");
}

async fn something_that_happens_once_is_over_then(crew: Crew) {
    let soon = crew.clock.now().plus(MINUTE);
    crew.on(&format!("at {}", soon.0), soon, "once", "always").await;
    crew.passes(MINUTE * 10).await;
    crew.passes(MINUTE * 10).await;
    assert_eq!((crew.rung(), crew.bells().await.state, crew.bells().await.next), (1, State::Done, None));
}
