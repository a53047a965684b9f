//! What failed is begun again: in its time, as often as it says, by whoever is there.

use base::action::Ending;
use hub::Role;
use store::runs::State;

use super::{
    mill::{ATTEMPTS, FIRST, How, Work},
    shop::Shop,
};

on_both_shops! {
    what_fails_is_begun_so_often_and_no_more_each_time_later
    a_retry_is_not_begun_before_its_time_and_survives_a_restart
    what_failed_together_does_not_come_back_together
    what_can_fail_only_once_is_not_begun_again
    no_retry_begins_after_the_deadline
}

async fn what_fails_is_begun_so_often_and_no_more_each_time_later(shop: Shop) {
    let mut asked = shop.ask_again_and_again(Work::new("bad", How::Fails)).await;
    let mut waits = Vec::new();
    for attempt in 1..ATTEMPTS {
        shop.until_state(&asked, State::Queued, attempt).await;
        let row = shop.row(&asked).await;
        assert_eq!((row.detail.as_deref(), row.worker), (Some("The mill stands still."), None));
        let wait = row.due.since(shop.clock.now());
        waits.push(wait);
        shop.clock.advance(wait);
    }
    let over = asked.over().await;
    assert_eq!((over.text.as_str(), over.ending), ("Not now. The mill stands still.", Ending::Failed));
    assert_eq!((shop.mill.seen().times("bad"), shop.told(&asked).await.as_str()), (4, "failed"));
    for (wait, whole) in waits.iter().zip([FIRST, FIRST * 2, FIRST * 3]) {
        assert!((whole / 2..=whole).contains(wait), "{waits:?}");
    }
}

async fn a_retry_is_not_begun_before_its_time_and_survives_a_restart(shop: Shop) {
    let mut asked = shop.ask_again_and_again(Work::new("late", How::FailsUntilOpen)).await;
    let shown = asked.shows("begun again").await;
    assert!(shown.starts_with("Waits Grind `late`. failed, and is begun again <t:"), "{shown}");
    assert!(shown.ends_with(". The mill stands still."), "{shown}");
    shop.hub.shut_down().await;
    let next = shop.another().await;
    next.mill.let_go();
    next.works(Role::Bot);
    // Others come and go; its time does not.
    for number in 0..5 {
        next.ask(Work::new(number.to_string(), How::AtOnce)).await.over().await;
    }
    assert_eq!(shop.mill.seen().times("late"), 1);
    shop.clock.advance(FIRST);
    next.until_state(&asked, State::Succeeded, 2).await;
    assert_eq!((shop.mill.seen().times("late"), shop.told(&asked).await.as_str()), (2, "done"));
    assert!(matches!(asked.ended().await.outcome, hub::Outcome::Left), "whoever watched it in the old one was told so");
}

async fn what_failed_together_does_not_come_back_together(shop: Shop) {
    let mut dues = std::collections::BTreeSet::new();
    for number in 0..20 {
        let asked = shop.ask_again_and_again(Work::new(number.to_string(), How::Fails)).await;
        shop.until_state(&asked, State::Queued, 1).await;
        dues.insert(shop.row(&asked).await.due);
    }
    assert!(dues.len() > 5, "{dues:?}");
}

async fn what_can_fail_only_once_is_not_begun_again(shop: Shop) {
    let over = shop.ask(Work::new("once", How::Fails)).await.over().await;
    assert_eq!((over.text.as_str(), shop.mill.seen().times("once")), ("Not now. The mill stands still.", 1));
    // Nor what said itself how it ended.
    let mut asked = shop.ask_again_and_again(Work::new("left", How::Waits)).await;
    shop.mill.until("it runs", |seen| seen.times("left") == 1).await;
    assert!(shop.cancel(&asked).await);
    asked.over().await;
    assert_eq!(shop.mill.seen().times("left"), 1);
}

async fn no_retry_begins_after_the_deadline(shop: Shop) {
    // The first wait alone would be longer than what is left.
    let mut asked = shop.ask_again_and_again(Work::new("short", How::Fails).within(0)).await;
    let over = asked.over().await;
    assert_eq!((over.ending, shop.mill.seen().times("short")), (Ending::TimedOut, 0), "{}", over.text);
    // And what waited for its turn while nobody was there.
    let mut asked = shop.ask_again_and_again(Work::new("long", How::Fails).within(60)).await;
    shop.until_state(&asked, State::Queued, 1).await;
    shop.clock.advance(std::time::Duration::from_mins(1));
    let over = asked.over().await;
    assert_eq!(
        (over.text.as_str(), over.ending),
        (
            "Timed out Grind `long`. its 1 min were over before it could be begun again. The mill stands still.",
            Ending::TimedOut
        )
    );
    assert_eq!((shop.mill.seen().times("long"), shop.told(&asked).await.as_str()), (1, "timed_out"));
}
