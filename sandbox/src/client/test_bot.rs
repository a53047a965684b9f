//! A bot of a few lines, so that people in this crate's tests have somebody to talk to.

use futures::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_util::task::AbortOnDropHandle;

use super::door::Door;
use crate::{Options, Sandbox};

const GUILDS_AND_MESSAGES: u64 = 1 | 1 << 9;
const EPHEMERAL: u64 = 1 << 6;
const V2: u64 = 1 << 15;

/// A sandbox with the bot in it.
pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    _bot: AbortOnDropHandle<()>,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let token = format!("Bot {}", sandbox.bot_token());
        let door = Door::new(&sandbox.page_url(), &token).unwrap();
        let path = format!("/api/v10/applications/{}/commands", sandbox.application_id());
        door.send(Method::PUT, &path, Some(&commands()), &[]).await.unwrap();
        let (mut socket, _) = tokio_tungstenite::connect_async(sandbox.gateway_url()).await.unwrap();
        let properties = json!({ "os": "linux", "browser": "test", "device": "test" });
        let identify = json!({ "op": 2, "d": { "token": sandbox.bot_token(), "intents": GUILDS_AND_MESSAGES, "properties": properties } });
        socket.send(Frame::text(identify.to_string())).await.unwrap();
        let bot = tokio::spawn(async move {
            while let Some(Ok(frame)) = socket.next().await {
                let Ok(event) = serde_json::from_str::<Value>(frame.to_text().unwrap_or_default()) else { continue };
                if event["t"] == "INTERACTION_CREATE" {
                    answer(&door, &event["d"]).await;
                }
            }
        });
        Self { sandbox, _bot: AbortOnDropHandle::new(bot) }
    }

    pub(crate) fn url(&self) -> String {
        self.sandbox.page_url()
    }
}

fn commands() -> Value {
    let text = |name: &str| json!({ "type": 3, "name": name, "description": name, "required": true });
    let mut server = text("server");
    server["autocomplete"] = true.into();
    let file = json!({ "type": 11, "name": "file", "description": "file", "required": true });
    let command =
        |name: &str, options: Value| json!({ "name": name, "description": name, "type": 1, "options": options });
    json!([
        command(
            "server",
            json!([
                { "type": 1, "name": "add", "description": "add", "options": [text("name"), text("address")] },
                { "type": 1, "name": "run", "description": "run", "options": [server, text("command")] },
            ])
        ),
        command("key", json!([])),
        command("upload", json!([file])),
        command("silent", json!([])),
        command("broken", json!([])),
    ])
}

async fn answer(door: &Door, asked: &Value) {
    let data = &asked["data"];
    let options = data["options"][0]["options"].as_array().cloned().unwrap_or_default();
    let option =
        |name: &str| options.iter().find(|o| o["name"] == name).map_or("", |o| o["value"].as_str().unwrap_or(""));
    let respond = async |kind: u64, body: Value| {
        let (id, token) = (asked["id"].as_str().unwrap(), asked["token"].as_str().unwrap());
        let path = format!("/api/v10/interactions/{id}/{token}/callback?with_response=true");
        // A refusal is recorded by the judge, which is what the tests look at.
        door.send(Method::POST, &path, Some(&json!({ "type": kind, "data": body })), &[]).await.unwrap_or_default()
    };
    match (asked["type"].as_u64(), data["name"].as_str().or(data["custom_id"].as_str()).unwrap_or_default()) {
        (Some(4), _) => {
            let choices = ["box", "bow", "nas"].into_iter().filter(|name| name.starts_with(option("server")));
            let choices: Vec<_> =
                choices.map(|name| json!({ "name": format!("{name} (up)"), "value": name })).collect();
            respond(8, json!({ "choices": choices })).await;
        }
        (_, "server") if data["options"][0]["name"] == "add" => {
            let text = format!("✓ **Added** `{}`", option("name"));
            respond(
                4,
                card(&text, EPHEMERAL, &json!([{ "type": 2, "style": 2, "label": "Test it", "custom_id": "test" }])),
            )
            .await;
        }
        (_, "server") => {
            let buttons = json!([
                { "type": 2, "style": 3, "label": "Approve", "custom_id": "approve" },
                { "type": 2, "style": 4, "label": "Deny", "custom_id": "deny", "disabled": true },
            ]);
            respond(5, json!({})).await;
            let whole =
                card(&format!("! **Approve?** Run `{}` on `{}`", option("command"), option("server")), 0, &buttons);
            let path = format!(
                "/api/v10/webhooks/{}/{}/messages/@original",
                text(&asked["application_id"]),
                text(&asked["token"])
            );
            door.send(Method::PATCH, &path, Some(&whole), &[]).await.unwrap();
        }
        (Some(3), "approve") => {
            respond(
                7,
                card(
                    "◐ running",
                    0,
                    &json!([{ "type": 2, "style": 2, "label": "Approve", "custom_id": "approve", "disabled": true }]),
                ),
            )
            .await;
            let (channel, message) = (text(&asked["channel_id"]), text(&asked["message"]["id"]));
            let at = format!("/api/v10/channels/{channel}/messages/{message}");
            let thread = door
                .send(Method::POST, &format!("{at}/threads"), Some(&json!({ "name": "run 1" })), &[])
                .await
                .unwrap();
            let said = json!({ "content": "hello from the box" });
            let path = format!("/api/v10/channels/{}/messages", text(&thread["id"]));
            door.send(Method::POST, &path, Some(&said), &[]).await.unwrap();
            let done = card(
                "✓ **Done**\nexit 0",
                0,
                &json!([{ "type": 3, "custom_id": "more", "placeholder": "More…",
                "options": [{ "label": "Billing", "value": "b" }, { "label": "Other", "value": "o" }] }]),
            );
            door.send(Method::PATCH, &at, Some(&done), &[]).await.unwrap();
        }
        (Some(3), "more") => _ = respond(4, json!({ "content": format!("chosen {}", data["values"][0]) })).await,
        (Some(5), _) => {
            let key = data["components"][0]["components"][0]["value"].as_str().unwrap_or_default();
            respond(4, json!({ "content": format!("kept {} letters", key.len()), "flags": EPHEMERAL })).await;
        }
        (_, "key") => {
            let row = |label: &str, required: bool| {
                json!({ "type": 1, "components": [{ "type": 4, "custom_id": label,
                "label": label, "style": 1, "required": required }] })
            };
            let rows = [row("Private key", true), row("Note", false)];
            respond(9, json!({ "custom_id": "key-modal", "title": "Add a key", "components": rows })).await;
        }
        (_, "upload") => {
            let files = data["resolved"]["attachments"].as_object().unwrap();
            let names: Vec<_> = files.values().map(|file| text(&file["filename"]).to_owned()).collect();
            respond(4, json!({ "content": format!("got {}", names.join(", ")) })).await;
        }
        (_, "broken") => _ = respond(4, json!({ "content": "x".repeat(2001) })).await,
        _ => {}
    }
}

fn card(text: &str, flags: u64, controls: &Value) -> Value {
    let inner = json!([{ "type": 10, "content": text }, { "type": 1, "components": controls }]);
    json!({ "flags": flags | V2, "components": [{ "type": 17, "accent_color": 0x3B_A5_5D, "components": inner }] })
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
