//! What comes back is taken once, of the browser that went on with a link, for whoever asked for it, and of the platform it was sent to.

use reqwest::StatusCode;

use super::{
    browser::{Browser, link},
    end,
};
use crate::{people::Person, world::World};

on_both_worlds! {
    what_comes_back_is_taken_once_and_only_of_the_browser_that_went_on
    a_link_is_of_use_to_nobody_but_whoever_asked_for_it
    who_says_no_or_has_no_channel_or_is_somebody_elses_is_not_connected
}

/// Nothing is connected for whoever asks.
async fn has_nothing(person: &Person) {
    person.ask("/connections").await.until("none yet").await;
}

async fn what_comes_back_is_taken_once_and_only_of_the_browser_that_went_on(mut world: World) {
    let clouds = world.with_clouds().await;
    let member = world.member().await;
    let mut browser = Browser::new(&world);
    for nowhere in [
        "/oauth/twitch/start",
        "/oauth/twitch/start?t=00000000000000000000000000000000",
        "/oauth/twitch",
        "/oauth/myspace/start?t=1",
    ] {
        assert_eq!(browser.get(nowhere).await.status(), StatusCode::NOT_FOUND, "{nowhere}");
    }
    let (shown, path) = link(&member, "twitch").await;
    // Opening it changes nothing, however often.
    for _ in 0..2 {
        let (status, page) = browser.reads(&path).await;
        assert!(status == StatusCode::OK && page.contains("Connect Twitch for member"), "{page}");
    }
    let ticket = path.split("?t=").nth(1).unwrap();
    // A page of somebody else's that sends the form has not shown it to this browser.
    let mut tricked = Browser::new(&world);
    for page in ["", "made-up"] {
        let sent = tricked.post("/oauth/twitch/start", &[("t", ticket), ("page", page)]).await;
        assert_eq!(sent.status(), StatusCode::FORBIDDEN);
    }
    // Nor does a link of one platform lead to another.
    assert_eq!(browser.get(&path.replace("twitch", "kick")).await.status(), StatusCode::NOT_FOUND);
    let back = browser.consents(&path).await;
    assert_eq!(browser.get(&path).await.status(), StatusCode::NOT_FOUND, "it was gone on with");
    // What is sent to another platform's address is not what was begun there, and spends nothing.
    let (status, page) = browser.reads(&back.replace("/oauth/twitch", "/oauth/spotify")).await;
    assert!(status == StatusCode::NOT_FOUND && page.contains("was not asked for here"), "{page}");
    let (status, page) = browser.reads(&back).await;
    assert!(status == StatusCode::OK && page.contains("Ada on Twitch is connected"), "{status} {page}");
    shown.until("Connected").await;
    let exchanged = clouds.twitch.asked("/id/oauth2/token").len();
    let (status, page) = browser.reads(&back).await;
    assert!(status == StatusCode::NOT_FOUND && page.contains("is used"), "{page}");
    assert_eq!(clouds.twitch.asked("/id/oauth2/token").len(), exchanged);

    // Another browser than the one that went on: what it brings is spent, and nothing is kept.
    let other = world.admin().await;
    let (shown, path) = link(&other, "kick").await;
    let back = browser.consents(&path).await;
    let (status, page) = Browser::new(&world).reads(&back).await;
    assert!(status == StatusCode::FORBIDDEN && page.contains("another browser"), "{page}");
    shown.until("Another browser came back").await;
    assert_eq!(browser.get(&back).await.status(), StatusCode::NOT_FOUND);
    assert!(clouds.kick.asked("/id/oauth/token").is_empty());
    // Who asks again has a link of their own, and the one before leads nowhere.
    let (_, first) = link(&other, "kick").await;
    let (_, second) = link(&other, "kick").await;
    assert_eq!(browser.get(&first).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(browser.get(&second).await.status(), StatusCode::OK);
    has_nothing(&other).await;
    end(world, &clouds).await;
}

async fn a_link_is_of_use_to_nobody_but_whoever_asked_for_it(mut world: World) {
    let secret = world.sandbox.client_secret();
    world.never_show(secret);
    world.set("DISCORD_CLIENT_SECRET", secret);
    let clouds = world.with_clouds().await;
    let (admin, member) = (world.admin().await, world.member().await);
    let (_, path) = link(&member, "twitch").await;
    let (status, page) = Browser::new(&world).reads(&path).await;
    assert!(status == StatusCode::UNAUTHORIZED && page.contains("Say who you are on Discord first"), "{page}");
    // Logged in as somebody else, also where the form is sent as it is.
    let mut victim = crate::tickets::transcripts::browser::Browser::new(&world);
    victim.logs_in(&admin, &path).await;
    let page = victim.get(&path).await;
    assert_eq!(page.status(), StatusCode::FORBIDDEN);
    assert!(page.text().await.unwrap().contains("somebody else"));
    // And as whoever asked for it.
    let mut theirs = crate::tickets::transcripts::browser::Browser::new(&world);
    theirs.logs_in(&member, &path).await;
    let mut browser = Browser::new(&world);
    browser.holds(&theirs.cookies);
    let back = browser.consents(&path).await;
    assert_eq!(browser.get(&back).await.status(), StatusCode::OK);
    has_nothing(&admin).await;
    member.ask("/connections").await.until("1 connected").await;
    end(world, &clouds).await;
}

async fn who_says_no_or_has_no_channel_or_is_somebody_elses_is_not_connected(mut world: World) {
    let clouds = world.with_clouds().await;
    let (admin, member) = (world.admin().await, world.member().await);
    let mut browser = Browser::new(&world);
    clouds.twitch.denies();
    let (shown, path) = link(&member, "twitch").await;
    let back = browser.consents(&path).await;
    let (status, page) = browser.reads(&back).await;
    assert!(status == StatusCode::FORBIDDEN && page.contains("You said no at Twitch"), "{page}");
    assert_shown!(shown.until("You said no").await.masked(), @r"
    – **Not connected** to Twitch
    You said no there. Nothing was kept.
    Connect Twitch
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    clouds.youtube.person("g-2002", "", "Nobody");
    let (shown, path) = link(&member, "youtube").await;
    let back = browser.consents(&path).await;
    let (_, page) = browser.reads(&back).await;
    assert!(page.contains("has no channel"), "{page}");
    shown.until("That YouTube account has no channel.").await;
    has_nothing(&member).await;
    // One account is of one person.
    super::connects(&world, &member, "kick").await;
    let (shown, path) = link(&admin, "kick").await;
    let back = browser.consents(&path).await;
    let (_, page) = browser.reads(&back).await;
    assert!(page.contains("AdaK on Kick is connected to somebody else on Discord"), "{page}");
    shown.until("is connected to somebody else on Discord").await;
    has_nothing(&admin).await;
    // A code that was altered on its way is none, and what the platform says of it is told.
    clouds.spotify.consents_as("ada.s");
    let (shown, path) = link(&member, "spotify").await;
    let back = browser.consents(&path).await;
    let altered = back.replace("code=code", "code=c0de");
    let (status, page) = browser.reads(&altered).await;
    assert!(status == StatusCode::BAD_GATEWAY && page.contains("does not take the code"), "{page}");
    shown.until("Spotify does not take the code that came back").await;
    end(world, &clouds).await;
}
