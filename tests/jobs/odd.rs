//! What goes wrong in odd ways, and what waited so long that it may no longer be done.

use std::{sync::Arc, time::Duration};

use base::{Actor, Redactor, Secret, UserId, action::Ending};
use hub::{Hub, Outcome, Role};
use store::{
    Store, Vault,
    grants::{Holder, NewGrant},
    runs::State,
};

use super::{
    mill::{How, Work},
    shop::{ASKER, CREW, Shop, actor, standing},
};

on_both_shops! {
    a_panic_ends_its_run_and_nothing_else
    a_report_that_cannot_be_shown_ends_its_run_all_the_same
    what_a_newer_version_left_is_said_to_be_unknown
    secrets_reach_the_run_and_are_gone_after_its_end
    what_waited_long_is_only_begun_if_whoever_asked_still_may
}

async fn a_panic_ends_its_run_and_nothing_else(shop: Shop) {
    let waits = shop.ask(Work::new("waits", How::Waits)).await;
    let mut broken = shop.ask(Work::new("broken", How::Breaks).on("wheel")).await;
    let over = broken.over().await;
    let said = "Something went wrong on my side. It happened while doing that. The reference below finds it in my log.";
    assert_eq!((over.text.as_str(), over.ending), (said, Ending::Failed));
    let row = shop.row(&broken).await;
    assert_eq!(
        (shop.told(&broken).await.as_str(), row.detail.as_deref()),
        ("failed", Some("Something went wrong on my side while doing that."))
    );
    shop.ask(Work::new("after", How::AtOnce).on("wheel")).await.over().await;
    assert_eq!(shop.told(&waits).await, "started");
}

async fn a_report_that_cannot_be_shown_ends_its_run_all_the_same(shop: Shop) {
    let over = shop.ask(Work::new("dust", How::CannotBeShown).on("wheel")).await.over().await;
    assert!(over.text.starts_with("Something went wrong on my side"), "{}", over.text);
    shop.ask(Work::new("after", How::AtOnce).on("wheel")).await.over().await;
}

async fn what_a_newer_version_left_is_said_to_be_unknown(shop: Shop) {
    let asked = shop.ask(Work::new("new", How::Waits)).await;
    shop.hub.shut_down().await;
    let store = Store::open(&shop.url, shop.clock.clone()).await.unwrap();
    let vault = Arc::new(Vault::new(store.clone(), None));
    let old = Hub::builder(store, vault, shop.clock.clone(), Redactor::default()).build();
    let mut followed = old.follow(asked.id).await.unwrap().unwrap();
    let work = tokio::spawn(async move { old.work(Role::Bot, 64).await });
    let Outcome::Done { card, ending, .. } = followed.ended().await.outcome else { panic!() };
    assert_eq!(card.plain_text(), "Cannot do Grind `new`. This version of me knows no `mill.grind`. Nothing was done.");
    assert_eq!((ending, shop.told(&asked).await.as_str()), (Ending::Failed, "failed"));
    work.abort();
}

async fn secrets_reach_the_run_and_are_gone_after_its_end(shop: Shop) {
    let secret = Secret::new("correct horse battery staple");
    let work = Work { secret: Some(secret.clone()), ..Work::new("tells", How::Tells) };
    let mut asked = shop.ask(work).await;
    shop.mill.until("it was told", |seen| seen.times(secret.expose()) == 1).await;
    let row = shop.row(&asked).await;
    assert!(row.arguments.contains("‹secret›") && !row.arguments.contains(secret.expose()));
    let sealed = row.sealed.unwrap();
    shop.vault.open(CREW, &sealed).await.unwrap();
    // It is there for whoever goes on with it.
    shop.hub.shut_down().await;
    assert!(matches!(asked.ended().await.outcome, Outcome::Left));
    let next = shop.another().await;
    next.mill.let_go();
    next.works(Role::Bot);
    next.until_state(&asked, State::Succeeded, 1).await;
    assert_eq!(shop.mill.seen().times(secret.expose()), 2);
    assert_eq!(shop.row(&asked).await.sealed, None);
    assert!(next.vault.open(CREW, &sealed).await.is_err(), "nothing of it is kept");
    // Nor is it begun again with what stands in its place.
    let again = next.hub.retry(actor(), &asked.reference).await.err().unwrap().to_string();
    assert!(again.starts_with("It held a secret"), "{again}");
}

async fn what_waited_long_is_only_begun_if_whoever_asked_still_may(shop: Shop) {
    let holder = NewGrant {
        guild: CREW,
        holder: Holder::Person(UserId(7)),
        holder_name: "somebody",
        action: "mill.*",
        target: "*",
        given_by: UserId(1),
    };
    shop.store.give_grant(&holder, 100).await.unwrap();
    let member = Actor { user: UserId(7), administrator: false, ..actor() };
    let blocks = shop.ask(Work::new("blocks", How::Waits).on("wheel")).await;
    shop.mill.until("it runs", |seen| seen.times("blocks") == 1).await;
    let mut gone = shop.ask_as(Actor { user: UserId(8), ..actor() }, Work::new("gone", How::AtOnce).on("wheel")).await;
    let mut demoted = shop.ask(Work::new("demoted", How::AtOnce).on("wheel")).await;
    let mut still_may = shop.ask_as(member.clone(), Work::new("still may", How::AtOnce).on("wheel")).await;
    shop.clock.advance(Duration::from_secs(61));
    shop.people.0.lock().unwrap().insert(UserId(ASKER), standing(false));
    shop.people.0.lock().unwrap().insert(UserId(7), standing(false));
    // Somebody who may stops what is in the way; a moment is not late.
    assert!(shop.store.cancel_run(CREW, blocks.id, UserId(1)).await.unwrap().is_some());
    shop.cancel(&shop.ask(Work::new("wakes", How::Waits)).await).await;
    let over = gone.over().await;
    assert_eq!(over.text, "That will not work. <@8> is not in this guild any more. Nothing was done.");
    let over = demoted.over().await;
    assert!(over.text.starts_with("You may not use the mill. It takes `mill.grind`."), "{}", over.text);
    assert_eq!((shop.told(&demoted).await.as_str(), over.ending), ("refused", Ending::Failed));
    assert_eq!(still_may.over().await.text, "Ground `still may`. 1 sack");
    let seen = shop.mill.seen();
    assert_eq!((seen.times("gone"), seen.times("demoted"), seen.times("still may")), (0, 0, 1));
}
