//! Every route the sandbox serves to bots, walked through once and held against Discord's file where that is at hand.

use super::{OpenApi, VARIABLE};
use crate::{Options, Sandbox};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::io::Write;

struct Bot {
    http: Client,
    api: String,
    authorization: String,
}

impl Bot {
    async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        let request = self.http.request(method.clone(), format!("{}{path}", self.api));
        let request = request.header("authorization", &self.authorization);
        let request = if body.is_null() { request } else { request.json(&body) };
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }
    async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, Value::Null).await
    }
    async fn post(&self, path: &str, body: Value) -> Value {
        self.ask(Method::POST, path, body).await
    }
    async fn patch(&self, path: &str, body: Value) -> Value {
        self.ask(Method::PATCH, path, body).await
    }
    async fn put(&self, path: &str, body: Value) -> Value {
        self.ask(Method::PUT, path, body).await
    }
    async fn delete(&self, path: &str) {
        self.ask(Method::DELETE, path, Value::Null).await;
    }
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

/// A sandbox and its bot, if Discord's file is at hand.
async fn started() -> Option<(Sandbox, Bot)> {
    if OpenApi::chosen(None).unwrap().is_none() {
        // Past the harness, which would show this only if the test failed.
        writeln!(std::io::stderr(), "routes were not held against Discord's file: {VARIABLE} names none").unwrap();
        return None;
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let sandbox = Sandbox::start(Options { without_rate_limits: true, ..Options::default() }).await.unwrap();
    let (api, authorization) = (format!("{}/api/v10", sandbox.page_url()), format!("Bot {}", sandbox.bot_token()));
    Some((sandbox, Bot { http: Client::new(), api, authorization }))
}

#[tokio::test]
async fn what_is_around_the_bot_is_answered_as_discord_describes_it() {
    let Some((sandbox, bot)) = started().await else { return };
    let (app, guild, ops) = (sandbox.application_id(), sandbox.guild_id(), sandbox.channel_id("ops").unwrap());
    let member = sandbox.accounts().into_iter().find(|one| one.name == "member").unwrap().id;

    bot.get("/gateway").await;
    bot.get("/gateway/bot").await;
    bot.get("/applications/@me").await;
    bot.get("/oauth2/applications/@me").await;
    bot.get("/users/@me").await;
    bot.get(&format!("/users/{member}")).await;
    bot.get("/users/@me/guilds").await;
    bot.get(&format!("/guilds/{guild}?with_counts=true")).await;
    bot.get(&format!("/guilds/{guild}/channels")).await;
    bot.get(&format!("/guilds/{guild}/members?limit=10")).await;
    bot.get(&format!("/guilds/{guild}/members/search?query=mem&limit=10")).await;
    bot.get(&format!("/guilds/{guild}/members/{member}")).await;
    bot.patch(&format!("/guilds/{guild}/members/@me"), json!({"nick": "Neb"})).await;
    bot.patch(&format!("/guilds/{guild}/members/{member}"), json!({"nick": "Mem"})).await;
    bot.get(&format!("/guilds/{guild}/roles")).await;
    let role = bot.post(&format!("/guilds/{guild}/roles"), json!({"name": "Crew", "permissions": "0"})).await;
    let at = format!("/guilds/{guild}/roles/{}", id(&role));
    bot.get(&at).await;
    bot.patch(&at, json!({"color": 255, "hoist": true})).await;
    let held = format!("/guilds/{guild}/members/{member}/roles/{}", id(&role));
    bot.put(&held, Value::Null).await;
    bot.delete(&held).await;
    bot.delete(&at).await;
    for (kind, name) in [(0, "notes"), (2, "Talk"), (4, "Rooms"), (5, "news")] {
        let made = bot.post(&format!("/guilds/{guild}/channels"), json!({"type": kind, "name": name})).await;
        let at = format!("/channels/{}", id(&made));
        bot.get(&at).await;
        bot.patch(&at, json!({"name": "renamed"})).await;
        bot.delete(&at).await;
    }
    let overwrite = format!("/channels/{ops}/permissions/{member}");
    bot.put(&overwrite, json!({"type": 1, "allow": "1024", "deny": "0"})).await;
    bot.get(&format!("/channels/{ops}")).await;
    bot.delete(&overwrite).await;
    let direct = bot.post("/users/@me/channels", json!({"recipient_id": member})).await;
    bot.get(&format!("/channels/{}", id(&direct))).await;
    bot.post(&format!("/channels/{}/messages", id(&direct)), json!({"content": "hi"})).await;
    bot.delete(&format!("/channels/{}", id(&direct))).await;
    for place in [format!("/applications/{app}"), format!("/applications/{app}/guilds/{guild}")] {
        let option =
            json!({"type": 3, "name": "server", "description": "which", "name_localizations": {"de": "server"}});
        let minutes = json!({"type": 4, "name": "minutes", "description": "d", "min_value": 1.0, "max_value": 720.0});
        let mut command = json!({"name": "ping", "description": "d", "options": [option, minutes]});
        // Where a command can be used is a matter of global ones.
        if !place.contains("/guilds/") {
            command["contexts"] = json!([0]);
        }
        let made = bot.post(&format!("{place}/commands"), command.clone()).await;
        bot.post(&format!("{place}/commands"), command.clone()).await;
        bot.get(&format!("{place}/commands?with_localizations=true")).await;
        bot.get(&format!("{place}/commands")).await;
        let at = format!("{place}/commands/{}", id(&made));
        bot.get(&at).await;
        bot.patch(&at, json!({"default_member_permissions": "8"})).await;
        bot.delete(&at).await;
        bot.put(&format!("{place}/commands"), json!([command, {"type": 2, "name": "Who"}])).await;
    }
    assert_eq!(sandbox.violations(), []);
}

#[tokio::test]
async fn what_the_bot_says_is_answered_as_discord_describes_it() {
    let Some((sandbox, bot)) = started().await else { return };
    let (guild, ops) = (sandbox.guild_id(), sandbox.channel_id("ops").unwrap());
    let member = sandbox.accounts().into_iter().find(|one| one.name == "member").unwrap().id;
    let messages = format!("/channels/{ops}/messages");

    bot.post(&format!("/channels/{ops}/typing"), Value::Null).await;
    let embed = json!({"title": "t", "description": "d", "url": "https://e.example", "color": 5, "timestamp": "2026-08-06T10:20:30Z",
        "footer": {"text": "f", "icon_url": "https://e.example/f.png"}, "image": {"url": "https://e.example/i.png"},
        "author": {"name": "a", "url": "https://e.example/a"}, "fields": [{"name": "n", "value": "v", "inline": true}]});
    let first =
        bot.post(&messages, json!({"content": format!("hi <@{member}>"), "embeds": [embed], "nonce": "n"})).await;
    let at = format!("{messages}/{}", id(&first));
    let rows = json!([{"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go", "emoji": {"name": "🚀"}},
        {"type": 2, "style": 5, "label": "Look", "url": "https://e.example"}]},
        {"type": 1, "components": [{"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a"}]}]},
        {"type": 1, "components": [{"type": 5, "custom_id": "u"}]}, {"type": 1, "components": [{"type": 8, "custom_id": "c"}]}]);
    bot.patch(&at, json!({"content": "edited", "components": rows})).await;
    bot.get(&at).await;
    let reply = json!({"content": "so", "message_reference": {"message_id": id(&first)}});
    let reply = bot.post(&messages, reply).await;
    let card = json!({"flags": 1 << 15, "components": [{"type": 17, "components": [
        {"type": 9, "components": [{"type": 10, "content": "x"}], "accessory": {"type": 11, "media": {"url": "https://e.example/p.png"}}},
        {"type": 12, "items": [{"media": {"url": "https://e.example/p.png"}}]}, {"type": 14}]}, {"type": 10, "content": "y"}]});
    bot.post(&messages, card).await;
    bot.get(&format!("{messages}?limit=10")).await;

    bot.put(&format!("{at}/reactions/👍/@me"), Value::Null).await;
    bot.get(&at).await;
    bot.get(&format!("{at}/reactions/👍")).await;
    bot.delete(&format!("{at}/reactions/👍/@me")).await;
    bot.put(&format!("{at}/reactions/👍/@me"), Value::Null).await;
    bot.delete(&format!("{at}/reactions/👍")).await;
    bot.delete(&format!("{at}/reactions")).await;

    for pins in [format!("/channels/{ops}/pins"), format!("{messages}/pins")] {
        bot.put(&format!("{pins}/{}", id(&first)), Value::Null).await;
        bot.get(&pins).await;
        bot.delete(&format!("{pins}/{}", id(&first))).await;
    }

    let thread = bot.post(&format!("{at}/threads"), json!({"name": "run 1", "auto_archive_duration": 60})).await;
    bot.post(&format!("/channels/{}/messages", id(&thread)), json!({"content": "in it"})).await;
    bot.get(&at).await;
    let private = bot.post(&format!("/channels/{ops}/threads"), json!({"name": "secret", "type": 12})).await;
    bot.post(&format!("/channels/{ops}/threads"), json!({"name": "open", "type": 11})).await;
    let inside = format!("/channels/{}/thread-members", id(&private));
    bot.put(&format!("{inside}/{member}"), Value::Null).await;
    bot.get(&inside).await;
    bot.get(&format!("{inside}/{member}")).await;
    bot.delete(&format!("{inside}/{member}")).await;
    bot.put(&format!("{inside}/@me"), Value::Null).await;
    bot.get(&format!("/channels/{}", id(&private))).await;
    bot.get(&format!("/guilds/{guild}/threads/active")).await;
    bot.patch(&format!("/channels/{}", id(&thread)), json!({"archived": true})).await;
    bot.get(&format!("/channels/{ops}/threads/archived/public")).await;
    bot.delete(&format!("/channels/{}", id(&private))).await;

    let last = bot.post(&messages, json!({"content": "bye"})).await;
    bot.post(&format!("{messages}/bulk-delete"), json!({"messages": [id(&last), id(&reply)]})).await;
    bot.delete(&at).await;
    assert_eq!(sandbox.violations(), []);
}
