//! Answers to interactions: callback types, clocks, what a deferral fixes.

use crate::bench::{Bench, Row, V2, callback, error, fine, form, ignored, text, webhook};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

const EPHEMERAL: u64 = 1 << 6;

fn say(data: Value) -> Value {
    json!({"type": 4, "data": data})
}

fn modal() -> Value {
    let input = json!({"type": 4, "style": 1, "custom_id": "t", "label": "x", "required": false});
    json!({"type": 9, "data": {"title": "x", "custom_id": "m", "components": [{"type": 1, "components": [input]}]}})
}

#[tokio::test]
async fn each_interaction_is_answered_in_its_own_way() {
    let bench = Bench::set().await;
    let mut gateway = bench.gateway().await;
    let option = json!({"type": 3, "name": "o", "description": "d", "autocomplete": true});
    let command = bench.register(json!({"name": "ask", "description": "d", "options": [option]})).await;
    let button =
        json!({"components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "x", "custom_id": "b"}]}]});
    let message = bench.say(button).await;
    let data = |options: Value| json!({"id": command["id"], "name": "ask", "type": 1, "options": options});
    let choices =
        |n: usize, value: Value| json!({"type": 8, "data": {"choices": vec![json!({"name": "x", "value": value}); n]}});
    let typed = "type";
    let command_rows: Vec<Row> = vec![
        form("interaction.callback_type", typed, json!({"type": 6})),
        form("interaction.callback_type", typed, json!({"type": 7, "data": {"content": "x"}})),
        form("interaction.callback_type", typed, choices(1, json!("x"))),
        form("interaction.callback_type", typed, json!({"type": 1})),
        form("interaction.callback_type", typed, json!({})),
        error("sandbox.unsupported", 400, 0, json!({"type": 12})),
        form("interaction.data", "data", json!({"type": 4})),
        form("interaction.data", "data", json!({"type": 9})),
        error("message.empty", 400, 50006, say(json!({}))),
        form("message.content", "data.content", say(json!({"content": text(2001)}))),
        form("embed.title", "data.embeds.0.title", say(json!({"embeds": [{"title": text(257)}]}))),
        form("interaction.deferred_flags", "data.flags", json!({"type": 5, "data": {"flags": V2}})),
        ignored("interaction.deferred_data", json!({"type": 5, "data": {"content": "x"}})),
        ignored("message.flags", say(json!({"content": "x", "flags": 1 << 7}))),
        fine(say(json!({"content": "x", "flags": EPHEMERAL}))),
        fine(json!({"type": 5, "data": {"flags": EPHEMERAL}})),
        fine(modal()),
    ];
    for row in command_rows {
        let asked = bench.interact(&mut gateway, 2, data(json!([])), &Value::Null).await;
        bench.judge(Method::POST, &callback(&asked), vec![row]).await;
    }
    let press_rows = vec![
        form("interaction.callback_type", typed, choices(1, json!("x"))),
        fine(json!({"type": 6})),
        fine(json!({"type": 7, "data": {"content": "x"}})),
        fine(json!({"type": 5})),
        fine(modal()),
    ];
    for row in press_rows {
        let pressed = bench.interact(&mut gateway, 3, json!({"component_type": 2, "custom_id": "b"}), &message).await;
        bench.judge(Method::POST, &callback(&pressed), vec![row]).await;
    }
    let completion_rows = vec![
        form("interaction.callback_type", typed, say(json!({"content": "x"}))),
        form("field.required", "data.choices", json!({"type": 8, "data": {}})),
        form("autocomplete.choices", "data.choices", choices(26, json!("x"))),
        form("choice.value", "data.choices.0.value", choices(1, json!(1))),
        form("choice.value", "data.choices.0.value", choices(1, json!(text(101)))),
        fine(choices(25, json!("x"))),
    ];
    for row in completion_rows {
        let typing = json!([{"type": 3, "name": "o", "value": "x", "focused": true}]);
        let asked = bench.interact(&mut gateway, 4, data(typing), &Value::Null).await;
        bench.judge(Method::POST, &callback(&asked), vec![row]).await;
    }
    // A form that came from a command changes no message, and no form answers a form.
    for row in [
        form("interaction.callback_type", typed, modal()),
        form("interaction.callback_type", typed, json!({"type": 6})),
        fine(say(json!({"content": "x"}))),
    ] {
        let asked = bench.interact(&mut gateway, 2, data(json!([])), &Value::Null).await;
        bench.judge(Method::POST, &callback(&asked), vec![fine(modal())]).await;
        let sent = json!({"id": asked["id"], "custom_id": "m", "components": []});
        let sent = bench.interact(&mut gateway, 5, sent, &Value::Null).await;
        bench.judge(Method::POST, &callback(&sent), vec![row]).await;
    }
}

#[tokio::test]
async fn a_token_has_its_clocks() {
    let bench = Bench::set().await;
    let mut gateway = bench.gateway().await;
    let command = bench.register(json!({"name": "ask", "description": "d"})).await;
    let asked = bench.slash(&mut gateway, &command).await;
    let hook = webhook(&asked);
    bench.judge(Method::POST, &hook, vec![error("", 404, 10015, json!({"content": "early"}))]).await;
    let twice = error("interaction.acknowledged_twice", 400, 40060, json!({"type": 5}));
    bench.judge(Method::POST, &callback(&asked), vec![fine(json!({"type": 5})), twice]).await;
    let original = format!("{hook}/messages/@original");
    let hidden = ignored("interaction.ephemeral_fixed", json!({"content": "x", "flags": EPHEMERAL}));
    bench
        .judge(
            Method::PATCH,
            &original,
            vec![hidden, fine(json!({"content": null, "flags": V2, "components": [{"type": 10, "content": "x"}]}))],
        )
        .await;
    bench.judge(Method::POST, &hook, vec![fine(json!({"content": "more", "flags": EPHEMERAL}))]).await;
    bench.judge(Method::GET, &format!("{hook}/messages/1"), vec![error("", 404, 10008, Value::Null)]).await;
    bench
        .judge(
            Method::POST,
            &format!("/webhooks/{}/nonsense", bench.app),
            vec![error("interaction.token", 401, 50027, json!({"content": "x"}))],
        )
        .await;
    bench.judge(Method::POST, "/interactions/1/x/callback", vec![error("", 404, 10062, json!({"type": 5}))]).await;
    bench.sandbox.advance(Duration::from_secs(15 * 60 + 1));
    bench
        .judge(Method::PATCH, &original, vec![error("interaction.token", 401, 50027, json!({"content": "late"}))])
        .await;

    let asked = bench.slash(&mut gateway, &command).await;
    bench.sandbox.advance(Duration::from_secs(3) + Duration::from_millis(1));
    let late = error("interaction.acknowledged_late", 404, 10062, json!({"type": 5}));
    bench.judge(Method::POST, &callback(&asked), vec![late]).await;
}

#[tokio::test]
async fn an_ephemeral_answer_is_reached_by_its_token_only() {
    let bench = Bench::set().await;
    let mut gateway = bench.gateway().await;
    let command = bench.register(json!({"name": "ask", "description": "d"})).await;
    let asked = bench.slash(&mut gateway, &command).await;
    bench.judge(Method::POST, &callback(&asked), vec![fine(say(json!({"content": "x", "flags": EPHEMERAL})))]).await;
    let hidden = bench.sandbox.messages(&bench.ops).last().unwrap()["id"].as_str().unwrap().to_owned();
    let path = format!("{}/{hidden}", bench.messages());
    let unknown = |body: Value| vec![error("", 404, 10008, body)];
    bench.judge(Method::GET, &path, unknown(Value::Null)).await;
    bench.judge(Method::PATCH, &path, unknown(json!({"content": "x"}))).await;
    bench.judge(Method::DELETE, &path, unknown(Value::Null)).await;
    bench.judge(Method::PUT, &format!("{path}/reactions/%F0%9F%91%8D/@me"), unknown(Value::Null)).await;
    let reply = json!({"content": "x", "message_reference": {"message_id": hidden}});
    bench.judge(Method::POST, &bench.messages(), vec![form("", "message_reference", reply)]).await;
    let original = format!("{}/messages/@original", webhook(&asked));
    bench.judge(Method::PATCH, &original, vec![fine(json!({"content": "y", "flags": EPHEMERAL}))]).await;
}
