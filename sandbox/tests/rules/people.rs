//! What a person's client would not let through, the sandbox does not let through either. People are not judged.

use crate::bench::{Bench, callback};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_form_is_sent_only_as_it_was_meant_to_be_filled_in() {
    let bench = Bench::set().await;
    let mut gateway = bench.gateway().await;
    let command = bench.register(json!({"name": "ask", "description": "d"})).await;
    let options = json!([{"label": "A", "value": "a"}, {"label": "B", "value": "b"}]);
    let field = |more: Value| {
        let mut field = json!({"custom_id": "f"});
        field.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        field
    };
    let text = |more: Value| {
        let mut input = field(json!({"type": 4, "style": 1}));
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let (select, radio) = (json!({"type": 3, "options": options}), json!({"type": 21, "options": options}));
    let boxes = json!({"type": 22, "options": options, "min_values": 1, "max_values": 1});
    for (asked, given, status) in [
        (text(json!({})), json!({"value": "x"}), 204),
        (text(json!({})), json!({"value": ""}), 400),
        (text(json!({"required": false})), json!({"value": ""}), 204),
        (text(json!({"min_length": 3})), json!({"value": "ab"}), 400),
        (text(json!({"max_length": 3})), json!({"value": "abcd"}), 400),
        (text(json!({"max_length": 3})), json!({"value": "äöü"}), 204),
        (field(select.clone()), json!({"values": ["a"]}), 204),
        (field(select.clone()), json!({"values": []}), 400),
        (field(select.clone()), json!({"values": ["a", "b"]}), 400),
        (field(select), json!({"values": ["c"]}), 400),
        (field(json!({"type": 5})), json!({"values": ["1"]}), 400),
        (field(json!({"type": 5})), json!({"values": [bench.app]}), 204),
        (field(radio.clone()), json!({"value": "a"}), 204),
        (field(radio.clone()), json!({"value": null}), 400),
        (field(radio), json!({"value": "c"}), 400),
        (field(boxes.clone()), json!({"values": ["a"]}), 204),
        (field(boxes.clone()), json!({"values": ["a", "b"]}), 400),
        (field(boxes.clone()), json!({"values": ["c"]}), 400),
        (field(boxes), json!({"values": []}), 400),
        (field(json!({"type": 23})), json!({"value": true}), 204),
        (field(json!({"type": 23})), json!({"value": "yes"}), 400),
        (field(json!({"type": 19})), json!({"values": []}), 400),
        (field(json!({"type": 19})), json!({"values": ["0"]}), 400),
        (field(json!({"type": 19, "required": false, "min_values": 0})), json!({"values": []}), 204),
    ] {
        let shown = bench.slash(&mut gateway, &command).await;
        let modal =
            json!({"title": "x", "custom_id": "m", "components": [{"type": 18, "label": "x", "component": asked}]});
        let (ok, answer) = bench.post(&callback(&shown), json!({"type": 9, "data": modal})).await;
        assert_eq!(ok, 204, "{answer}");
        let mut answered = field(json!({"type": asked["type"]}));
        answered.as_object_mut().unwrap().extend(given.as_object().unwrap().clone());
        let sent = json!({"id": shown["id"], "custom_id": "m", "components": [{"type": 18, "component": answered}]});
        let (got, answer) = bench.act(5, sent, &Value::Null).await;
        assert_eq!(got, status, "{asked} {given}: {answer}");
        if status == 204 {
            gateway.event("INTERACTION_CREATE").await;
        } else {
            assert_eq!(answer["code"], 50035);
        }
    }
    assert_eq!(bench.broken(), [""; 0]);
}

#[tokio::test]
async fn slow_mode_slows_people_and_not_the_bot() {
    let bench = Bench::set().await;
    let path = format!("/channels/{}", bench.ops);
    assert_eq!(bench.send("bot", Method::PATCH, &path, &json!({"rate_limit_per_user": 30})).await.0, 200);
    let say =
        async |who: &'static str| bench.send(who, Method::POST, &bench.messages(), &json!({"content": "x"})).await;
    for _ in 0..3 {
        assert_eq!(say("bot").await.0, 200);
        assert_eq!(say("admin").await.0, 200, "the owner may do everything, bypassing included");
    }
    assert_eq!(say("member").await.0, 200);
    let (status, answer) = say("member").await;
    assert_eq!((status, &answer["code"]), (429, &json!(20016)));
    assert!(answer["retry_after"].as_f64().is_some_and(|wait| wait > 0.0 && wait <= 30.0), "{answer}");
    assert_eq!(say("guest").await.0, 200);
    bench.sandbox.advance(Duration::from_secs(30));
    assert_eq!(say("member").await.0, 200);
}

#[tokio::test]
async fn somebody_timed_out_only_looks_on() {
    let bench = Bench::set().await;
    let member = bench.sandbox.accounts().into_iter().find(|one| one.name == "member").unwrap().id;
    let operators = bench.sandbox.role_id("Operators").unwrap();
    let roles = format!("/guilds/{}/roles", bench.guild);
    let manager = json!({"permissions": (1_u64 << 28 | 1 << 4).to_string()});
    assert_eq!(bench.send("admin", Method::PATCH, &format!("{roles}/{operators}"), &manager).await.0, 200);
    let path = format!("/guilds/{}/members/{member}", bench.guild);
    assert_eq!(bench.send("admin", Method::PUT, &format!("{path}/roles/{operators}"), &Value::Null).await.0, 204);
    assert_eq!(bench.send("member", Method::POST, &roles, &json!({"name": "x"})).await.0, 200);

    let now = bench.say(json!({"content": "x"})).await["timestamp"].as_str().unwrap().to_owned();
    let until = json!({"communication_disabled_until": now.replace("+00:00", "-00:10")});
    let (status, answer) = bench.send("bot", Method::PATCH, &path, &until).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(bench.send("member", Method::GET, &bench.messages(), &Value::Null).await.0, 200);
    for (path, body) in [(&bench.messages(), json!({"content": "x"})), (&roles, json!({"name": "y"}))] {
        let (status, answer) = bench.send("member", Method::POST, path, &body).await;
        assert_eq!((status, &answer["code"]), (403, &json!(50013)));
    }
    bench.sandbox.advance(Duration::from_mins(11));
    assert_eq!(bench.send("member", Method::POST, &bench.messages(), &json!({"content": "x"})).await.0, 200);
}

#[tokio::test]
async fn a_command_for_adults_needs_a_channel_for_adults() {
    let bench = Bench::set().await;
    let command = bench.register(json!({"name": "ask", "description": "d", "nsfw": true})).await;
    let data = json!({"id": command["id"], "name": "ask", "type": 1});
    assert_eq!(bench.act(2, data.clone(), &Value::Null).await.1["code"], 50013);
    let path = format!("/channels/{}", bench.ops);
    assert_eq!(bench.send("bot", Method::PATCH, &path, &json!({"nsfw": true})).await.0, 200);
    assert_eq!(bench.act(2, data, &Value::Null).await.0, 204);
}
