//! From a signed event to the announcement, to many guilds at once; and how fast signatures are judged.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use ::streams::signature;
use base::{GuildId, UserId};
use reqwest::Method;
use serde_json::json;
use store::streams::{NewChannel, NewFollow, Settings, Source};

use crate::{scene::Clouds, world::World};

/// Signatures of each kind, and forged ones.
const JUDGED: u32 = 20_000;
const FORGED: u32 = 1_000_000;
/// Events, each of a channel of its own.
const EVENTS: usize = 100;
/// Guilds that follow one stream.
const GUILDS: usize = 500;
/// Channels of Discord's that they are told in: a guild may have 500 of them, and each event has one of its own.
const PLACES: usize = 350;
const SECRET: &str = "a-secret-of-forty-letters-or-so-0123456789";
/// Everything that is waited for comes by then.
const PATIENCE: Duration = Duration::from_mins(3);

pub(crate) async fn print() {
    println!("\n| streams | figure | to reach |\n|---|---|---|");
    judge();
    let mut world = World::start().await;
    let clouds = beside(&mut world).await;
    let late = events(&world, &clouds).await;
    println!("| verified webhook to Discord, of {EVENTS}: p50 · p99 | {} · {} ms | 700 ms |", late.0, late.1);
    let (guilds, span, refused) = fan_out(&world, &clouds).await;
    println!(
        "| {guilds} guilds told of one stream | {:.1} s, {refused} refused by limits | 12 s, none |",
        span.as_secs_f64()
    );
    world.end().await;
}

fn judge() {
    let body = vec![b'x'; 700];
    let one = format!("sha256={}", "0".repeat(64));
    let per_second = |count: u32, since: Instant| f64::from(count) / since.elapsed().as_secs_f64();
    let since = Instant::now();
    for _ in 0..JUDGED {
        assert!(!signature::twitch(SECRET, "id", "now", black_box(&body), &one));
    }
    println!("| HMAC signatures judged a second | {:.0} | |", per_second(JUDGED, since));
    let kick = peers::clouds::kick::Kick::start("app", Some("secret"));
    kick.add_channel(1, "ada");
    let (event, key) = (kick.status(1, "message"), signature::rsa_key(&kick.public_key()).unwrap());
    let header = |name: &str| event.headers.iter().find(|(known, _)| *known == name).unwrap().1.clone();
    let (time, said) = (header("Kick-Event-Message-Timestamp"), header("Kick-Event-Signature"));
    let since = Instant::now();
    for _ in 0..JUDGED {
        assert!(signature::kick(&key, "message", &time, black_box(event.body.as_bytes()), &said));
    }
    println!("| RSA signatures judged a second | {:.0} | |", per_second(JUDGED, since));
    let taken = crate::forged::Forger::new().taken(FORGED);
    println!("| of {FORGED} forged requests (Twitch, Kick, the hub), taken | {taken} | 0 |");
    assert_eq!(taken, 0, "what is forged is taken");
}

async fn beside(world: &mut World) -> Clouds {
    let clouds = Clouds::start();
    assert!(world.stop_bot().await);
    for (name, value) in clouds.environment() {
        world.set_environment(name, &value);
    }
    world.set_environment("NEBULA_STREAMS_EVERY", "60");
    world.set_environment("NEBULA_WEB_URL", "https://nebula.example");
    world.start_bot().await;
    clouds
}

/// Makes a channel of Discord's.
async fn place(world: &World, name: &str) -> u64 {
    let (admin, path) = (world.admin().await, format!("/guilds/{}/channels", world.guild()));
    let made = admin.client.rest(Method::POST, &path, Some(&json!({ "name": name }))).await.unwrap();
    made["id"].as_str().unwrap().parse().unwrap()
}

async fn follow(world: &World, guild: GuildId, id: &str, channel: u64) {
    let store = world.store().await;
    let new =
        NewChannel { source: Source::Twitch, platform_id: id.to_owned(), login: id.to_owned(), name: id.to_owned() };
    let followed = store.stream_channel_of(&new).await.unwrap();
    let own = NewFollow { channel: Some(channel), ..NewFollow::default() };
    assert!(store.follow_stream(guild, &followed, |_| own, (UserId(1), 500)).await.unwrap().is_some());
    store.close().await;
}

/// How late announcements of events are, in milliseconds: the middle one, and the last but one of a hundred.
async fn events(world: &World, clouds: &Clouds) -> (u128, u128) {
    let mut places = Vec::new();
    for number in 0..EVENTS {
        places.push(place(world, &format!("event-{number}")).await);
    }
    for (number, place) in places.iter().enumerate() {
        let id = format!("1{number:04}");
        clouds.twitch.add_channel(&id, &format!("ada{number}"), &format!("Ada{number}"));
        follow(world, world.guild(), &id, *place).await;
    }
    let since = Instant::now();
    while clouds.twitch.subscribed().len() < 2 * EVENTS {
        assert!(since.elapsed() < PATIENCE, "{}", world.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    clouds.twitch.proven();
    let (http, to) = (reqwest::Client::new(), format!("{}/hooks/twitch", world.web()));
    let mut all = Vec::new();
    // Discord takes 50 requests a second: what is measured is this machine.
    let mut pace = tokio::time::interval(Duration::from_millis(100));
    for (number, place) in places.iter().enumerate() {
        let id = format!("1{number:04}");
        clouds.twitch.go_live(&id, &format!("stream-{number}"), "Hello", "Chess", crate::scene::now());
        let event = clouds.twitch.online(&id, &format!("message-{number}")).unwrap();
        let mut request = http.post(&to).body(event.body);
        for (name, value) in event.headers {
            request = request.header(name, value);
        }
        pace.tick().await;
        let since = Instant::now();
        assert!(request.send().await.unwrap().status().is_success());
        while world.sandbox.count_messages(&place.to_string()) == 0 {
            assert!(since.elapsed() < PATIENCE, "{}", world.log());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        all.push(since.elapsed().as_millis());
    }
    all.sort_unstable();
    (all[all.len() / 2], all[all.len() * 99 / 100])
}

/// Until everybody is told, and how often Discord's limits were met.
async fn fan_out(world: &World, clouds: &Clouds) -> (usize, Duration, usize) {
    clouds.twitch.add_channel("7", "cleo", "Cleo");
    let before = world.sandbox.invalid_requests();
    let mut places = Vec::new();
    for number in 0..PLACES {
        places.push(place(world, &format!("fan-{number}")).await);
    }
    let store = world.store().await;
    let new = NewChannel {
        source: Source::Twitch,
        platform_id: "7".to_owned(),
        login: "cleo".to_owned(),
        name: "Cleo".to_owned(),
    };
    let followed = store.stream_channel_of(&new).await.unwrap();
    for (number, place) in (0_u64..).zip(places.iter().cycle()).take(GUILDS) {
        let guild = GuildId(1_000 + number);
        let set = Settings { channel: Some(*place), ..::streams::at_first() };
        store.set_stream_settings(guild, &set).await.unwrap();
        store.follow_stream(guild, &followed, |own| own, (UserId(1), 500)).await.unwrap();
    }
    store.close().await;
    clouds.twitch.go_live("7", "stream-of-all", "Hello", "Chess", crate::scene::now());
    let told = || places.iter().map(|place| world.sandbox.count_messages(&place.to_string())).sum::<usize>();
    let mut since = Instant::now();
    let began = Instant::now();
    while told() < GUILDS {
        if told() == 0 {
            // Until it is looked.
            since = Instant::now();
        }
        assert!(began.elapsed() < PATIENCE, "{} of {GUILDS}\n{}", told(), world.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    (GUILDS, since.elapsed(), world.sandbox.invalid_requests() - before)
}
