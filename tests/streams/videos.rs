//! YouTube: feeds, videos, and the units of a day.

use std::time::Duration;

use peers::clouds::Fault;
use store::{Kind, streams::Source};

use super::scene::Scene;

on_both_databases! {
    a_stream_that_was_scheduled_is_told_when_it_begins_and_not_before
    a_video_that_is_no_stream_is_told_by_nobody
    a_feed_that_cannot_be_read_is_no_answer
    when_the_days_quota_is_used_up_nothing_is_asked_until_midnight_in_california_and_feeds_are_read_on
    where_youtubes_day_begins_later_than_ours_it_is_asked_again_within_the_hour
}

async fn a_stream_that_was_scheduled_is_told_when_it_begins_and_not_before(mut scene: Scene) {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.youtube.add_channel("UC1", "ada", "Ada");
    scene.follow(guild, Source::YouTube, "UC1", "Ada").await;
    scene.look().await;
    let begins = scene.at() + 20 * 60_000;
    scene.clouds.youtube.publish("UC1", "video-1", "Soon <b>", Some(begins));
    scene.minutes(19).await;
    assert_eq!(scene.told(guild), 0);
    let used = scene.clouds.youtube.used();
    assert!(used <= 4, "{used} units for one that is only scheduled");
    // It begins four minutes late.
    scene.minutes(5).await;
    scene.clouds.youtube.go_live("video-1", scene.at());
    scene.minutes(2).await;
    assert_eq!(scene.told(guild), 1);
    assert!(scene.posted[&1][0].contains(r"Soon \<b\>"), "{:?}", scene.posted);
    scene.minutes(20).await;
    scene.clouds.youtube.go_off("video-1", scene.at());
    scene.minutes(15).await;
    assert!(scene.store.streams_going_on(guild).await.unwrap().is_empty());
    assert_eq!(scene.told(guild), 1);
}

async fn a_video_that_is_no_stream_is_told_by_nobody(mut scene: Scene) {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.youtube.add_channel("UC1", "ada", "Ada");
    scene.follow(guild, Source::YouTube, "UC1", "Ada").await;
    scene.clouds.youtube.publish("UC1", "video-1", "Only a video", None);
    scene.minutes(30).await;
    assert_eq!((scene.told(guild), scene.clouds.youtube.used()), (0, 1));
    let follows = scene.store.stream_follows(guild).await.unwrap();
    assert!(follows[0].1.quiet.is_some(), "nothing is live there, for certain");
}

async fn a_feed_that_cannot_be_read_is_no_answer(mut scene: Scene) {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.youtube.add_channel("UC1", "ada", "Ada");
    scene.follow(guild, Source::YouTube, "UC1", "Ada").await;
    scene.look().await;
    scene.clouds.youtube.publish("UC1", "video-1", "Live", Some(scene.at()));
    scene.clouds.youtube.go_live("video-1", scene.at());
    scene.minutes(2).await;
    assert_eq!(scene.told(guild), 1);
    scene.clouds.youtube.break_next("/www/", 1_000, Fault::Status(404, Vec::new()));
    scene.clouds.youtube.break_next("/youtube/", 1_000, Fault::Status(500, Vec::new()));
    scene.minutes(20).await;
    assert_eq!(scene.store.streams_going_on(guild).await.unwrap().len(), 1);
    scene.clouds.youtube.mend();
    scene.minutes(3).await;
    assert_eq!((scene.told(guild), scene.store.streams_going_on(guild).await.unwrap().len()), (1, 1));
}

async fn when_the_days_quota_is_used_up_nothing_is_asked_until_midnight_in_california_and_feeds_are_read_on(
    mut scene: Scene,
) {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.youtube.add_channel("UC1", "ada", "Ada");
    scene.follow(guild, Source::YouTube, "UC1", "Ada").await;
    scene.clouds.youtube.publish("UC1", "video-0", "Only a video", None);
    scene.look().await;
    // An hour before midnight there, on a day that somebody else used up.
    let midnight = streams::plan::midnight(scene.clock.now());
    let ahead = (midnight.0 - scene.at() - 3_600_000).rem_euclid(86_400_000);
    scene.pass(Duration::from_millis(u64::try_from(ahead).unwrap()));
    scene.minutes(2).await;
    let day = streams::plan::day(scene.clock.now());
    let quiet = scene.store.stream_follows(guild).await.unwrap()[0].1.quiet;
    assert!(scene.store.quota_over_since(Source::YouTube, &day).await.unwrap().is_none());
    scene.clouds.youtube.uses_up();
    scene.clouds.youtube.publish("UC1", "video-1", "Live", Some(scene.at()));
    scene.clouds.youtube.go_live("video-1", scene.at());
    let asked = |scene: &Scene, path: &str| scene.clouds.youtube.asked(path).len();
    let (videos, feeds) = (asked(&scene, "/youtube/v3/videos"), asked(&scene, "/www/feeds/videos.xml"));
    scene.minutes(50).await;
    assert_eq!(asked(&scene, "/youtube/v3/videos"), videos + 1, "it is told once, and believed");
    assert!(asked(&scene, "/www/feeds/videos.xml") >= feeds + 45, "feeds cost nothing");
    assert!(scene.store.quota_over_since(Source::YouTube, &day).await.unwrap().is_some());
    assert!(!scene.store.quota_is_over(Source::YouTube, &day).await.unwrap(), "that is no news");
    let follows = scene.store.stream_follows(guild).await.unwrap();
    assert!(scene.told(guild) == 0 && follows.len() == 1, "{follows:?}");
    assert!(follows[0].1.unknown.is_some(), "nobody said that nothing is live there: {follows:?}");
    assert_eq!(follows[0].1.quiet, quiet);
    scene.restart();
    scene.minutes(5).await;
    assert_eq!(asked(&scene, "/youtube/v3/videos"), videos + 1);
    // The next day is another.
    scene.clouds.youtube.begins_a_day();
    scene.minutes(5).await;
    assert_eq!(scene.told(guild), 1, "{:?}", scene.posted);
    assert!(asked(&scene, "/youtube/v3/videos") > videos + 1);
}

async fn where_youtubes_day_begins_later_than_ours_it_is_asked_again_within_the_hour(mut scene: Scene) {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.youtube.add_channel("UC1", "ada", "Ada");
    scene.follow(guild, Source::YouTube, "UC1", "Ada").await;
    scene.look().await;
    let midnight = streams::plan::midnight(scene.clock.now());
    let ahead = (midnight.0 - scene.at() - 600_000).rem_euclid(86_400_000);
    scene.pass(Duration::from_millis(u64::try_from(ahead).unwrap()));
    scene.clouds.youtube.uses_up();
    scene.clouds.youtube.publish("UC1", "video-1", "Live", Some(scene.at()));
    scene.clouds.youtube.go_live("video-1", scene.at());
    let asked = |scene: &Scene| scene.clouds.youtube.asked("/youtube/v3/videos").len();
    let before = asked(&scene);
    // Our day begins, and theirs does not: it is tried once, and believed again, though not for a day.
    scene.minutes(25).await;
    assert_eq!(asked(&scene), before + 2);
    scene.clouds.youtube.begins_a_day();
    scene.minutes(30).await;
    assert_eq!((asked(&scene), scene.told(guild)), (before + 2, 0));
    scene.minutes(20).await;
    assert_eq!(scene.told(guild), 1, "{:?}", scene.posted);
}

/// 200 channels, each live once on that day, for an hour and a half, thirty of them at a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_channels_are_followed_for_a_day_within_its_units_of_quota() {
    const CHANNELS: usize = 200;
    let mut scene = Scene::set(Kind::Sqlite).await;
    // Feeds cost nothing, and the machine's time is not measured here.
    scene.streams.know_every(Duration::from_mins(30));
    let guild = scene.guild(1, |_| {}).await;
    for number in 0..CHANNELS {
        let id = format!("UC{number}");
        scene.clouds.youtube.add_channel(&id, &id, &id);
        scene.follow(guild, Source::YouTube, &id, &id).await;
    }
    scene.look().await;
    let begins = scene.at();
    let at = |number: usize| begins + i64::try_from(number).unwrap() * 6 * 60_000 + 60 * 60_000;
    for minute in 0..1_440_usize {
        for number in 0..CHANNELS {
            let (id, video) = (format!("UC{number}"), format!("video-{number}"));
            let now = scene.at();
            if (now..now + 60_000).contains(&(at(number) - 40 * 60_000)) {
                scene.clouds.youtube.publish(&id, &video, "Live", Some(at(number)));
            }
            if (now..now + 60_000).contains(&at(number)) {
                scene.clouds.youtube.go_live(&video, now);
            }
            if (now..now + 60_000).contains(&(at(number) + 90 * 60_000)) {
                scene.clouds.youtube.go_off(&video, now);
            }
        }
        scene.minutes(1).await;
        assert!(minute > 0 || scene.told(guild) == 0);
    }
    let used = scene.clouds.youtube.used();
    assert!(used <= 2_500, "{used} units were used");
    assert_eq!(scene.told(guild), CHANNELS, "with {used} units");
    let noted: i64 = scene.store.quota_used(Source::YouTube, 3).await.unwrap().iter().map(|(_, used)| used).sum();
    assert_eq!(noted, used, "the meter says what was used");
}
