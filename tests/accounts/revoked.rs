//! Who takes back at a platform what they gave is noticed within a minute, and told once; that a platform does not answer tells nothing.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use base::UserId;
use peers::clouds::Fault;
use platforms::Platform;

use super::renewed::{Process, Scene};
use crate::world::SOON;

const MINUTE: Duration = Duration::from_mins(1);
/// What is asked whether a token is good.
const QUESTIONS: [(Platform, &str); 4] = [
    (Platform::Twitch, "/id/oauth2/validate"),
    (Platform::YouTube, "/oauth2/tokeninfo"),
    (Platform::Kick, "/id/oauth/token/introspect"),
    (Platform::Spotify, "/api/v1/me"),
];

on_both_databases! {
    what_is_taken_back_at_any_platform_is_noticed_within_a_minute_and_told_once
    an_outage_tells_nobody_anything_and_ends_nothing
    a_platform_that_hangs_holds_up_no_other
    sixty_accounts_are_asked_about_in_a_minute_and_more_in_turn
    who_wants_to_be_left_alone_is_asked_about_nobody_until_then
}

/// Everybody's accounts, each of another platform.
async fn everywhere(scene: &Scene) -> Process {
    let process = scene.process().await;
    for platform in Platform::ALL {
        process.has(scene, platform).await;
    }
    process
}

fn take_back(scene: &Scene, platform: Platform) {
    match platform {
        Platform::Twitch => scene.clouds.twitch.take_back("1001"),
        Platform::YouTube => scene.clouds.youtube.take_back("g-2001"),
        Platform::Kick => scene.clouds.kick.take_back("3001"),
        Platform::Spotify => scene.clouds.spotify.take_back("ada.s"),
    }
}

fn asked(scene: &Scene, platform: Platform, path: &str) -> usize {
    match platform {
        Platform::Twitch => scene.clouds.twitch.asked(path).len(),
        Platform::YouTube => scene.clouds.youtube.asked(path).len(),
        Platform::Kick => scene.clouds.kick.asked(path).len(),
        Platform::Spotify => scene.clouds.spotify.asked(path).len(),
    }
}

fn breaks(scene: &Scene, fault: &Fault) {
    for (platform, path) in QUESTIONS {
        let fault = fault.clone();
        match platform {
            Platform::Twitch => scene.clouds.twitch.break_next(path, 1_000, fault),
            Platform::YouTube => scene.clouds.youtube.break_next(path, 1_000, fault),
            Platform::Kick => scene.clouds.kick.break_next(path, 1_000, fault),
            Platform::Spotify => scene.clouds.spotify.break_next(path, 1_000, fault),
        }
    }
}

fn mend(scene: &Scene) {
    scene.clouds.twitch.mend();
    scene.clouds.youtube.mend();
    scene.clouds.kick.mend();
    scene.clouds.spotify.mend();
}

/// Whose accounts are to be told of, by platform.
async fn untold(process: &Process) -> Vec<String> {
    let all = process.store.accounts_untold().await.unwrap();
    all.into_iter().map(|account| account.platform).collect()
}

async fn minutes(scene: &Scene, process: &Process, count: u32) {
    for _ in 0..count {
        scene.passes(MINUTE);
        process.accounts.look().await.unwrap();
    }
}

async fn what_is_taken_back_at_any_platform_is_noticed_within_a_minute_and_told_once(scene: Scene) {
    let process = everywhere(&scene).await;
    minutes(&scene, &process, 3).await;
    for (platform, path) in QUESTIONS {
        assert!(untold(&process).await.is_empty());
        let before = asked(&scene, platform, path);
        assert!(before >= 3, "{platform} was asked {before} times");
        take_back(&scene, platform);
        minutes(&scene, &process, 1).await;
        assert_eq!(untold(&process).await, [platform.as_str()]);
        let told = process.store.accounts_untold().await.unwrap().remove(0);
        assert_eq!(told.ended, Some(format!("{platform} does not renew what you gave me any more.")));
        process.store.account_is_told(&told).await.unwrap();
        let after = asked(&scene, platform, path);
        minutes(&scene, &process, 5).await;
        assert_eq!(asked(&scene, platform, path), after, "{platform} is asked no more");
    }
    assert!(untold(&process).await.is_empty());
    // YouTube's units are for other things.
    assert!(scene.clouds.youtube.asked("/youtube/").is_empty());
}

async fn an_outage_tells_nobody_anything_and_ends_nothing(scene: Scene) {
    let process = everywhere(&scene).await;
    for fault in [
        Fault::Cut,
        Fault::Status(500, Vec::new()),
        Fault::Status(503, Vec::new()),
        Fault::Status(403, Vec::new()),
        Fault::Status(404, Vec::new()),
        Fault::Status(429, vec![("Retry-After", "120".to_owned())]),
    ] {
        breaks(&scene, &fault);
        minutes(&scene, &process, 20).await;
        assert!(untold(&process).await.is_empty(), "{fault:?}");
        mend(&scene);
    }
    // What was renewed meanwhile was in time, and all of it is good.
    minutes(&scene, &process, 16).await;
    assert!(untold(&process).await.is_empty());
    for platform in Platform::ALL {
        assert_eq!(process.store.good_accounts_counted(platform.as_str()).await.unwrap(), 1, "{platform}");
        take_back(&scene, platform);
    }
    minutes(&scene, &process, 1).await;
    assert_eq!(untold(&process).await.len(), 4);
}

async fn a_platform_that_hangs_holds_up_no_other(scene: Scene) {
    let process = everywhere(&scene).await;
    for number in 0..40 {
        let id = format!("spotify-{number}");
        process.somebody_has(&scene, UserId(100 + number), (Platform::Spotify, &id)).await;
    }
    // Longer than anybody waits.
    scene.clouds.spotify.break_next("/api/v1/me", 1_000, Fault::Late(MINUTE));
    let accounts = Arc::clone(&process.accounts);
    let tended = tokio::spawn(accounts.tend());
    until("Spotify is asked", async || asked(&scene, Platform::Spotify, "/api/v1/me") >= 8).await;
    for platform in [Platform::Twitch, Platform::Kick, Platform::YouTube] {
        take_back(&scene, platform);
        scene.passes(MINUTE);
        until(platform.as_str(), async || untold(&process).await == [platform.as_str()]).await;
        let told = process.store.accounts_untold().await.unwrap().remove(0);
        process.store.account_is_told(&told).await.unwrap();
    }
    assert!(asked(&scene, Platform::Spotify, "/api/v1/me") < 41, "it was not through with its own yet");
    tended.abort();
}

/// Looks again and again until it is so.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let looks = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        while !holds().await {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(SOON, looks).await.unwrap_or_else(|_| panic!("{what}"));
}

async fn sixty_accounts_are_asked_about_in_a_minute_and_more_in_turn(scene: Scene) {
    const QUESTION: &str = "/id/oauth/token/introspect";
    let process = scene.process().await;
    for number in 0..60 {
        let id = (4_000 + number).to_string();
        process.somebody_has(&scene, UserId(100 + number), (Platform::Kick, &id)).await;
    }
    minutes(&scene, &process, 1).await;
    assert_eq!(scene.clouds.kick.asked(QUESTION).len(), 60);
    minutes(&scene, &process, 4).await;
    assert_eq!(scene.clouds.kick.asked(QUESTION).len(), 300, "every minute");
    for number in 60..150 {
        let id = (4_000 + number).to_string();
        process.somebody_has(&scene, UserId(100 + number), (Platform::Kick, &id)).await;
    }
    minutes(&scene, &process, 3).await;
    let before = scene.clouds.kick.asked(QUESTION).len();
    for minute in 1..=6 {
        minutes(&scene, &process, 1).await;
        let more = scene.clouds.kick.asked(QUESTION).len() - before;
        assert!(more <= minute * 60, "{more} in {minute} minutes");
    }
    let mut each: BTreeMap<String, usize> = BTreeMap::new();
    for one in scene.clouds.kick.asked(QUESTION).split_off(before) {
        *each.entry(one.bearer().unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(each.len(), 150, "nobody is left out");
    assert!(each.values().all(|times| (1..=3).contains(times)), "{each:?}");
}

async fn who_wants_to_be_left_alone_is_asked_about_nobody_until_then(scene: Scene) {
    let process = scene.process().await;
    for number in 0..10 {
        let id = format!("spotify-{number}");
        process.somebody_has(&scene, UserId(100 + number), (Platform::Spotify, &id)).await;
    }
    scene.clouds.spotify.break_next("/api/v1/me", 100, Fault::Status(429, vec![("Retry-After", "600".to_owned())]));
    minutes(&scene, &process, 1).await;
    let asked = scene.clouds.spotify.asked("/api/v1/me").len();
    assert!(asked <= 8, "those that were on their way: {asked}");
    minutes(&scene, &process, 8).await;
    assert_eq!(scene.clouds.spotify.asked("/api/v1/me").len(), asked);
    scene.clouds.spotify.mend();
    minutes(&scene, &process, 3).await;
    assert!(scene.clouds.spotify.asked("/api/v1/me").len() >= asked + 10);
}
