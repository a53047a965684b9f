//! Connections that are cut, resumed and closed.

use sandbox::Fault;
use serde_json::json;

use crate::crew::{Crew, Gateway};

#[tokio::test]
async fn a_cut_connection_resumes_without_losing_an_event() {
    let crew = Crew::gathered().await;
    let (mut first, ready) = Gateway::identified(&crew.sandbox.gateway_url(), crew.sandbox.bot_token()).await;
    first.event("GUILD_CREATE").await;
    let seen = first.sequence.clone();
    crew.sandbox.inject(Fault::Cut).unwrap();
    drop(first);
    let path = format!("/channels/{}/messages", crew.ops);
    crew.person("member").post(&path, json!({"content": "while you were away"})).await;

    let mut second = Gateway::open(&crew.sandbox.gateway_url()).await;
    let resume =
        json!({"op": 6, "d": {"token": crew.sandbox.bot_token(), "session_id": ready["session_id"], "seq": seen}});
    second.send(resume).await;
    assert_eq!(second.event("MESSAGE_CREATE").await["content"], "while you were away");
    second.event("RESUMED").await;
    crew.sandbox.inject(Fault::Reconnect).unwrap();
    assert_eq!(second.next().await.unwrap()["op"], 7);

    let mut third = Gateway::open(&crew.sandbox.gateway_url()).await;
    third.send(json!({"op": 6, "d": {"token": crew.sandbox.bot_token(), "session_id": "unknown", "seq": 1}})).await;
    let refused = third.next().await.unwrap();
    assert_eq!((&refused["op"], &refused["d"]), (&json!(9), &json!(false)));
}

#[tokio::test]
async fn the_gateway_closes_with_documented_codes() {
    let crew = Crew::gathered().await;
    let url = crew.sandbox.gateway_url();
    let identify =
        |token: &str, intents: u64| json!({"op": 2, "d": {"token": token, "intents": intents, "properties": {}}});
    let token = crew.sandbox.bot_token();
    for (payload, code) in [
        (json!({"op": 99}), 4001),
        (json!("nonsense"), 4002),
        (json!({"op": 8, "d": {}}), 4003),
        (identify("wrong", 0), 4004),
        (identify(token, 1 << 60), 4013),
        (json!({"op": 2, "d": {"token": token, "intents": 0, "properties": {}, "shard": [2, 2]}}), 4010),
    ] {
        let mut gateway = Gateway::open(&url).await;
        gateway.send(payload.clone()).await;
        assert_eq!(gateway.close_code().await, code, "{payload}");
    }
    let mut gateway = crew.bot_gateway().await;
    for _ in 0..120 {
        gateway.send(json!({"op": 1, "d": null})).await;
    }
    assert_eq!(gateway.close_code().await, 4008);
    assert_eq!(crew.rules(), ["gateway.sends"]);
}
