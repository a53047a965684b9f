//! The gateway's close codes, and what intents let through.

use crate::bench::{Bench, Gateway};
use reqwest::Method;
use sandbox::Options;
use serde_json::{Value, json};

const MESSAGE_CONTENT: u64 = 1 << 15;

#[tokio::test]
async fn a_client_that_speaks_wrongly_is_closed_with_the_code_for_it() {
    let bench = Bench::with(Options { disallowed_intents: 1 << 1 | 1 << 8, ..Options::default() }).await;
    let (url, token) = (bench.sandbox.gateway_url(), bench.sandbox.bot_token());
    let identify = |more: Value| {
        let mut data = json!({"token": token, "intents": 0, "properties": {}});
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"op": 2, "d": data})
    };
    for (payload, code) in [
        (json!({"op": 99}), 4001),
        (json!("nonsense"), 4002),
        (json!({"d": {}}), 4002),
        (json!({"op": 2, "d": {"intents": 0}}), 4002),
        (json!({"op": 2, "d": {"token": token, "intents": 0}}), 4002),
        (json!({"op": 3, "d": {"status": "online"}}), 4003),
        (json!({"op": 8, "d": {}}), 4003),
        (identify(json!({"token": "wrong"})), 4004),
        (identify(json!({"shard": [1, 1]})), 4010),
        (identify(json!({"shard": [0, 0]})), 4010),
        (identify(json!({"shard": "0"})), 4010),
        (identify(json!({"intents": 1_u64 << 60})), 4013),
        (identify(json!({"intents": "all"})), 4013),
        (identify(json!({"intents": 1 << 1})), 4014),
        (identify(json!({"intents": 1 << 8})), 4014),
    ] {
        let mut gateway = Gateway::open(&url).await;
        gateway.send(payload.clone()).await;
        assert_eq!(gateway.close_code().await, code, "{payload}");
    }
    for (payload, code) in
        [(identify(json!({})), 4005), (json!({"op": 3, "d": {"status": "sleepy"}}), 4002), (json!({"op": 99}), 4001)]
    {
        let mut gateway = bench.gateway().await;
        gateway.send(payload.clone()).await;
        assert_eq!(gateway.close_code().await, code, "{payload}");
    }
}

#[tokio::test]
async fn a_payload_has_four_thousand_and_ninety_six_bytes() {
    let bench = Bench::set().await;
    let mut gateway = bench.gateway().await;
    gateway.send(json!({"op": 1, "d": "x".repeat(4096)})).await;
    assert_eq!(gateway.close_code().await, 4002);
    assert_eq!(bench.broken(), ["gateway.payload_size"]);
}

#[tokio::test]
async fn nobody_has_seen_what_was_never_sent() {
    let bench = Bench::set().await;
    let mut first = Gateway::open(&bench.sandbox.gateway_url()).await;
    first.identify(bench.sandbox.bot_token(), 1).await;
    let session = first.event("READY").await["session_id"].clone();
    let mut second = Gateway::open(&bench.sandbox.gateway_url()).await;
    second.send(json!({"op": 6, "d": {"token": bench.sandbox.bot_token(), "session_id": session, "seq": 99}})).await;
    assert_eq!(second.close_code().await, 4007);
}

#[tokio::test]
async fn without_the_content_intent_rest_is_silent_too() {
    let bench = Bench::with(Options { disallowed_intents: MESSAGE_CONTENT, ..Options::default() }).await;
    let path = bench.messages();
    let say = async |content: String| bench.send("member", Method::POST, &path, &json!({"content": content})).await.1;
    let secret = say("secret".to_owned()).await;
    let mention = say(format!("<@{}> hello", bench.app)).await;
    let read = async |message: &Value| {
        bench.send("bot", Method::GET, &format!("{path}/{}", message["id"].as_str().unwrap()), &Value::Null).await.1["content"].clone()
    };
    assert_eq!(read(&secret).await, "");
    assert_eq!(read(&mention).await, mention["content"]);
    let own = bench.say(json!({"content": "mine"})).await;
    assert_eq!(read(&own).await, "mine");
    let (_, history) = bench.send("bot", Method::GET, &path, &Value::Null).await;
    let contents: Vec<_> = history.as_array().unwrap().iter().map(|message| message["content"].clone()).collect();
    assert_eq!(contents, [json!("mine"), mention["content"].clone(), json!("")]);
}

#[tokio::test]
async fn what_a_bot_says_of_how_it_looks_is_kept_where_discord_takes_it_and_ends_the_connection_where_not() {
    let bench = Bench::set().await;
    assert_eq!((bench.sandbox.bot_status(), bench.sandbox.bot_looked().len()), (String::new(), 0));
    let mut gateway = bench.gateway().await;
    let look = |status: &str, activity: Value| json!({"op": 3, "d": {"since": null, "afk": false, "status": status, "activities": [activity]}});
    let said = async |gateway: &mut Gateway, payload: Value, words: &str| {
        gateway.send(payload).await;
        for _ in 0..500 {
            if bench.sandbox.bot_status() == words {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("it says {:?} and not {words:?}", bench.sandbox.bot_status());
    };
    let stream = json!({"type": 1, "name": "Ada on Twitch", "state": null, "url": "https://www.twitch.tv/ada"});
    said(&mut gateway, look("online", stream), "Streaming Ada on Twitch").await;
    said(&mut gateway, look("idle", json!({"type": 3, "name": "3 streams"})), "Watching 3 streams").await;
    said(&mut gateway, look("dnd", json!({"type": 4, "name": "~", "state": "Here for you"})), "Here for you").await;
    assert_eq!((bench.sandbox.bot_looks()["status"].clone(), bench.sandbox.bot_looked().len()), (json!("dnd"), 3));
    assert_eq!(bench.broken(), Vec::<&str>::new());
    for wrong in [
        json!({"type": 3, "name": "x".repeat(129)}),
        json!({"type": 3, "name": ""}),
        json!({"type": 9, "name": "a"}),
        json!({"name": "a"}),
        json!({"type": 4, "name": "~"}),
        json!({"type": 3, "name": "a", "url": "https://www.twitch.tv/ada"}),
        json!({"type": 1, "name": "a", "url": "https://kick.com/ada"}),
        json!("nothing"),
    ] {
        let bench = Bench::set().await;
        let mut gateway = bench.gateway().await;
        gateway.send(look("online", wrong.clone())).await;
        assert_eq!(gateway.close_code().await, 4002, "{wrong}");
        assert_eq!(bench.broken(), ["gateway.presence"], "{wrong}");
    }
}
