//! What nobody follows any more is ended at its platform, too: also after a kill, and once a platform that was away is back.

use std::time::Duration;

use peers::clouds::Fault;
use store::{
    overlays::Origin,
    streams::{Channel, Source},
};
use streams::Reply;

use super::scene::Scene;

on_both_databases! {
    after_the_last_unfollow_every_platform_is_asked_to_tell_no_more
    a_kill_between_the_unfollow_and_its_end_leaves_nothing_behind
    a_platform_that_is_away_for_a_while_is_asked_again_until_it_is_done
    what_is_followed_again_before_it_ended_is_told_of
    who_is_at_another_address_is_told_there_a_day_later
}

const PLACE: &str = "https://nebula.example";
const ELSEWHERE: &str = "https://elsewhere.example";

/// A guild that follows somebody on every platform, which all tell of it.
async fn told_by_all(scene: &mut Scene) -> (base::GuildId, Vec<Channel>) {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.twitch.add_channel("1", "ada", "Ada");
    scene.clouds.kick.add_channel(2, "bob");
    scene.clouds.youtube.add_channel("UC3", "cat", "Cat");
    let mut all = Vec::new();
    for (source, id, name) in
        [(Source::Twitch, "1", "Ada"), (Source::Kick, "2", "Bob"), (Source::YouTube, "UC3", "Cat")]
    {
        all.push(scene.follow(guild, source, id, name).await);
    }
    scene.streams.know_address(PLACE);
    scene.look().await;
    scene.clouds.twitch.proven();
    assert_eq!(hub_asks(scene, "subscribe").await, Reply::Word("word".to_owned()));
    assert_eq!((tells(scene), scene.clouds.youtube.wanted().len()), ((2, 2), 1));
    (guild, all)
}

/// The hub asks whether that is ours.
async fn hub_asks(scene: &Scene, mode: &str) -> Reply {
    let asked = scene.clouds.youtube.wanted().remove(0);
    let word = ("hub.challenge", "word");
    scene
        .hub_asks(
            &asked.place,
            &[("hub.mode", mode), ("hub.topic", &asked.topic), word, ("hub.lease_seconds", "400000")],
        )
        .await
}

/// What Twitch and Kick tell of.
fn tells(scene: &Scene) -> (usize, usize) {
    (scene.clouds.twitch.subscribed().len(), scene.clouds.kick.tells().len())
}

async fn unfollow(scene: &Scene, guild: base::GuildId, all: &[Channel]) {
    for channel in all {
        assert!(scene.store.unfollow_stream(guild, channel).await.unwrap());
    }
}

async fn after_the_last_unfollow_every_platform_is_asked_to_tell_no_more(mut scene: Scene) {
    let (guild, all) = told_by_all(&mut scene).await;
    let other = scene.guild(2, |_| {}).await;
    scene.follow(other, Source::Twitch, "1", "Ada").await;
    unfollow(&scene, guild, &all).await;
    scene.look().await;
    assert_eq!(tells(&scene), (2, 0), "somebody else follows Ada still");
    assert_eq!(scene.clouds.youtube.unwanted().len(), 1);
    assert_eq!(hub_asks(&scene, "unsubscribe").await, Reply::Word("word".to_owned()));
    unfollow(&scene, other, &all[..1]).await;
    scene.look().await;
    assert_eq!(tells(&scene), (0, 0));
    // It is over: nobody is asked once more.
    scene.minutes(30).await;
    assert_eq!(scene.clouds.youtube.unwanted().len(), 1);
    assert!(scene.store.subscriptions_ending(10).await.unwrap().is_empty());
    let deleted = |all: Vec<peers::models::Request>| all.iter().filter(|one| one.method == "DELETE").count();
    assert_eq!(deleted(scene.clouds.twitch.asked("/helix/eventsub")), 2);
    assert_eq!(deleted(scene.clouds.kick.asked("/api/public/v1/events")), 2);
    // A hub that lost its question asks nothing: it is asked again, and nobody is told of what is not followed.
    assert_eq!(hub_asks(&scene, "subscribe").await, Reply::Unknown);
}

async fn a_kill_between_the_unfollow_and_its_end_leaves_nothing_behind(mut scene: Scene) {
    let (guild, all) = told_by_all(&mut scene).await;
    unfollow(&scene, guild, &all).await;
    scene.restart();
    scene.streams.know_address(PLACE);
    // It is killed again once a platform did it, and nobody heard.
    scene.clouds.twitch.break_next("/helix/eventsub", 1, Fault::AnswerLost);
    scene.look().await;
    scene.restart();
    scene.streams.know_address(PLACE);
    scene.minutes(3).await;
    assert_eq!(tells(&scene), (0, 0));
    assert_eq!(hub_asks(&scene, "unsubscribe").await, Reply::Word("word".to_owned()));
    assert!(scene.store.subscriptions_ending(10).await.unwrap().is_empty());
}

async fn a_platform_that_is_away_for_a_while_is_asked_again_until_it_is_done(mut scene: Scene) {
    let (guild, all) = told_by_all(&mut scene).await;
    unfollow(&scene, guild, &all).await;
    scene.clouds.twitch.break_next("/helix/eventsub", 100, Fault::Status(503, Vec::new()));
    scene.clouds.kick.break_next("/api/public/v1/events", 100, Fault::Cut);
    scene.clouds.youtube.break_next("/hub/", 100, Fault::Status(503, Vec::new()));
    scene.minutes(60).await;
    assert_eq!((tells(&scene), scene.clouds.youtube.unwanted().len()), ((2, 2), 0));
    let asked = scene.clouds.kick.asked("/api/public/v1/events").len();
    assert!(asked < 16, "it is not asked over and over: {asked}");
    scene.clouds.twitch.mend();
    scene.clouds.kick.mend();
    scene.clouds.youtube.mend();
    scene.minutes(61).await;
    assert_eq!(tells(&scene), (0, 0));
    assert!(!scene.clouds.youtube.unwanted().is_empty());
}

async fn who_is_at_another_address_is_told_there_a_day_later(mut scene: Scene) {
    told_by_all(&mut scene).await;
    assert!(scene.clouds.twitch.tells_at().iter().all(|place| place.starts_with(PLACE)));
    scene.restart();
    scene.streams.know_address(ELSEWHERE);
    scene.pass(Duration::from_hours(25));
    scene.minutes(2).await;
    let told = scene.clouds.twitch.tells_at();
    assert!(told.len() == 2 && told.iter().all(|place| place.starts_with(ELSEWHERE)), "{told:?}");
    // And stays so: what stands here is let be.
    scene.clouds.twitch.proven();
    let asked = |scene: &Scene| {
        scene.clouds.twitch.asked("/helix/eventsub").iter().filter(|one| one.method == "DELETE").count()
    };
    let deleted = asked(&scene);
    scene.pass(Duration::from_hours(25));
    scene.minutes(2).await;
    assert_eq!((asked(&scene), scene.clouds.twitch.tells_at()), (deleted, told));
}

async fn what_is_followed_again_before_it_ended_is_told_of(mut scene: Scene) {
    let (guild, all) = told_by_all(&mut scene).await;
    unfollow(&scene, guild, &all).await;
    scene.follow(guild, Source::Twitch, "1", "Ada").await;
    scene.look().await;
    assert_eq!(tells(&scene), (2, 0));
    unfollow(&scene, guild, &all[..1]).await;
    scene.look().await;
    assert_eq!(tells(&scene), (0, 0));
    scene.follow(guild, Source::Twitch, "1", "Ada").await;
    scene.pass(Duration::from_secs(1));
    scene.look().await;
    assert_eq!(tells(&scene), (2, 0));
    // An account that feeds overlays is no follow, and the other way round.
    assert!(scene.store.overlay_sources_at(Origin::Twitch).await.unwrap().is_empty());
}
