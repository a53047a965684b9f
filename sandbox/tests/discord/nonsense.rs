//! What no bot sends.

use reqwest::Method;
use serde_json::{Value, json};

use crate::crew::{Crew, V2};

#[tokio::test]
async fn nonsense_is_refused_and_stops_nothing() {
    let crew = Crew::without_rate_limits().await;
    let mut gateway = crew.bot_gateway().await;
    let command = crew.register(json!({"name": "ping", "description": "Are you there?"})).await;
    let (guild, app, ops) = (crew.guild.as_str(), crew.app.as_str(), crew.ops.as_str());
    let paths = [
        format!("/channels/{ops}/messages"),
        format!("/channels/{ops}/threads"),
        format!("/channels/{ops}/permissions/{guild}"),
        format!("/guilds/{guild}/roles"),
        format!("/guilds/{guild}/channels"),
        format!("/guilds/{guild}/members/@me"),
        format!("/applications/{app}/commands"),
        format!("/applications/{app}/commands/{}", command["id"].as_str().unwrap()),
        "/interactions/1/x/callback".to_owned(),
        format!("/webhooks/{app}/x/messages/@original"),
        format!("/channels/{ops}"),
    ];
    let values = [json!(1), json!("x"), json!([]), json!({}), json!([[1]]), json!({"a": 1}), Value::Null, json!(-1.5)];
    let fields = [
        "content",
        "embeds",
        "components",
        "flags",
        "attachments",
        "allowed_mentions",
        "message_reference",
        "nonce",
        "name",
        "options",
        "type",
        "data",
        "permissions",
        "permission_overwrites",
        "roles",
        "communication_disabled_until",
    ];
    for path in &paths {
        for value in &values {
            let mut bodies = vec![value.clone()];
            bodies.extend(
                fields.iter().map(|field| json!({"content": "x", "name": "x", "description": "x", *field: value})),
            );
            bodies.extend(fields.iter().map(|field| json!({"flags": V2, *field: [value], "embeds": [value]})));
            for body in bodies {
                for method in [Method::POST, Method::PATCH, Method::PUT] {
                    let (status, answer) = crew.bot.ask(method.clone(), path, body.clone()).await;
                    assert!(
                        status < 500 && (answer.is_null() || status < 400 || answer["code"].is_u64()),
                        "{method} {path} {body}: {status} {answer}"
                    );
                }
            }
        }
    }
    // The nonsense has overwritten the first one.
    let command = crew.register(json!({"name": "pong", "description": "Still there?"})).await;
    let asked = crew.slash(&crew.person("admin"), &mut gateway, &command, json!([])).await;
    for kind in 0..12 {
        for data in &values {
            let (status, _) = crew.callback(&asked, json!({"type": kind, "data": data})).await;
            assert!(status < 500);
        }
    }
    assert_eq!(crew.bot.get("/users/@me").await.0, 200);
}
