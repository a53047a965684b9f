//! Stopping a run: whoever was told that it is being stopped was told the truth.

use std::time::Duration;

use base::action::Ending;
use hub::Role;
use store::runs::State;

use super::{
    mill::{FIRST, How, Work},
    shop::Shop,
};

on_both_shops! {
    a_cancel_that_races_the_end_a_thousand_times_is_never_taken_back
    what_fails_when_it_is_cancelled_stays_cancelled
    cancelled_while_it_waits_in_line_it_is_never_begun
    cancelled_while_it_waits_to_be_begun_again_it_is_not
    what_noted_a_step_undoes_it_when_cancelled_and_alone
    a_running_one_is_cancelled_and_only_that_one
    what_does_not_heed_its_deadline_is_given_up_and_timed_out
    a_deadline_counts_from_the_first_start_over_restarts
}

async fn a_cancel_that_races_the_end_a_thousand_times_is_never_taken_back(shop: Shop) {
    // How many a cancel still finds is chance, and on a fast machine may be none: whatever it answers must be true.
    for round in 0..40 {
        let mut races = Vec::new();
        for number in 0..25 {
            races.push(shop.ask(Work::new("x".repeat(1 + (round * 25 + number) % 41), How::Soon)).await);
        }
        let answers = futures::future::join_all(races.iter().map(|asked| shop.cancel(asked))).await;
        for (asked, stopped) in races.iter_mut().zip(answers) {
            let over = asked.over().await;
            let row = shop.row(asked).await;
            if stopped {
                assert_eq!(
                    (over.ending, row.state, shop.told(asked).await.as_str()),
                    (Ending::Cancelled, State::Cancelled, "cancelled")
                );
                assert!(
                    over.text.starts_with("Cancelled ") && over.report["ended"] == "cancelled",
                    "{} {}",
                    over.text,
                    over.report
                );
                assert!(
                    row.card.unwrap().contains("Cancelled") && row.report.unwrap().contains(r#""ended":"cancelled""#)
                );
            } else {
                assert_eq!(
                    (over.ending, row.state, shop.told(asked).await.as_str()),
                    (Ending::Done, State::Succeeded, "done")
                );
                assert!(over.text.starts_with("Ground ") && row.cancelled_by.is_none(), "{}", over.text);
            }
        }
    }
}

async fn what_fails_when_it_is_cancelled_stays_cancelled(shop: Shop) {
    for again in [false, true] {
        let work = Work::new(format!("again: {again}"), How::FailsWhenStopped);
        let mut asked = if again { shop.ask_again_and_again(work).await } else { shop.ask(work).await };
        shop.mill.until("it runs", |seen| seen.now.get("") == Some(&1)).await;
        assert!(shop.cancel(&asked).await);
        let over = asked.over().await;
        assert_eq!(over.ending, Ending::Cancelled);
        let plan = format!("Cancelled Grind `again: {again}`");
        assert_eq!(
            over.text,
            format!("{plan}. it had ended before it could be stopped: The wheel broke.. The wheel broke.")
        );
        assert_eq!((shop.told(&asked).await.as_str(), shop.row(&asked).await.attempts), ("cancelled", 1));
        assert!(!shop.cancel(&asked).await, "it has ended");
    }
}

async fn cancelled_while_it_waits_in_line_it_is_never_begun(shop: Shop) {
    let first = shop.ask(Work::new("first", How::Waits).on("wheel")).await;
    shop.mill.until("it runs", |seen| seen.times("first") == 1).await;
    let mut second = shop.ask(Work::new("second", How::AtOnce).on("wheel")).await;
    assert!(shop.cancel(&second).await);
    // It does not wait for its turn to say so.
    assert_eq!(second.over().await.text, "Cancelled Grind `second`. cancelled by <@100> before it was begun");
    assert_eq!((shop.told(&second).await.as_str(), shop.told(&first).await.as_str()), ("cancelled", "started"));
    shop.mill.let_go();
    shop.ask(Work::new("third", How::AtOnce).on("wheel")).await.over().await;
    assert_eq!(shop.mill.seen().begun, ["first", "third"]);
}

async fn cancelled_while_it_waits_to_be_begun_again_it_is_not(shop: Shop) {
    let mut asked = shop.ask_again_and_again(Work::new("bad", How::Fails)).await;
    shop.until_state(&asked, State::Queued, 1).await;
    assert!(shop.cancel(&asked).await);
    let over = asked.over().await;
    assert_eq!(
        over.text,
        "Cancelled Grind `bad`. cancelled by <@100> before it was begun again. The mill stands still."
    );
    shop.clock.advance(FIRST * 10);
    shop.ask(Work::new("after", How::AtOnce)).await.over().await;
    assert_eq!((shop.mill.seen().times("bad"), shop.told(&asked).await.as_str()), (1, "cancelled"));
}

async fn what_noted_a_step_undoes_it_when_cancelled_and_alone(shop: Shop) {
    let mut half_done = shop.ask_again_and_again(Work::new("half done", How::NotesAndFails).on("wheel")).await;
    shop.until_state(&half_done, State::Queued, 1).await;
    let mut other = shop.ask(Work::new("other", How::Waits).on("wheel")).await;
    shop.mill.until("it runs", |seen| seen.times("other") == 1).await;
    assert!(shop.cancel(&half_done).await);
    // Others may be stopped meanwhile; this one needs the wheel.
    let bystander = shop.ask(Work::new("bystander", How::Waits)).await;
    assert!(shop.cancel(&bystander).await);
    assert_eq!(shop.told(&half_done).await, "started");
    assert_eq!(shop.mill.seen().times("half done"), 1);
    shop.mill.let_go();
    other.over().await;
    let over = half_done.over().await;
    assert_eq!((over.text.as_str(), over.ending), ("Left `half done`. half a sack", Ending::Cancelled));
    assert_eq!((shop.mill.seen().times("half done"), shop.mill.seen().most["wheel"]), (2, 1));
}

async fn a_running_one_is_cancelled_and_only_that_one(shop: Shop) {
    let mut all = Vec::new();
    for name in ["one", "two", "three"] {
        all.push(shop.ask(Work::new(name, How::Waits)).await);
    }
    shop.mill.until("they run", |seen| seen.now.get("") == Some(&3)).await;
    assert!(shop.cancel(&all[1]).await);
    assert_eq!(all[1].over().await.text, "Left `two`. half a sack");
    assert_eq!(shop.mill.seen().now[""], 2);
    shop.mill.let_go();
    assert_eq!(all[0].over().await.ending, Ending::Done);
    assert_eq!(all[2].over().await.ending, Ending::Done);
    assert!(!shop.cancel(&all[0]).await);
    assert_eq!(shop.told(&all[0]).await, "done");
}

async fn what_does_not_heed_its_deadline_is_given_up_and_timed_out(shop: Shop) {
    // The clock does not move, and the first look at it is before the deadline: what counts is how long it takes.
    let mut deaf = shop.ask_again_and_again(Work::new("deaf", How::Deaf).within(1)).await;
    let mut heeds = shop.ask(Work::new("heeds", How::Waits).within(1)).await;
    let over = heeds.over().await;
    assert_eq!((over.ending, shop.told(&heeds).await.as_str()), (Ending::TimedOut, "timed_out"), "nobody cancelled it");
    let over = deaf.over().await;
    assert_eq!(over.text, "Not now. It did not end within 1.0 s and was given up. What it had begun may be half done.");
    assert_eq!((over.ending, shop.told(&deaf).await.as_str()), (Ending::TimedOut, "timed_out"));
    let seen = shop.mill.seen();
    assert_eq!((seen.times("deaf"), seen.dropped), (1, 1), "it is not begun again, nor does it go on");
}

async fn a_deadline_counts_from_the_first_start_over_restarts(shop: Shop) {
    let (noted, not) = (Work::new("noted", How::Notes).within(60), Work::new("not noted", How::Waits).within(60));
    let (noted, not) = (shop.ask(noted).await, shop.ask(not).await);
    shop.mill.until("both run", |seen| seen.now.get("") == Some(&2)).await;
    shop.until_noted(&noted).await;
    shop.clock.advance(Duration::from_secs(61));
    shop.hub.shut_down().await;
    let next = shop.another().await;
    next.works(Role::Bot);
    // What noted a step goes on, to undo it, and is stopped; the other is not begun anew.
    next.until_state(&not, State::TimedOut, 1).await;
    next.until_state(&noted, State::TimedOut, 1).await;
    assert_eq!((shop.mill.seen().times("noted"), shop.mill.seen().times("not noted")), (2, 1));
    assert_eq!(shop.told(&noted).await, "timed_out");
}
