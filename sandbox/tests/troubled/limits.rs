//! Rate limits.

use super::{Gateway, Stage};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_bucket_empties_and_fills_again() {
    let stage = Stage::set().await;
    for left in (0..5).rev() {
        let answer = stage.say("hi").await;
        assert_eq!((answer.status, answer.header("x-ratelimit-limit")), (200, Some("5")));
        assert_eq!(answer.header("x-ratelimit-remaining"), Some(left.to_string().as_str()));
        assert!(answer.number("x-ratelimit-reset-after") <= 5.0 && answer.header("x-ratelimit-scope").is_none());
    }
    let told = stage.say("hi").await;
    assert_eq!((told.status, told.header("x-ratelimit-scope")), (429, Some("user")));
    assert_eq!((told.header("x-ratelimit-global"), told.header("x-ratelimit-remaining")), (None, Some("0")));
    let (body, wait) = (told.json(), told.number("retry-after"));
    assert_eq!((&body["message"], &body["global"]), (&json!("You are being rate limited."), &json!(false)));
    assert!(body["retry_after"].as_f64().unwrap() <= wait && wait <= 5.0, "{body}");
    assert_eq!(stage.said().len(), 5, "what is refused has no effect");
    assert_eq!(stage.sandbox.invalid_requests(), 1);

    let bucket = async |path: String| stage.get(&path).await.header("x-ratelimit-bucket").unwrap().to_owned();
    let general = stage.sandbox.channel_id("general").unwrap();
    assert_eq!(bucket(stage.messages()).await, bucket(format!("/channels/{general}/messages")).await);
    let path = format!("/channels/{general}/messages");
    let other = stage.ask(&stage.bot_token(), Method::POST, &path, &json!({"content": "hi"})).await;
    assert_eq!(
        (other.status, other.header("x-ratelimit-remaining")),
        (200, Some("4")),
        "each channel has its own counter"
    );

    stage.sandbox.advance(Duration::from_secs(5));
    assert_eq!(stage.say("again").await.status, 200);
    assert_eq!(stage.rules(), Vec::<String>::new());
}

#[tokio::test]
async fn who_is_told_to_wait_and_does_not_is_reported() {
    let stage = Stage::set().await;
    for _ in 0..6 {
        stage.say("hi").await;
    }
    assert_eq!(stage.rules(), Vec::<String>::new());
    stage.sandbox.advance(Duration::from_secs(1));
    assert_eq!(stage.say("now?").await.status, 429);
    assert_eq!(stage.rules(), ["rate_limit.ignored"]);
    stage.sandbox.advance(Duration::from_secs(4));
    assert_eq!(stage.say("now").await.status, 200);
    assert_eq!(stage.rules(), ["rate_limit.ignored"]);
}

#[tokio::test]
async fn nobody_limits_people() {
    let stage = Stage::set().await;
    let person = stage.person_token("member");
    for _ in 0..60 {
        let answer = stage.ask(&person, Method::POST, &stage.messages(), &json!({"content": "hi"})).await;
        assert_eq!((answer.status, answer.header("x-ratelimit-limit")), (200, None));
    }
}

#[tokio::test]
async fn fifty_requests_a_second_are_all_there_are() {
    let stage = Stage::set().await;
    let mut told = None;
    // Other members, so that no bucket of a route is in the way; a slow machine gets several seconds' worth.
    for id in 0..2_000 {
        let answer = stage.ask(&stage.bot_token(), Method::DELETE, &format!("/guilds/{}", 10 + id), &Value::Null).await;
        if answer.status == 429 {
            told = Some(answer);
            break;
        }
    }
    let told = told.expect("2000 requests were let through");
    assert_eq!((told.header("x-ratelimit-scope"), told.header("x-ratelimit-global")), (Some("global"), Some("true")));
    assert_eq!((told.header("x-ratelimit-bucket"), &told.json()["global"]), (None, &json!(true)));

    let (mut bot, _) = stage.bot().await;
    stage.sandbox.advance(Duration::from_secs(1));
    stage.person_uses_a_command().await;
    let asked = bot.event("INTERACTION_CREATE").await;
    for id in 0..50 {
        stage.ask(&stage.bot_token(), Method::DELETE, &format!("/guilds/{}", 10 + id), &Value::Null).await;
    }
    let acknowledged = stage.callback(&asked).await.unwrap();
    assert_eq!((acknowledged.status, acknowledged.header("x-ratelimit-limit")), (204, None));
}

#[tokio::test]
async fn ten_thousand_invalid_requests_get_the_bot_banned() {
    let stage = Stage::set().await;
    let path = "/guilds/1/members/2";
    let (bot, nobody) = (stage.bot_token(), "Bot wrong".to_owned());
    for sent in 0..10_000 {
        let answer = stage.ask(&nobody, Method::GET, path, &Value::Null).await;
        assert_eq!(answer.status, 401, "{sent}");
    }
    let banned = stage.ask(&bot, Method::GET, "/users/@me", &Value::Null).await;
    assert_eq!((banned.status, banned.header("x-ratelimit-scope")), (429, None));
    assert!(banned.text.starts_with("<html>") && banned.number("retry-after") > 3_000.0, "{}", banned.text);
    stage.person_says("people still talk").await;
    stage.sandbox.advance(Duration::from_hours(1));
    assert_eq!(stage.get("/users/@me").await.status, 200);
}

#[tokio::test]
async fn a_bot_that_identifies_too_often_is_told_so() {
    let stage = Stage::set().await;
    let remaining = async || stage.get("/gateway/bot").await.json()["session_start_limit"]["remaining"].clone();
    assert_eq!(remaining().await, 1_000);
    let (_first, _) = stage.bot().await;
    let mut second = Gateway::open(&stage.sandbox.gateway_url()).await;
    second.identify(stage.sandbox.bot_token()).await;
    let refused = second.next().await.unwrap();
    assert_eq!((&refused["op"], &refused["d"]), (&json!(9), &json!(false)));
    stage.sandbox.advance(Duration::from_secs(5));
    second.identify(stage.sandbox.bot_token()).await;
    second.event("READY").await;
    assert_eq!(remaining().await, 998);
    assert_eq!(stage.rules(), Vec::<String>::new());
}
