//! Faults of requests.

use super::Stage;
use reqwest::Method;
use sandbox::{Fault, Options, Scope};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_server_error_has_no_effect_and_passes() {
    let stage = Stage::set().await;
    for (status, html) in [(500, false), (502, true), (503, false), (504, true)] {
        stage.sandbox.inject(Fault::server_error(status).on("POST /channels/*/messages")).unwrap();
        assert_eq!(stage.get("/users/@me").await.status, 200, "that is another route");
        stage.person_says("not me").await;
        let failed = stage.say("lost").await;
        assert_eq!((failed.status, failed.text.starts_with("<html>")), (status, html), "{}", failed.text);
        assert_eq!(stage.sandbox.faults(), vec![]);
    }
    assert_eq!(stage.say("here").await.status, 200);
    assert_eq!(stage.said(), ["not me", "not me", "not me", "not me", "here"]);
}

#[tokio::test]
async fn a_429_comes_in_every_scope() {
    let stage = Stage::set().await;
    for (scope, word, counted) in [(Scope::User, "user", 1), (Scope::Shared, "shared", 1), (Scope::Global, "global", 2)]
    {
        stage.sandbox.inject(Fault::rate_limited(0.4, scope)).unwrap();
        let told = stage.say("lost").await;
        assert_eq!((told.status, told.header("x-ratelimit-scope")), (429, Some(word)));
        assert_eq!(told.header("x-ratelimit-global").is_some(), scope == Scope::Global);
        assert_eq!((told.header("retry-after"), &told.json()["global"]), (Some("1"), &json!(scope == Scope::Global)));
        assert_eq!(stage.sandbox.invalid_requests(), counted, "what is shared is nobody's fault");
        stage.sandbox.advance(Duration::from_millis(400));
        assert_eq!(stage.say("here").await.status, 200);
    }
    assert_eq!(stage.rules(), Vec::<String>::new());
    stage.sandbox.inject(Fault::rate_limited(60.0, Scope::Global)).unwrap();
    stage.say("lost").await;
    stage.sandbox.advance(Duration::from_secs(30));
    stage.get("/users/@me").await;
    assert_eq!(stage.rules(), ["rate_limit.ignored"]);
}

#[tokio::test]
async fn what_times_out_has_no_effect_and_ends_with_whoever_gives_up() {
    let stage = Stage::set().await;
    stage.sandbox.inject(Fault::time_out().on("POST /channels/**")).unwrap();
    let waited = tokio::time::timeout(Duration::from_millis(500), stage.say("lost")).await;
    assert!(waited.is_err());
    assert_eq!(stage.say("here").await.status, 200);
    assert_eq!(stage.said(), ["here"]);
    let statuses: Vec<u16> = stage.sandbox.requests().iter().map(|request| request.status).collect();
    assert_eq!(statuses, [0, 200]);

    stage.sandbox.inject(Fault::time_out()).unwrap();
    let url = format!("{}/api/v10/users/@me", stage.sandbox.page_url());
    let held = tokio::spawn(stage.http.get(url).header("authorization", stage.bot_token()).send());
    while !stage.sandbox.faults().is_empty() {
        tokio::task::yield_now().await;
    }
    stage.sandbox.stop().await;
    held.await.unwrap().unwrap_err();
}

#[tokio::test]
async fn a_lost_answer_is_of_something_that_happened() {
    let stage = Stage::set().await;
    stage.sandbox.inject(Fault::lost_answer().on("POST /channels/*/messages")).unwrap();
    let path = format!("/api/v10{}", stage.messages());
    let lost = stage.try_ask(&stage.bot_token(), Method::POST, &path, &json!({"content": "said"})).await;
    assert!(lost.is_err());
    assert_eq!(stage.said(), ["said"]);
    assert_eq!(stage.say("here").await.status, 200);

    let (mut bot, _) = stage.bot().await;
    stage.person_uses_a_command().await;
    let asked = bot.event("INTERACTION_CREATE").await;
    stage.sandbox.inject(Fault::lost_answer().on("POST /interactions/**")).unwrap();
    assert!(stage.callback(&asked).await.is_err());
    assert_eq!(stage.callback(&asked).await.unwrap().json()["code"], 40060);
    assert_eq!(stage.rules(), Vec::<String>::new(), "it could not know");
}

#[tokio::test]
async fn chance_hits_the_same_requests_for_the_same_seed() {
    let hit = async |seed: u64, of_its_own: Option<u64>| {
        let stage = Stage::set_with(Options { seed, ..Options::default() }).await;
        let mut fault = json!({"fault": "server_error", "status": 500, "times": 1_000, "probability": 0.5});
        if let Some(seed) = of_its_own {
            fault["seed"] = seed.into();
        }
        stage.sandbox.inject(Fault::from_json(&fault).unwrap()).unwrap();
        let mut hit = Vec::new();
        for _ in 0..40 {
            hit.push(stage.get("/users/@me").await.status == 500);
        }
        hit
    };
    let first = hit(1, None).await;
    assert!(first.contains(&true) && first.contains(&false));
    assert_eq!(first, hit(1, None).await);
    assert_ne!(first, hit(2, None).await);
    assert_eq!(hit(1, Some(7)).await, hit(2, Some(7)).await);
}

#[tokio::test]
async fn healing_ends_what_has_not_happened_yet() {
    let stage = Stage::set().await;
    let first = stage.sandbox.inject(Fault::server_error(500).times(5)).unwrap();
    let second = stage.sandbox.inject(Fault::SilentHeartbeats { times: 2 }).unwrap();
    let ids: Vec<(u64, u64)> = stage.sandbox.faults().iter().map(|fault| (fault.id, fault.left)).collect();
    assert_eq!(ids, [(first, 5), (second, 2)]);
    stage.sandbox.inject(Fault::server_error(200)).unwrap_err();
    stage.sandbox.heal();
    assert_eq!(stage.sandbox.faults(), vec![]);
    assert_eq!(stage.ask(&stage.bot_token(), Method::GET, "/users/@me", &Value::Null).await.status, 200);
}
