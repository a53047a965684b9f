//! What members are seen to show on Discord hastens a look, where whoever runs the bot wants that, and tells nobody anything by itself.

use std::time::Duration;

use base::UserId;
use sandbox::{Fault, Options, client::message_text};
use store::streams::{NewChannel, NewFollow, Source};

use super::{
    scene::{Scene, now},
    seen::beside,
};
use crate::world::World;

const PRESENCES: u64 = 1 << 8;

on_both_worlds! {
    whoever_is_seen_to_stream_is_asked_about_at_once_and_not_believed
    an_intent_that_is_switched_off_meanwhile_is_named_and_done_without
}

on_both_databases! {
    a_channel_is_asked_about_once_a_minute_however_many_show_it
    what_shows_no_followed_stream_costs_no_question_and_next_to_no_time
}

fn looks(clouds: &super::scene::Clouds) -> usize {
    clouds.twitch.asked("/helix/streams").len()
}

async fn whoever_is_seen_to_stream_is_asked_about_at_once_and_not_believed(mut world: World) {
    world.set_environment("NEBULA_STREAMS_PRESENCE", "on");
    let clouds = beside(&mut world).await;
    // By itself it would be asked about five minutes later.
    world.set_environment("NEBULA_STREAMS_EVERY", "300");
    assert!(world.stop_bot().await);
    world.start_bot().await;
    let admin = world.admin().await;
    let wanted = admin.ask("/stream setup channel:#live").await;
    wanted.press(&admin, "Keep").await;
    wanted.until("are announced like this").await;
    admin.ask("/stream follow name:twitch.tv/ada").await.until("Following").await;
    world.until("it is asked about", |_| looks(&clouds) > 0).await;
    while !admin.ask("/stream list").await.text().contains("not live") {}
    let before = looks(&clouds);
    // Who says so is not believed: the platform is asked, and says no.
    for address in ["https://www.twitch.tv/nobody", "https://evil.example/ada", "https://www.twitch.tv/Ada"] {
        world.sandbox.show_stream("member", Some(address));
        world.sandbox.show_stream("member", None);
    }
    world.until("it is asked about", |_| looks(&clouds) > before).await;
    let live = world.sandbox.channel_id("live").unwrap();
    assert!(world.sandbox.messages(&live).is_empty());
    // Another process remembers nothing of that.
    clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", now());
    world.kill_bot();
    world.start_bot().await;
    world.sandbox.show_stream("member", Some("https://www.twitch.tv/ada"));
    let told = |world: &World| world.sandbox.messages(&live).iter().any(|one| message_text(one).contains("is live"));
    world.until("it is told", told).await;
    world.end().await;
}

/// What was heard of a channel is noted: it is to be asked about now.
async fn is_due(scene: &Scene, id: &str) {
    while scene.store.stream_channel(id).await.unwrap().unwrap().look_at > scene.clock.now() {
        tokio::task::yield_now().await;
    }
}

async fn a_channel_is_asked_about_once_a_minute_however_many_show_it(mut scene: Scene) {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.twitch.add_channel("1", "ada", "Ada");
    let channel = scene.follow(guild, Source::Twitch, "1", "Ada").await;
    scene.look().await;
    let before = looks(&scene.clouds);
    let seen = |scene: &Scene, member| {
        scene.streams.seen_streaming(guild, UserId(member), "https://www.twitch.tv/Ada");
    };
    scene.pass(Duration::from_secs(5));
    seen(&scene, 1);
    is_due(&scene, &channel.id).await;
    scene.look().await;
    assert_eq!(looks(&scene.clouds), before + 1);
    for member in 1..=1_000 {
        seen(&scene, member);
    }
    scene.pass(Duration::from_secs(50));
    seen(&scene, 2);
    scene.look().await;
    assert_eq!(looks(&scene.clouds), before + 1);
    // A video of theirs names no channel: the one that is said to be theirs is asked about.
    let video = NewChannel {
        source: Source::YouTube,
        platform_id: "UCaaaaaaaaaaaaaaaaaaaaaa".to_owned(),
        login: "UCaaaaaaaaaaaaaaaaaaaaaa".to_owned(),
        name: "Ada".to_owned(),
    };
    let theirs = scene.store.stream_channel_of(&video).await.unwrap();
    let follow = NewFollow { member: Some(UserId(7)), ..NewFollow::default() };
    scene.follow_as(guild, &theirs, follow).await;
    scene.look().await;
    scene.pass(Duration::from_secs(1));
    scene.streams.seen_streaming(guild, UserId(7), "https://www.youtube.com/watch?v=abcdefghijk");
    is_due(&scene, &theirs.id).await;
}

async fn what_shows_no_followed_stream_costs_no_question_and_next_to_no_time(mut scene: Scene) {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.twitch.add_channel("1", "ada", "Ada");
    scene.follow(guild, Source::Twitch, "1", "Ada").await;
    scene.look().await;
    scene.pass(Duration::from_secs(5));
    let asked = scene.clouds.twitch.asked("/").len();
    let began = std::time::Instant::now();
    for number in 0..100_000_u64 {
        let address = format!("https://www.twitch.tv/somebody-{}", number % 50_000);
        scene.streams.seen_streaming(guild, UserId(number), &address);
    }
    let each = began.elapsed() / 100_000;
    assert!(each < Duration::from_micros(200), "{each:?} for one");
    scene.look().await;
    assert_eq!(scene.clouds.twitch.asked("/").len(), asked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_intent_it_says_so_at_the_start_and_does_without() {
    let options = Options { disallowed_intents: PRESENCES, ..Options::default() };
    let environment = [("NEBULA_STREAMS_PRESENCE".to_owned(), "on".to_owned())];
    let world = World::with_environment(options, &environment).await;
    assert!(world.log().contains("NEBULA_STREAMS_PRESENCE is on, and the Presence Intent is off"), "{}", world.log());
    let admin = world.admin().await;
    admin.ask("/setup doctor").await.until("Presence Intent for `streams`").await;
    world.end().await;
}

/// At three in the morning nobody is there to start it again.
async fn an_intent_that_is_switched_off_meanwhile_is_named_and_done_without(mut world: World) {
    world.set_environment("NEBULA_STREAMS_PRESENCE", "on");
    assert!(world.stop_bot().await);
    world.start_bot().await;
    let (admin, before) = (world.admin().await, world.pid());
    world.sandbox.switch_off_intents(PRESENCES);
    // Who listens goes on listening, until the connection is made anew.
    world.sandbox.inject(Fault::InvalidSession { resumable: false }).unwrap();
    world
        .until("it says what is missing", |world| world.log().contains("no longer sends what takes the Presence"))
        .await;
    let log = world.log();
    let line = log.lines().find(|line| line.contains("no longer sends what takes")).unwrap();
    for said in ["ERROR", "https://discord.com/developers/applications, under Bot", "I go on without"] {
        assert!(line.contains(said), "{line}");
    }
    // Discord lets a bot identify once in five seconds.
    world.sandbox.advance(Duration::from_secs(5));
    world.until("it is there again", |world| world.sandbox.bot_is_connected()).await;
    admin.ask("/setup doctor").await.until("Presence Intent for `streams`").await;
    assert_eq!(world.pid(), before);
    world.end().await;
}
