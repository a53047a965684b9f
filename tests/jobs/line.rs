//! Who is begun when: by who asked, by when, by what else changes the same thing, and by how much room there is.

use std::time::Duration;

use base::Way;
use hub::Role;
use store::Kind;

use super::{
    mill::{How, Work},
    shop::{Shop, by},
};

on_both_shops! {
    runs_that_change_one_thing_go_one_after_the_other_in_the_order_they_were_asked_for
    runs_that_change_different_things_go_side_by_side
    the_sixty_fifth_waits_for_a_free_place_and_says_so
    a_place_is_free_again_however_its_run_ended
    whatever_is_running_is_being_done
}

async fn runs_that_change_one_thing_go_one_after_the_other_in_the_order_they_were_asked_for(shop: Shop) {
    let mut asked = Vec::new();
    for number in 0..60 {
        let wheel = ["a", "b", "c"][number % 3];
        asked.push(shop.ask(Work::new(format!("{wheel} {number:02}"), How::Soon).on(wheel)).await);
    }
    for asked in &mut asked {
        assert!(asked.over().await.text.contains("Ground"));
    }
    let seen = shop.mill.seen();
    for wheel in ["a", "b", "c"] {
        let begun: Vec<_> = seen.begun.iter().filter(|name| name.starts_with(wheel)).collect();
        assert_eq!((begun.len(), begun.is_sorted(), seen.most[wheel]), (20, true, 1), "{begun:?}");
    }
}

async fn runs_that_change_different_things_go_side_by_side(shop: Shop) {
    let mut asked = Vec::new();
    for wheel in 0..8 {
        for name in ["first", "second"] {
            asked.push(shop.ask(Work::new(name, How::Waits).on(&wheel.to_string())).await);
        }
    }
    shop.mill.until("all first ones run at once", |seen| seen.now.values().sum::<usize>() == 8).await;
    let shown = asked[1].shows("waits for run").await;
    assert_eq!(
        shown,
        format!("Waits Grind `second`. waits for run `{}`, which changes the same thing", asked[0].reference)
    );
    shop.mill.let_go();
    for asked in &mut asked {
        asked.over().await;
    }
    assert!(shop.mill.seen().most.values().all(|most| *most == 1));
}

async fn the_sixty_fifth_waits_for_a_free_place_and_says_so(shop: Shop) {
    let mut asked = Vec::new();
    for number in 0..64 {
        asked.push(shop.ask(Work::new(number.to_string(), How::Waits)).await);
    }
    shop.mill.until("all places are taken", |seen| seen.now[""] == 64).await;
    let mut last = shop.ask(Work::new("the last", How::AtOnce)).await;
    assert_eq!(last.shows("free place").await, "Waits Grind `the last`. waits for a free place");
    assert_eq!((shop.mill.seen().times("the last"), shop.hub.running()), (0, 64));
    // One place is enough for it.
    assert!(shop.cancel(&asked[30]).await);
    last.over().await;
    assert_eq!(shop.mill.seen().now[""], 63);
    shop.mill.let_go();
    for asked in &mut asked {
        asked.over().await;
    }
    assert_eq!(shop.mill.seen().most[""], 64);
}

async fn a_place_is_free_again_however_its_run_ended(shop: Shop) {
    for round in 0..3 {
        let mut asked = Vec::new();
        for (number, how) in [How::Breaks, How::Fails, How::CannotBeShown, How::Waits, How::Notes]
            .into_iter()
            .cycle()
            .take(100)
            .enumerate()
        {
            asked.push((how, shop.ask(Work::new(format!("{round} {number}"), how)).await));
        }
        for (how, asked) in &mut asked {
            if matches!(how, How::Waits | How::Notes) {
                assert!(shop.cancel(asked).await);
            }
            asked.over().await;
        }
    }
    let mut after = shop.ask(Work::new("after", How::AtOnce)).await;
    after.over().await;
    assert_eq!(shop.mill.seen().begun.last().unwrap(), "after");
    assert_eq!(shop.mill.seen().now[""], 0);
}

async fn whatever_is_running_is_being_done(shop: Shop) {
    // Taken, and then nobody does it: the answer was lost on its way, or whoever took it is dead.
    let everybody = shop.store.workers().await.unwrap();
    let mut busy = shop.fill().await;
    for worker in everybody.into_keys().chain(["somebody dead".to_owned()]) {
        let mut asked = shop.ask(Work::new(&worker, How::AtOnce).on("wheel")).await;
        let taken = shop.store.claim_runs(&worker, 1).await.unwrap().runs;
        assert_eq!(taken.iter().map(|run| run.id).collect::<Vec<_>>(), [asked.id]);
        // Something else is stopped: that is when everything is looked at.
        let other = shop.ask(Work::new("other", How::AtOnce)).await;
        assert!(shop.cancel(&other).await);
        asked.over().await;
        assert_eq!((shop.mill.seen().times(&worker), shop.told(&asked).await.as_str()), (1, "done"));
    }
    shop.mill.let_go();
    for busy in &mut busy {
        busy.over().await;
    }
}

macro_rules! on_both_before_work {
    ($($story:ident)*) => {$(
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$story(super::Shop::open(super::Kind::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$story(super::Shop::open(super::Kind::Postgres).await).await;
            }
        }
    )*};
}
on_both_before_work! {
    what_a_person_waits_for_goes_before_what_nobody_looks_at
    a_run_is_not_begun_before_it_is_due
    nothing_is_taken_twice_by_two_who_ask_at_once
}

async fn what_a_person_waits_for_goes_before_what_nobody_looks_at(shop: Shop) {
    let mut asked = Vec::new();
    for (name, way) in [
        ("automation 1", Way::Automation),
        ("automation 2", Way::Automation),
        ("model 1", Way::Model),
        ("person 1", Way::Command),
        ("automation 3", Way::Automation),
        ("model 2", Way::Model),
        ("person 2", Way::Press),
        ("person 3", Way::Form),
    ] {
        asked.push(shop.ask_as(by(way), Work::new(name, How::AtOnce).on("wheel")).await);
    }
    shop.works(Role::Bot);
    for asked in &mut asked {
        asked.over().await;
    }
    assert_eq!(
        shop.mill.seen().begun,
        ["person 1", "person 2", "person 3", "model 1", "model 2", "automation 1", "automation 2", "automation 3"]
    );
}

async fn a_run_is_not_begun_before_it_is_due(shop: Shop) {
    let mut asked = shop.ask(Work::new("later", How::AtOnce)).await;
    // A machine whose clock is behind takes nothing of the future.
    shop.clock.turn_back(Duration::from_secs(10));
    let claimed = shop.store.claim_runs("me", 64).await.unwrap();
    assert!(claimed.runs.is_empty());
    assert_eq!(claimed.next_due.unwrap().since(shop.clock.now()), Duration::from_secs(10));
    shop.clock.advance(Duration::from_secs(10));
    shop.works(Role::Bot);
    asked.over().await;
}

async fn nothing_is_taken_twice_by_two_who_ask_at_once(shop: Shop) {
    for number in 0..200 {
        shop.ask(Work::new(number.to_string(), How::AtOnce).on(&(number % 40).to_string())).await;
    }
    let stores = [&shop.first, &shop.another().await, &shop.another().await].map(|engine| engine.store.clone());
    let mut takers = tokio::task::JoinSet::new();
    for taker in 0..12 {
        let store = stores[taker % stores.len()].clone();
        takers.spawn(async move { store.claim_runs(&format!("worker {taker}"), 64).await.unwrap().runs });
    }
    let taken: Vec<_> = takers.join_all().await.into_iter().flatten().collect();
    let mut leases: Vec<_> = taken.iter().map(|run| run.lease.clone().unwrap()).collect();
    leases.sort();
    leases.dedup();
    assert_eq!((taken.len(), leases.len()), (40, 40), "one of each, to one of them");
    assert!(taken.iter().all(|run| run.fence == 1 && run.attempts == 1));
}
