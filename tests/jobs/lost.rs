//! Processes that die, stall, or are stopped, and what becomes of their runs.

use std::time::Duration;

use hub::{Outcome, Role};
use store::{Kind, runs::State};

use super::{
    mill::{How, Work},
    shop::Shop,
};

on_both_shops! {
    a_process_that_stops_leaves_its_runs_and_another_goes_on_with_them
    what_waits_is_still_there_after_a_restart
}

async fn a_process_that_stops_leaves_its_runs_and_another_goes_on_with_them(shop: Shop) {
    let mut asked = Vec::new();
    for name in ["one", "two", "three"] {
        asked.push(shop.ask(Work::new(name, How::Notes).on(name)).await);
    }
    shop.mill.until("they run", |seen| seen.begun.len() == 3).await;
    shop.until_noted(&asked[0]).await;
    shop.hub.shut_down().await;
    for asked in &mut asked {
        assert!(matches!(asked.ended().await.outcome, Outcome::Left));
        let row = shop.row(asked).await;
        assert_eq!((row.state, row.worker), (State::Running, None), "nobody has it");
    }
    assert_eq!(shop.mill.seen().dropped, 3);
    let next = shop.another().await;
    next.works(Role::Bot);
    next.mill.let_go();
    for asked in &asked {
        next.until_state(asked, State::Succeeded, 1).await;
        // Who leaves may take one that it let go of a moment ago, and lets go of it again: nothing of it is begun then.
        assert!(shop.row(asked).await.fence >= 2);
        assert_eq!(shop.told(asked).await, "done");
        let mut followed = next.hub.follow(asked.id).await.unwrap().unwrap();
        assert!(matches!(followed.ended().await.outcome, Outcome::Done { .. }));
    }
    assert_eq!(shop.mill.seen().begun.len(), 6);
}

async fn what_waits_is_still_there_after_a_restart(shop: Shop) {
    let first = shop.ask(Work::new("first", How::Notes).on("wheel")).await;
    shop.until_noted(&first).await;
    let mut waiting = Vec::new();
    for number in 0..20 {
        waiting.push(shop.ask(Work::new(format!("{number:02}"), How::AtOnce).on("wheel")).await);
    }
    shop.hub.shut_down().await;
    let next = shop.another().await;
    next.mill.let_go();
    next.works(Role::Bot);
    next.until_state(waiting.last().unwrap(), State::Succeeded, 1).await;
    let begun = shop.mill.seen().begun;
    assert_eq!((&begun[0], &begun[1], begun.len()), (&"first".to_owned(), &"first".to_owned(), 22));
    assert!(begun[2..].is_sorted(), "{begun:?}");
}

/// Two processes share a database only where it is PostgreSQL.
macro_rules! on_postgres {
    ($($story:ident)*) => {$(
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$story(super::Shop::open(super::Kind::Postgres).await).await;
            }
        }
    )*};
}
on_postgres! {
    a_dead_processes_runs_are_taken_over_within_five_seconds
    whoever_lost_a_run_can_write_nothing_of_it
    a_process_taken_for_dead_lets_go_and_begins_anew
    two_processes_share_the_work_and_do_each_run_once
    another_processes_run_is_stopped_and_its_end_is_heard_at_once
    what_another_process_shows_is_shown_here
}

async fn a_dead_processes_runs_are_taken_over_within_five_seconds(shop: Shop) {
    shop.works(Role::Bot);
    let (doomed, mut life) = shop.mortal().await;
    // Only the other one has room.
    let busy = shop.fill().await;
    life.works(&doomed, Role::Worker);
    let mut asked = Vec::new();
    for name in ["one", "two", "three"] {
        asked.push(life.ask(&doomed, Work::new(name, How::Notes).on(name).grind()).await);
    }
    for asked in &asked {
        shop.until_noted(asked).await;
    }
    for busy in &busy {
        assert!(shop.cancel(busy).await);
    }
    life.kill();
    let taken_over =
        shop.mill.until("all are taken over", |seen| ["one", "two", "three"].iter().all(|name| seen.times(name) == 2));
    tokio::time::timeout(Duration::from_secs(5), taken_over).await.expect("later than after five seconds");
    shop.mill.let_go();
    for asked in &asked {
        shop.until_state(asked, State::Succeeded, 1).await;
        // Who leaves may take one that it let go of a moment ago, and lets go of it again: nothing of it is begun then.
        assert!(shop.row(asked).await.fence >= 2);
        assert_eq!(shop.told(asked).await, "done");
    }
    assert!(shop.store.verify_audit().await.unwrap().is_ok());
}

async fn whoever_lost_a_run_can_write_nothing_of_it(shop: Shop) {
    let stalled = shop.another().await;
    stalled.works(Role::Worker);
    let mut watched = stalled.ask(Work::new("notes", How::Notes).on("a")).await;
    let plain = stalled.ask(Work::new("plain", How::Waits).on("b")).await;
    let deaf = stalled.ask(Work::new("deaf", How::Deaf).on("c")).await;
    shop.mill.until("they run", |seen| seen.begun.len() == 3).await;
    shop.until_noted(&watched).await;
    // It gives no sign of life, and another takes over; but it goes on with what it began.
    stalled.stalls();
    for worker in shop.store.workers().await.unwrap().into_keys() {
        assert!(shop.store.remove_worker(&worker, None).await.unwrap());
    }
    shop.works(Role::Bot);
    shop.mill.until("all are taken over", |seen| seen.begun.len() == 6).await;
    stalled.mill.let_go();
    let seen = shop.mill.until("the stalled one is through", |seen| seen.over == 3).await;
    assert_eq!((seen.refused, seen.now.values().sum::<usize>()), (1, 3), "its note is refused");
    for asked in [&watched, &plain, &deaf] {
        let row = shop.row(asked).await;
        assert_eq!((row.state, row.fence, shop.told(asked).await.as_str()), (State::Running, 2, "started"));
    }
    // A stop is for whoever has it now.
    assert!(shop.cancel(&plain).await);
    shop.until_state(&plain, State::Cancelled, 1).await;
    shop.mill.let_go();
    // Whoever watches it where it was lost hears how it ended elsewhere.
    assert_eq!(watched.over().await.text, "Ground `notes`. 1 sack");
    shop.until_state(&deaf, State::Succeeded, 1).await;
    for (asked, outcome) in [(&watched, "done"), (&plain, "cancelled"), (&deaf, "done")] {
        let entry = shop.entry(asked).await;
        assert_eq!((entry.outcome.as_str(), shop.told(asked).await.as_str()), (outcome, outcome));
    }
    let rows = shop.store.verify_audit().await.unwrap().unwrap().rows;
    // Two of each run, and of the cancel; nothing ended twice.
    assert_eq!(rows, 8);
}

async fn a_process_taken_for_dead_lets_go_and_begins_anew(shop: Shop) {
    shop.works(Role::Bot);
    let mut asked = shop.ask(Work::new("notes", How::Notes).on("a")).await;
    shop.until_noted(&asked).await;
    let before = shop.store.workers().await.unwrap();
    for worker in before.keys() {
        assert!(shop.store.remove_worker(worker, None).await.unwrap());
    }
    let seen = shop.mill.until("it is begun again", |seen| seen.times("notes") == 2).await;
    assert_eq!((seen.dropped, seen.most["a"]), (1, 1), "what it did under the old name stops first");
    let after = shop.store.workers().await.unwrap();
    assert!(after.len() == 1 && after.keys().all(|worker| !before.contains_key(worker)), "under a fresh name");
    // It is on its list: it can be stopped.
    assert!(shop.cancel(&asked).await);
    assert_eq!(asked.over().await.text, "Left `notes`. half a sack");
    assert_eq!(shop.told(&asked).await, "cancelled");
}

async fn two_processes_share_the_work_and_do_each_run_once(shop: Shop) {
    let other = shop.another().await;
    let mut asked = Vec::new();
    for number in 0..300 {
        let engine = if number % 2 == 0 { &shop.first } else { &other };
        asked.push(engine.ask(Work::new(format!("{number:03}"), How::Soon).on(&(number % 7).to_string())).await);
    }
    shop.works(Role::Bot);
    other.works(Role::Worker);
    for asked in &mut asked {
        asked.over().await;
    }
    let mut seen = shop.mill.seen();
    assert!(seen.most.values().all(|most| *most == 1), "{:?}", seen.most);
    seen.begun.sort();
    seen.begun.dedup();
    assert_eq!((seen.begun.len(), seen.over), (300, 300));
    for asked in &asked {
        assert_eq!((shop.row(asked).await.attempts, shop.told(asked).await.as_str()), (1, "done"));
    }
}

async fn another_processes_run_is_stopped_and_its_end_is_heard_at_once(shop: Shop) {
    let worker = shop.another().await;
    worker.works(Role::Worker);
    // This process only asks: what it hears of, it hears by notices.
    for number in 0..30 {
        let mut one = shop.ask(Work::new(number.to_string(), How::Waits)).await;
        shop.mill.until("it runs there", |seen| seen.begun.len() == number + 1).await;
        assert!(shop.cancel(&one).await);
        shop.until_state(&one, State::Cancelled, 1).await;
        assert_eq!(shop.told(&one).await, "cancelled");
        assert!(one.over().await.text.starts_with("Left"));
    }
}

async fn what_another_process_shows_is_shown_here(shop: Shop) {
    let worker = shop.another().await;
    worker.works(Role::Worker);
    let mut asked = shop.ask(Work::new("there", How::Waits)).await;
    assert_eq!(asked.shows("Grinding").await, "Grinding");
    worker.mill.let_go();
    assert_eq!(asked.over().await.text, "Ground `there`. 1 sack");
    assert_eq!(shop.kind, Kind::Postgres);
}
