//! The sandbox with a bot and people, each of whom has a token and speaks HTTP and the gateway's language.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use reqwest::{Client, Method};
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

/// `GUILDS`, `GUILD_MESSAGES`, `DIRECT_MESSAGES`, `MESSAGE_CONTENT`.
const INTENTS: u64 = 1 | 1 << 9 | 1 << 12 | 1 << 15;
pub(crate) const V2: u64 = 1 << 15;

/// Somebody with a token: the bot or a person.
pub(crate) struct Account {
    http: Client,
    api: String,
    pub(crate) authorization: String,
}

impl Account {
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let request =
            self.http.request(method, format!("{}{path}", self.api)).header("authorization", &self.authorization);
        let answer = if body.is_null() { request } else { request.json(&body) }.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.ask(Method::GET, path, Value::Null).await
    }
    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask(Method::POST, path, body).await
    }
    pub(crate) async fn patch(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask(Method::PATCH, path, body).await
    }
}

pub(crate) struct Gateway {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(crate) sequence: Value,
}

impl Gateway {
    pub(crate) async fn open(url: &str) -> Self {
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        let mut gateway = Self { socket, sequence: Value::Null };
        assert_eq!(gateway.next().await.unwrap()["op"], 10);
        gateway
    }

    pub(crate) async fn identified(url: &str, token: &str) -> (Self, Value) {
        let mut gateway = Self::open(url).await;
        gateway.send(json!({"op": 2, "d": {"token": token, "intents": INTENTS, "properties": {"os": "linux"}}})).await;
        let ready = gateway.event("READY").await;
        (gateway, ready)
    }

    pub(crate) async fn send(&mut self, payload: Value) {
        self.socket.send(Message::text(payload.to_string())).await.unwrap();
    }

    /// The next payload, or the code the gateway closed with.
    pub(crate) async fn next(&mut self) -> Result<Value, u16> {
        loop {
            let message =
                tokio::time::timeout(Duration::from_secs(5), self.socket.next()).await.expect("the gateway is silent");
            match message {
                Some(Ok(Message::Text(text))) => {
                    let payload: Value = serde_json::from_str(text.as_str()).unwrap();
                    if !payload["s"].is_null() {
                        self.sequence = payload["s"].clone();
                    }
                    return Ok(payload);
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(0, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                _ => return Err(0),
            }
        }
    }

    pub(crate) async fn event(&mut self, name: &str) -> Value {
        loop {
            let payload = self.next().await.expect("the gateway closed");
            if payload["t"] == name {
                return payload["d"].clone();
            }
        }
    }

    pub(crate) async fn close_code(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }
}

/// The sandbox, its bot and its people.
pub(crate) struct Crew {
    pub(crate) sandbox: Sandbox,
    pub(crate) bot: Account,
    pub(crate) app: String,
    pub(crate) guild: String,
    pub(crate) ops: String,
}

impl Crew {
    pub(crate) async fn gathered() -> Self {
        Self::gathered_with(Options::default()).await
    }

    /// For what asks more than any bot would.
    pub(crate) async fn without_rate_limits() -> Self {
        Self::gathered_with(Options { without_rate_limits: true, ..Options::default() }).await
    }

    pub(crate) async fn gathered_with(options: Options) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let bot = account(&sandbox, format!("Bot {}", sandbox.bot_token()));
        let (app, guild, ops) = (sandbox.application_id(), sandbox.guild_id(), sandbox.channel_id("ops").unwrap());
        Self { sandbox, bot, app, guild, ops }
    }

    pub(crate) fn person(&self, name: &str) -> Account {
        let found = self.sandbox.accounts().into_iter().find(|one| one.name == name).unwrap();
        account(&self.sandbox, found.token)
    }

    pub(crate) async fn bot_gateway(&self) -> Gateway {
        let (mut gateway, _) = Gateway::identified(&self.sandbox.gateway_url(), self.sandbox.bot_token()).await;
        gateway.event("GUILD_CREATE").await;
        gateway
    }

    pub(crate) async fn person_gateway(&self, name: &str) -> Gateway {
        let token = self.person(name).authorization;
        Gateway::identified(&self.sandbox.gateway_url(), &token).await.0
    }

    pub(crate) async fn register(&self, command: Value) -> Value {
        let (status, command) = self.bot.post(&format!("/applications/{}/commands", self.app), command).await;
        assert_eq!(status, 201, "{command}");
        command
    }

    /// A person uses a slash command; the bot's interaction comes back.
    pub(crate) async fn slash(
        &self,
        person: &Account,
        gateway: &mut Gateway,
        command: &Value,
        options: Value,
    ) -> Value {
        let data = json!({"id": command["id"], "name": command["name"], "type": 1, "version": command["version"], "options": options});
        let (status, answer) = person.post("/interactions", self.interaction(2, data)).await;
        assert_eq!(status, 204, "{answer}");
        gateway.event("INTERACTION_CREATE").await
    }

    pub(crate) fn interaction(&self, kind: u64, data: impl Into<Value>) -> Value {
        json!({"type": kind, "application_id": self.app, "guild_id": self.guild, "channel_id": self.ops, "session_id": "s", "nonce": "n1", "data": data.into()})
    }

    pub(crate) async fn callback(&self, interaction: &Value, body: Value) -> (u16, Value) {
        self.bot.post(&callback_path(interaction), body).await
    }

    pub(crate) fn rules(&self) -> Vec<String> {
        self.sandbox.violations().into_iter().map(|violation| violation.rule).collect()
    }
}

fn account(sandbox: &Sandbox, authorization: String) -> Account {
    // Another test of this process may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Account { http: Client::new(), api: format!("{}/api/v10", sandbox.page_url()), authorization }
}

pub(crate) fn callback_path(interaction: &Value) -> String {
    format!("/interactions/{}/{}/callback", interaction["id"].as_str().unwrap(), interaction["token"].as_str().unwrap())
}

pub(crate) fn original(interaction: &Value) -> String {
    let (app, token) = (interaction["application_id"].as_str().unwrap(), interaction["token"].as_str().unwrap());
    format!("/webhooks/{app}/{token}/messages/@original")
}

pub(crate) fn card(text: &str) -> Value {
    json!({"flags": V2, "components": [{"type": 17, "accent_color": 5_793_266, "components": [
        {"type": 10, "content": text},
        {"type": 14},
        {"type": 1, "components": [{"type": 2, "style": 1, "label": "Again", "custom_id": "again"}]},
    ]}]})
}
