//! Faults of gateway connections.

use super::{Gateway, Stage};
use sandbox::{Fault, Options};
use serde_json::json;
use std::time::Duration;

/// Where nothing must come, this long is waited for it.
const QUIET: Duration = Duration::from_millis(300);

async fn assert_quiet(gateway: &mut Gateway) {
    if let Ok(heard) = tokio::time::timeout(QUIET, gateway.next()).await {
        panic!("heard {heard:?}");
    }
}

#[tokio::test]
async fn a_close_code_decides_whether_the_session_lives() {
    let stage = Stage::set().await;
    for (code, resumable) in [(4000, true), (4008, true), (4900, true), (4007, false), (4009, false), (1000, false)] {
        stage.sandbox.advance(Duration::from_secs(5));
        let (mut bot, ready) = stage.bot().await;
        stage.sandbox.inject(Fault::GatewayClose { code }).unwrap();
        assert_eq!(bot.next().await, Err(code));
        let mut again = bot.resume(&stage, &ready).await;
        if resumable {
            again.event("RESUMED").await;
            stage.sandbox.inject(Fault::GatewayClose { code: 1000 }).unwrap();
        } else {
            assert_eq!(again.next().await.unwrap(), json!({"op": 9, "s": null, "t": null, "d": false}));
        }
    }
    let mut person = Gateway::open(&stage.sandbox.gateway_url()).await;
    person.identify(&stage.person_token("member")).await;
    person.event("READY").await;
    stage.sandbox.inject(Fault::GatewayClose { code: 4000 }).unwrap();
    stage.sandbox.inject(Fault::Cut).unwrap();
    stage.person_says("still here").await;
    assert_eq!(person.heard().await, "still here");
}

#[tokio::test]
async fn a_cut_loses_nothing_that_a_resume_does_not_bring() {
    let stage = Stage::set().await;
    let (mut bot, ready) = stage.bot().await;
    stage.sandbox.inject(Fault::Cut).unwrap();
    assert_eq!(bot.next().await, Err(0));
    stage.person_says("while you were away").await;
    let mut bot = bot.resume(&stage, &ready).await;
    assert_eq!(bot.heard().await, "while you were away");
    bot.event("RESUMED").await;
    stage.sandbox.inject(Fault::Reconnect).unwrap();
    assert_eq!(bot.op().await, 7);
}

#[tokio::test]
async fn an_invalid_session_is_resumed_or_begun_anew() {
    let stage = Stage::set().await;
    let (mut bot, ready) = stage.bot().await;
    stage.sandbox.inject(Fault::InvalidSession { resumable: true }).unwrap();
    assert_eq!(bot.next().await.unwrap()["d"], true);
    let (token, seq) = (stage.sandbox.bot_token(), bot.sequence);
    bot.send(json!({"op": 6, "d": {"token": token, "session_id": ready["session_id"], "seq": seq}})).await;
    bot.event("RESUMED").await;

    stage.sandbox.inject(Fault::InvalidSession { resumable: false }).unwrap();
    assert_eq!(bot.next().await.unwrap()["d"], false);
    let mut other = bot.resume(&stage, &ready).await;
    assert_eq!(other.op().await, 9);
    stage.sandbox.advance(Duration::from_secs(5));
    bot.sequence = 0;
    bot.identify(stage.sandbox.bot_token()).await;
    assert_ne!(bot.event("READY").await["session_id"], ready["session_id"]);
}

#[tokio::test]
async fn a_zombie_says_nothing_until_its_time_is_over() {
    let stage = Stage::set().await;
    let (mut bot, ready) = stage.bot().await;
    stage.sandbox.inject(Fault::Zombie { seconds: 60 }).unwrap();
    bot.beat().await;
    stage.person_says("one").await;
    assert_quiet(&mut bot).await;
    assert_eq!(stage.sandbox.faults()[0].left, 60);
    stage.sandbox.advance(Duration::from_mins(1));
    assert_eq!(bot.heard().await, "one");
    bot.beat().await;
    assert_eq!(bot.op().await, 11);

    // Another connection of the same session is alive.
    stage.sandbox.inject(Fault::Zombie { seconds: 60 }).unwrap();
    stage.person_says("two").await;
    let mut other = bot.resume(&stage, &ready).await;
    assert_eq!(other.heard().await, "two");
    other.event("RESUMED").await;
    other.beat().await;
    assert_eq!(other.op().await, 11);
}

#[tokio::test]
async fn a_person_waits_in_vain_for_a_zombie_and_the_bot_is_not_blamed() {
    let stage = Stage::set().await;
    let (mut bot, ready) = stage.bot().await;
    stage.sandbox.inject(Fault::Zombie { seconds: 60 }).unwrap();
    stage.person_uses_a_command().await;
    stage.sandbox.advance(Duration::from_secs(4));
    let mut other = bot.resume(&stage, &ready).await;
    let asked = other.event("INTERACTION_CREATE").await;
    assert_eq!(stage.callback(&asked).await.unwrap().json()["code"], 10062);
    assert_eq!(stage.rules(), Vec::<String>::new());
    assert_eq!(bot.next().await, Err(4000));
}

#[tokio::test]
async fn heartbeats_are_silenced_and_events_go_on() {
    let stage = Stage::set().await;
    let (mut bot, _) = stage.bot().await;
    stage.sandbox.inject(Fault::SilentHeartbeats { times: 2 }).unwrap();
    bot.beat().await;
    bot.beat().await;
    assert_quiet(&mut bot).await;
    stage.person_says("hi").await;
    assert_eq!(bot.heard().await, "hi");
    bot.beat().await;
    assert_eq!(bot.op().await, 11);
}

#[tokio::test]
async fn who_misses_heartbeats_is_dropped() {
    let stage = Stage::set_with(Options { heartbeat: Some(Duration::from_millis(200)), ..Options::default() }).await;
    let (mut bot, ready) = stage.bot().await;
    assert_eq!(bot.heartbeat, 200);
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        bot.beat().await;
        assert_eq!(bot.op().await, 11);
    }
    assert_eq!(bot.next().await, Err(4009));
    assert_eq!(bot.resume(&stage, &ready).await.op().await, 9);
}

#[tokio::test]
async fn events_come_twice_with_numbers_of_their_own() {
    let stage = Stage::set().await;
    let (mut bot, _) = stage.bot().await;
    stage.sandbox.inject(Fault::DuplicateEvents { times: 2 }).unwrap();
    stage.person_says("one").await;
    stage.person_uses_a_command().await;
    stage.person_says("two").await;
    let before = bot.sequence;
    assert_eq!((bot.heard().await, bot.heard().await), ("one".into(), "one".into()));
    assert_eq!(bot.event("INTERACTION_CREATE").await, bot.event("INTERACTION_CREATE").await);
    assert_eq!((bot.heard().await, bot.sequence), ("two".into(), before + 5));
}

#[tokio::test]
async fn events_overtake_each_other_and_none_is_lost() {
    let stage = Stage::set().await;
    let (mut bot, _) = stage.bot().await;
    stage.sandbox.inject(Fault::ReorderEvents { times: 2 }).unwrap();
    for text in ["one", "two", "three"] {
        stage.person_says(text).await;
    }
    let mut heard = Vec::new();
    for _ in 0..3 {
        heard.push(bot.heard().await);
    }
    assert_eq!(heard, ["two", "one", "three"]);
    assert_eq!(stage.sandbox.faults(), vec![]);
}

#[tokio::test]
async fn a_guild_goes_and_comes_back() {
    let stage = Stage::set().await;
    let (mut bot, _) = stage.bot().await;
    let guild = stage.sandbox.guild_id();
    stage.sandbox.inject(Fault::GuildOutage { seconds: 10 }).unwrap();
    assert_eq!(bot.event("GUILD_DELETE").await, json!({"id": guild, "unavailable": true}));
    stage.person_says("nobody hears").await;
    stage.person_uses_a_command().await;
    assert_quiet(&mut bot).await;

    // Who comes during an outage hears of the guild when it is back.
    stage.sandbox.advance(Duration::from_secs(5));
    let mut late = Gateway::open(&stage.sandbox.gateway_url()).await;
    late.identify(stage.sandbox.bot_token()).await;
    assert_eq!(late.event("READY").await["guilds"], json!([{"id": guild, "unavailable": true}]));
    stage.sandbox.advance(Duration::from_secs(5));
    assert_eq!(bot.event("GUILD_CREATE").await["id"], guild.as_str());
    assert_eq!(late.event("GUILD_CREATE").await["id"], guild.as_str());
    stage.person_says("back").await;
    assert_eq!(bot.heard().await, "back");
    assert_eq!(stage.rules(), Vec::<String>::new());
}
