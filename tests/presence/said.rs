//! What the status says, of whom, and how often.

use std::time::Duration;

use peers::clouds::Fault;
use presence::BETWEEN;

use super::scene::{ADA, CREW, FRIENDS, STRANGERS, Scene, TOKEN};

on_both_databases! {
    who_is_live_is_said_and_it_is_gone_when_it_ends
    ten_changes_in_a_second_are_said_once_and_the_last_of_them_in_its_time
    a_guild_that_did_not_opt_in_is_never_said
    what_a_guild_takes_back_is_gone_at_once
    plex_is_read_of_the_named_person_alone_and_outlives_silence_for_two_minutes
    lanyard_is_asked_after_a_persons_own_word_and_they_are_gone_at_once_after_another
    a_connection_that_was_made_anew_is_told_again
    a_platform_that_wants_to_be_left_alone_is
    what_does_not_answer_for_long_is_said_with_what_to_do
}

async fn who_is_live_is_said_and_it_is_gone_when_it_ends(scene: Scene) {
    scene.wishes(&["streams", "text"], "Here for you").await;
    scene.shares(CREW, [true, false, false]).await;
    let (ada, grace) = (scene.follows(CREW, "Ada").await, scene.follows(CREW, "Grace").await);
    scene.looks().await;
    assert_eq!(scene.says(), "Here for you");
    scene.airs(&ada, true).await;
    scene.later(15).await;
    assert_eq!(scene.says(), "Streaming Ada on Twitch");
    let shown = scene.spoken().pop().unwrap().1.activity.unwrap();
    assert_eq!(shown.url.as_deref(), Some("https://www.twitch.tv/ada"));
    scene.airs(&grace, true).await;
    scene.later(15).await;
    assert_eq!(scene.says(), "Watching 2 streams");
    scene.airs(&ada, false).await;
    scene.later(15).await;
    assert_eq!(scene.says(), "Streaming Grace on Twitch");
    scene.airs(&grace, false).await;
    scene.later(15).await;
    assert_eq!(scene.says(), "Here for you");
    // What did not change is not said again.
    let spoken = scene.spoken().len();
    for _ in 0..20 {
        scene.later(15).await;
    }
    assert_eq!(scene.spoken().len(), spoken);
    assert!(scene.store.end_presence().await.unwrap());
    scene.looks().await;
    assert_eq!(scene.says(), "");
}

async fn ten_changes_in_a_second_are_said_once_and_the_last_of_them_in_its_time(scene: Scene) {
    for number in 0..10 {
        scene.wishes(&["text"], &format!("number {number}")).await;
        scene.looks().await;
        scene.clock.advance(Duration::from_millis(100));
    }
    assert_eq!((scene.says().as_str(), scene.spoken().len()), ("number 0", 1));
    for _ in 0..40 {
        scene.later(1).await;
    }
    assert_eq!((scene.says().as_str(), scene.spoken().len()), ("number 9", 2));
    for number in 0..400 {
        scene.wishes(&["text"], &format!("again {number}")).await;
        scene.later(1).await;
    }
    let spoken = scene.spoken();
    assert!(spoken.len() > 20, "{}", spoken.len());
    assert!(spoken.windows(2).all(|two| two[1].0.since(two[0].0) >= BETWEEN), "{spoken:?}");
}

async fn a_guild_that_did_not_opt_in_is_never_said(scene: Scene) {
    scene.wishes(&["streams", "plex", "lanyard"], "").await;
    let ours = scene.follows(FRIENDS, "Ours").await;
    let theirs = scene.follows(STRANGERS, "Theirs").await;
    for guild in [FRIENDS, STRANGERS] {
        scene.has_plex(guild, "Ada").await;
        assert!(scene.store.lend_lanyard(guild, ADA, 10).await.unwrap());
    }
    scene.plex.watches("Ada", "Dune", 2021);
    scene.lanyard.listens(ADA.0, "A song", "Somebody");
    scene.airs(&ours, true).await;
    scene.airs(&theirs, true).await;
    // One shares something else, and the other all there is; but nobody who runs the bot named that one.
    scene.shares(CREW, [true, true, true]).await;
    scene.shares(STRANGERS, [true, true, true]).await;
    for _ in 0..8 {
        scene.later(15).await;
    }
    assert!(scene.spoken().is_empty(), "{:?}", scene.spoken());
    assert!(scene.plex.asked().is_empty() && scene.lanyard.asked().is_empty(), "nobody is asked for nothing");
    // Its administrators say so, and whoever runs the bot named it: then it is said, unless it is off there.
    scene.shares(FRIENDS, [true, false, false]).await;
    scene.off.lock().unwrap().push(FRIENDS);
    scene.later(15).await;
    assert_eq!(scene.says(), "");
    scene.off.lock().unwrap().clear();
    scene.later(15).await;
    assert_eq!(scene.says(), "Streaming Ours on Twitch");
    // Where it was set it is switched off.
    scene.off.lock().unwrap().push(CREW);
    scene.looks().await;
    assert_eq!(scene.says(), "");
}

async fn what_a_guild_takes_back_is_gone_at_once(scene: Scene) {
    scene.wishes(&["streams", "text"], "Here for you").await;
    scene.shares(FRIENDS, [true, false, false]).await;
    let ada = scene.follows(FRIENDS, "Ada").await;
    scene.airs(&ada, true).await;
    scene.looks().await;
    assert_eq!(scene.says(), "Streaming Ada on Twitch");
    scene.shares(FRIENDS, [false, false, false]).await;
    scene.later(1).await;
    assert_eq!(scene.says(), "", "nothing takes its place before its turn");
    scene.later(14).await;
    assert_eq!(scene.says(), "");
    scene.later(1).await;
    assert_eq!(scene.says(), "Here for you");
}

async fn plex_is_read_of_the_named_person_alone_and_outlives_silence_for_two_minutes(scene: Scene) {
    scene.wishes(&["plex"], "").await;
    scene.shares(CREW, [false, true, false]).await;
    scene.has_plex(CREW, "ada").await;
    scene.plex.watches("Grace", "What Grace watches", 1999);
    scene.looks().await;
    assert_eq!(scene.says(), "");
    scene.plex.watches("Ada", "Dune", 2021);
    scene.later(15).await;
    assert_eq!(scene.says(), "Watching Dune · 2021");
    // It is down: what it said counts for two minutes, and no longer.
    scene.plex.break_next("/", 1_000, Fault::Status(500, Vec::new()));
    scene.later(60).await;
    scene.later(60).await;
    assert_eq!(scene.says(), "Watching Dune · 2021");
    scene.later(15).await;
    assert_eq!(scene.says(), "");
    scene.plex.mend();
    scene.later(15).await;
    assert_eq!(scene.says(), "Watching Dune · 2021");
    // Nothing is another answer than none: it counts at once.
    scene.plex.pauses("Ada");
    scene.later(15).await;
    assert_eq!(scene.says(), "");
    scene.plex.hears("Ada", "Clair de lune", "Debussy");
    scene.later(15).await;
    assert_eq!(scene.says(), "Listening to Clair de lune · Debussy");
    // What it is called holds its token: nobody reads that.
    scene.plex.watches("Ada", &format!("a film {TOKEN}"), 2021);
    scene.later(15).await;
    assert_eq!(scene.says(), "Watching a film ‹secret› · 2021");
    let asked = scene.plex.asked();
    assert!(asked.iter().all(|one| one.path == "/status/sessions"), "no token stands in an address");
    assert!(scene.store.remove_plex(CREW).await.unwrap());
    scene.looks().await;
    assert_eq!(scene.says(), "");
    let asked = scene.plex.asked().len();
    scene.later(60).await;
    assert_eq!(scene.plex.asked().len(), asked);
}

async fn lanyard_is_asked_after_a_persons_own_word_and_they_are_gone_at_once_after_another(scene: Scene) {
    scene.wishes(&["lanyard"], "").await;
    scene.shares(CREW, [false, false, true]).await;
    scene.lanyard.listens(ADA.0, "Blue in Green", "Miles Davis; Bill Evans");
    scene.later(15).await;
    assert!(scene.lanyard.asked().is_empty(), "nobody said so");
    assert!(scene.store.lend_lanyard(CREW, ADA, 10).await.unwrap());
    scene.later(15).await;
    assert_eq!(scene.says(), "Listening to Blue in Green · Miles Davis, Bill Evans");
    assert_eq!(scene.lanyard.asked()[0].path, format!("/v1/users/{ADA}"));
    assert!(scene.store.take_lanyard(ADA).await.unwrap());
    scene.looks().await;
    assert_eq!(scene.says(), "", "it does not wait for its turn");
    let asked = scene.lanyard.asked().len();
    scene.later(300).await;
    assert_eq!((scene.lanyard.asked().len(), scene.says().as_str()), (asked, ""));
    // Said in two servers, taken back in one: it is theirs, and counts in both.
    for guild in [CREW, FRIENDS] {
        assert!(scene.store.lend_lanyard(guild, ADA, 10).await.unwrap());
    }
    assert!(scene.store.take_lanyard(ADA).await.unwrap());
    assert!(scene.store.lanyards().await.unwrap().is_empty());
    assert!(!scene.store.take_lanyard(ADA).await.unwrap());
}

async fn a_connection_that_was_made_anew_is_told_again(scene: Scene) {
    scene.wishes(&["text"], "Here for you").await;
    scene.looks().await;
    scene.reconnects();
    scene.later(5).await;
    assert_eq!(scene.spoken().len(), 1, "its turn comes first");
    scene.later(10).await;
    assert_eq!((scene.says().as_str(), scene.spoken().len()), ("Here for you", 2));
    scene.later(60).await;
    assert_eq!(scene.spoken().len(), 2);
}

async fn a_platform_that_wants_to_be_left_alone_is(scene: Scene) {
    scene.wishes(&["lanyard"], "").await;
    scene.shares(CREW, [false, false, true]).await;
    scene.lanyard.listens(ADA.0, "A song", "Somebody");
    assert!(scene.store.lend_lanyard(CREW, ADA, 10).await.unwrap());
    let limited = Fault::Status(429, vec![("Retry-After", "600".to_owned())]);
    scene.lanyard.break_next("/", 1, limited);
    scene.later(15).await;
    for _ in 0..30 {
        scene.later(15).await;
    }
    assert_eq!((scene.lanyard.asked().len(), scene.says().as_str()), (1, ""));
    scene.later(150).await;
    assert_eq!(scene.says(), "Listening to A song · Somebody");
}

async fn what_does_not_answer_for_long_is_said_with_what_to_do(scene: Scene) {
    scene.wishes(&["plex", "lanyard"], "").await;
    scene.shares(CREW, [false, true, true]).await;
    scene.has_plex(CREW, "Ada").await;
    assert!(scene.store.lend_lanyard(CREW, ADA, 10).await.unwrap());
    scene.plex.break_next("/", 10_000, Fault::Status(500, Vec::new()));
    scene.looks().await;
    let lacks = async || -> Vec<String> {
        scene.presence.lacks(CREW).await.unwrap().into_iter().map(|lack| crate::people::mask(&lack.what)).collect()
    };
    // Lanyard does not know them, and will not by itself.
    assert_eq!(lacks().await, ["Lanyard does not know them: they are not in its server, since <t:…:R> (<@…>)"]);
    for _ in 0..40 {
        scene.later(15).await;
    }
    let all = scene.presence.lacks(CREW).await.unwrap();
    assert_eq!(crate::people::mask(&all[0].what), "Plex could not be asked: it has trouble of its own, since <t:…:R>");
    assert!(all[0].fix.contains("/presence plex set") && all[1].fix.contains("https://discord.gg/lanyard"), "{all:?}");
    assert!(scene.presence.lacks(FRIENDS).await.unwrap().is_empty(), "it is none of another server's");
    scene.plex.mend();
    scene.lanyard.listens(ADA.0, "Blue in Green", "Miles Davis");
    for _ in 0..4 {
        scene.later(15).await;
    }
    assert!(lacks().await.is_empty());
}
