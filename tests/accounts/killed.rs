//! Killed between any two steps of connecting, an account is connected once or not at all, what a platform gave is kept or given back where
//! that can be, and the card says how it ended.

use std::time::Duration;

use base::{Clock, Millis, UserId};
use peers::clouds::{Clouds, Fault};
use store::accounts::NewConsent;

use super::{
    browser::{Browser, connects, link},
    end,
};
use crate::{
    people::{Person, Shown},
    world::World,
};

on_both_worlds! {
    a_link_whose_time_is_up_leads_nowhere_and_its_card_says_so
    a_card_that_nobody_uses_for_ten_minutes_says_that_its_time_is_up
    a_link_that_is_opened_in_two_browsers_is_gone_on_with_by_one
    killed_before_somebody_comes_back_the_link_still_connects_and_the_card_says_so
    killed_while_a_code_is_exchanged_nothing_is_connected_and_the_card_says_what_is_not_known
    killed_after_a_platform_gave_the_next_process_connects_it_once
    killed_once_an_account_is_kept_it_is_connected_once_and_the_card_says_so
    what_a_platform_gave_and_nobody_may_keep_is_given_back
}

/// How many accounts somebody has.
async fn has(person: &Person, accounts: &str) {
    person.ask("/connections").await.until(accounts).await;
}

/// The bot dies, and another takes its place.
async fn killed(world: &mut World) {
    world.kill_bot();
    world.start_bot().await;
}

/// Somebody who asked, went on, and said yes at Kick: the card, their browser, and where it is sent back.
async fn said_yes(world: &World, person: &Person) -> (Shown, Browser, String) {
    let (shown, path) = link(person, "kick").await;
    let mut browser = Browser::new(world);
    let back = browser.consents(&path).await;
    (shown, browser, back)
}

async fn until_asked(world: &World, clouds: &Clouds, path: &str, before: usize) {
    world.until(path, |_| clouds.kick.asked(path).len() > before).await;
}

async fn a_link_whose_time_is_up_leads_nowhere_and_its_card_says_so(mut world: World) {
    let clouds = world.with_clouds().await;
    let member = world.member().await;
    let (shown, path) = link(&member, "twitch").await;
    let mut browser = Browser::new(&world);
    assert!(browser.get(&path).await.status().is_success());
    // Another in its place: the time of this one is up at once.
    let store = world.store_at(Clock::manual(Millis(Clock::system().now().0 - 60_000))).await;
    let user = UserId(member.id().parse().unwrap());
    let (platform, user_name, guild) = ("twitch", "member", world.guild());
    let new = NewConsent { user, user_name, guild, platform, scopes: &[], link: "none", entry: "none" };
    store.begin_consent(&new, Duration::from_mins(1)).await.unwrap();
    store.close().await;
    assert_shown!(shown.until("Its time was up").await.masked(), @r"
    – **Not connected** to Twitch
    Its time was up. Nothing was kept.
    Connect Twitch
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(browser.get(&path).await.status(), 404);
    has(&member, "none yet").await;
    end(world, &clouds).await;
}

async fn a_card_that_nobody_uses_for_ten_minutes_says_that_its_time_is_up(mut world: World) {
    let clouds = world.with_clouds().await;
    let member = world.member().await;
    let (shown, path) = link(&member, "kick").await;
    // Ten minutes later, at Discord and by the row: what is answered to is nearly over by then.
    world.sandbox.advance(Duration::from_mins(10));
    let user = UserId(member.id().parse().unwrap());
    let asked = world.audit().await.into_iter().rfind(|entry| entry.action == "account.connect").unwrap();
    let store = world.store_at(Clock::manual(Millis(Clock::system().now().0 - 1))).await;
    let consent = store.consent_of_entry(user, &asked.id).await.unwrap().unwrap();
    store.give_up_consent(user, &consent.id).await.unwrap();
    store.close().await;
    assert_shown!(shown.until("Its time was up").await.masked(), @r"
    – **Not connected** to Kick
    Its time was up. Nothing was kept.
    Connect Kick
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(Browser::new(&world).get(&path).await.status(), 404);
    assert!(clouds.kick.asked("/id/").is_empty(), "nobody was asked anything");
    let again = shown.try_press(&member, "Connect Kick").await.unwrap().answer().await;
    again.until("whoever opens it").await;
    assert_ne!(super::opens(&again).strip_prefix(super::browser::ADDRESS), Some(path.as_str()));
    end(world, &clouds).await;
}

async fn a_link_that_is_opened_in_two_browsers_is_gone_on_with_by_one(mut world: World) {
    let clouds = world.with_clouds().await;
    let member = world.member().await;
    let (shown, path) = link(&member, "twitch").await;
    let (mut one, mut two) = (Browser::new(&world), Browser::new(&world));
    // Both see the page, and each could go on.
    let (first, second) = (one.sees(&path).await, two.sees(&path).await);
    let asked = one.presses(&path, &first).await;
    assert_eq!(asked.status(), 303);
    assert_eq!(two.presses(&path, &second).await.status(), 404);
    // What comes back is of use only to the one that went on.
    let back = one.says(asked.headers()["location"].to_str().unwrap()).await;
    let (status, page) = one.reads(&back).await;
    assert!(status == 200 && page.contains("is connected"), "{status} {page}");
    shown.until("Connected").await;
    assert_eq!(two.get(&back).await.status(), 404);
    has(&member, "1 connected").await;
    end(world, &clouds).await;
}

async fn killed_before_somebody_comes_back_the_link_still_connects_and_the_card_says_so(mut world: World) {
    let clouds = world.with_clouds().await;
    let (admin, member) = (world.admin().await, world.member().await);
    // Asked, and not gone on with.
    let (shown, path) = link(&member, "kick").await;
    killed(&mut world).await;
    let mut browser = Browser::new(&world);
    let back = browser.consents(&path).await;
    // Gone on with, and not come back.
    killed(&mut world).await;
    let mut browser = browser.again(&world);
    let (status, page) = browser.reads(&back).await;
    assert!(status == 200 && page.contains("AdaK on Kick is connected"), "{status} {page}");
    assert_shown!(shown.until("Connected").await.masked(), @r"
    ✓ **Connected** `AdaK` on Kick
    I may see your channel; see who you are.
    `/connections` tests it, or gives it back.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(clouds.kick.asked("/id/oauth/token").len(), 1);
    has(&member, "1 connected").await;
    // Who says no after that is told so, too.
    let (shown, path) = link(&admin, "twitch").await;
    killed(&mut world).await;
    clouds.twitch.denies();
    let mut browser = Browser::new(&world);
    let back = browser.consents(&path).await;
    assert_eq!(browser.get(&back).await.status(), 403);
    shown.until("You said no there").await;
    has(&admin, "none yet").await;
    end(world, &clouds).await;
}

async fn killed_while_a_code_is_exchanged_nothing_is_connected_and_the_card_says_what_is_not_known(mut world: World) {
    let clouds = world.with_clouds().await;
    let member = world.member().await;
    let (shown, browser, back) = said_yes(&world, &member).await;
    clouds.kick.break_next("/id/oauth/token", 1, Fault::AnswerLate(Duration::from_secs(3)));
    let page = browser.opens(&back);
    until_asked(&world, &clouds, "/id/oauth/token", 0).await;
    killed(&mut world).await;
    page.await.unwrap();
    assert_shown!(shown.until("I was stopped").await.masked(), @r"
    ✕ **Not connected** to Kick
    I was stopped while Kick was asked, and do not know what it said. If it lists me, take that back there: https://kick.com/settings. Nothing was kept.
    Connect Kick
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    has(&member, "none yet").await;
    // What came back is spent; asked for anew, it works.
    assert_eq!(browser.again(&world).get(&back).await.status(), 404);
    connects(&world, &member, "kick").await;
    end(world, &clouds).await;
}

async fn killed_after_a_platform_gave_the_next_process_connects_it_once(mut world: World) {
    let clouds = world.with_clouds().await;
    let member = world.member().await;
    let (shown, browser, back) = said_yes(&world, &member).await;
    clouds.kick.break_next("/api/public/v1/users", 1, Fault::AnswerLate(Duration::from_secs(3)));
    let page = browser.opens(&back);
    until_asked(&world, &clouds, "/api/public/v1/users", 0).await;
    killed(&mut world).await;
    page.await.unwrap();
    shown.until("Connected").await.until("AdaK").await;
    has(&member, "1 connected").await;
    assert_eq!((clouds.kick.asked("/id/oauth/token").len(), clouds.kick.lent("3001")), (1, 2));
    let list = super::look(&member, "Kick").await;
    list.press(&member, "Test").await;
    list.until("You are `AdaK` there.").await;
    end(world, &clouds).await;
}

async fn killed_once_an_account_is_kept_it_is_connected_once_and_the_card_says_so(mut world: World) {
    let clouds = world.with_clouds().await;
    let member = world.member().await;
    let user = UserId(member.id().parse().unwrap());
    let (shown, browser, back) = said_yes(&world, &member).await;
    let store = world.store().await;
    let page = browser.opens(&back);
    while store.account(user, "kick").await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    world.kill_bot();
    store.close().await;
    world.start_bot().await;
    page.await.unwrap();
    shown.until("Connected").await.until("AdaK").await;
    has(&member, "1 connected").await;
    assert_eq!((clouds.kick.asked("/id/oauth/token").len(), clouds.kick.lent("3001")), (1, 2));
    end(world, &clouds).await;
}

async fn what_a_platform_gave_and_nobody_may_keep_is_given_back(mut world: World) {
    let clouds = world.with_clouds().await;
    let (admin, member) = (world.admin().await, world.member().await);
    connects(&world, &member, "kick").await;
    let theirs = clouds.kick.lent("3001");
    // It is somebody else's; and Kick has trouble of its own for a moment.
    clouds.kick.break_next("/id/oauth/revoke", 1, Fault::AnswerLate(Duration::from_secs(3)));
    let (shown, mut browser, back) = said_yes(&world, &admin).await;
    let (_, page) = browser.reads(&back).await;
    assert!(page.contains("is connected to somebody else on Discord"), "{page}");
    shown.until("is connected to somebody else on Discord").await;
    until_asked(&world, &clouds, "/id/oauth/revoke", 0).await;
    killed(&mut world).await;
    world.until("it is given back", |_| clouds.kick.lent("3001") == theirs).await;
    // Who cannot be told apart is not kept either.
    clouds.kick.break_next("/api/public/v1/users", 1, Fault::Status(500, Vec::new()));
    let (shown, mut browser, back) = said_yes(&world, &admin).await;
    assert!(!browser.get(&back).await.status().is_success());
    shown.until("Nothing was kept").await;
    world.until("it is given back", |_| clouds.kick.lent("3001") == theirs).await;
    let list = super::look(&member, "Kick").await;
    list.press(&member, "Test").await;
    list.until("You are `AdaK` there.").await;
    end(world, &clouds).await;
}
