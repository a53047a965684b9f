//! What a bot lives through on a bad day, over real sockets: limits, and every fault there is.
#![expect(clippy::unwrap_used, reason = "in a test, what cannot be unwrapped is the failure")]

mod gateway;
mod limits;
mod page;
mod rest;

use futures::{SinkExt, StreamExt};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method};
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// `GUILDS`, `GUILD_MESSAGES`, `MESSAGE_CONTENT`.
const INTENTS: u64 = 1 | 1 << 9 | 1 << 15;
/// How long a busy machine may take for what comes at once.
const SOON: Duration = Duration::from_secs(10);

/// The sandbox, and the ways into it.
struct Stage {
    sandbox: Sandbox,
    http: Client,
    ops: String,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn number(&self, name: &str) -> f64 {
        self.header(name).unwrap().parse().unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

impl Stage {
    async fn set() -> Self {
        Self::set_with(Options::default()).await
    }

    async fn set_with(options: Options) -> Self {
        // Another test of this process may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sandbox = Sandbox::start(options).await.unwrap();
        let ops = sandbox.channel_id("ops").unwrap();
        Self { sandbox, http: Client::new(), ops }
    }

    fn bot_token(&self) -> String {
        format!("Bot {}", self.sandbox.bot_token())
    }

    fn person_token(&self, name: &str) -> String {
        self.sandbox.accounts().into_iter().find(|one| one.name == name).unwrap().token
    }

    /// A request of somebody's; the error means that no answer came.
    async fn try_ask(&self, who: &str, method: Method, path: &str, body: &Value) -> reqwest::Result<Answer> {
        let request =
            self.http.request(method, format!("{}{path}", self.sandbox.page_url())).header("authorization", who);
        let answer = if body.is_null() { request } else { request.json(body) }.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Answer { status, headers, text: answer.text().await? })
    }

    async fn ask(&self, who: &str, method: Method, path: &str, body: &Value) -> Answer {
        self.try_ask(who, method, &format!("/api/v10{path}"), body).await.unwrap()
    }

    /// The bot says something in #ops.
    async fn say(&self, text: &str) -> Answer {
        self.ask(&self.bot_token(), Method::POST, &self.messages(), &json!({"content": text})).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(&self.bot_token(), Method::GET, path, &Value::Null).await
    }

    fn messages(&self) -> String {
        format!("/channels/{}/messages", self.ops)
    }

    /// What was said in #ops.
    fn said(&self) -> Vec<String> {
        let said = self.sandbox.messages(&self.ops);
        said.iter().map(|message| message["content"].as_str().unwrap().to_owned()).collect()
    }

    async fn person_says(&self, text: &str) {
        let token = self.person_token("member");
        let answer = self.ask(&token, Method::POST, &self.messages(), &json!({"content": text})).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// Registers a command, and lets somebody use it.
    async fn person_uses_a_command(&self) {
        let path = format!("/applications/{}/commands", self.sandbox.application_id());
        let command =
            self.ask(&self.bot_token(), Method::POST, &path, &json!({"name": "ping", "description": "?"})).await;
        let command = command.json();
        let data = json!({"id": command["id"], "name": "ping", "type": 1, "version": command["version"]});
        let body = json!({"type": 2, "application_id": self.sandbox.application_id(), "guild_id": self.sandbox.guild_id(),
            "channel_id": self.ops, "session_id": "s", "data": data});
        let answer = self.ask(&self.person_token("member"), Method::POST, "/interactions", &body).await;
        assert_eq!(answer.status, 204, "{}", answer.text);
    }

    async fn callback(&self, interaction: &Value) -> reqwest::Result<Answer> {
        let (id, token) = (interaction["id"].as_str().unwrap(), interaction["token"].as_str().unwrap());
        let path = format!("/api/v10/interactions/{id}/{token}/callback");
        self.try_ask(&self.bot_token(), Method::POST, &path, &json!({"type": 5})).await
    }

    async fn bot(&self) -> (Gateway, Value) {
        let mut gateway = Gateway::open(&self.sandbox.gateway_url()).await;
        gateway.identify(self.sandbox.bot_token()).await;
        let ready = gateway.event("READY").await;
        gateway.event("GUILD_CREATE").await;
        (gateway, ready)
    }

    fn rules(&self) -> Vec<String> {
        self.sandbox.violations().into_iter().map(|violation| violation.rule).collect()
    }
}

/// A gateway connection.
struct Gateway {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    sequence: u64,
    heartbeat: u64,
}

impl Gateway {
    async fn open(url: &str) -> Self {
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        let mut gateway = Self { socket, sequence: 0, heartbeat: 0 };
        let hello = gateway.next().await.unwrap();
        gateway.heartbeat = hello["d"]["heartbeat_interval"].as_u64().unwrap();
        gateway
    }

    async fn identify(&mut self, token: &str) {
        self.send(json!({"op": 2, "d": {"token": token, "intents": INTENTS, "properties": {"os": "linux"}}})).await;
    }

    /// Opens another connection and asks for the session again.
    async fn resume(&self, stage: &Stage, ready: &Value) -> Self {
        let mut gateway = Self::open(ready["resume_gateway_url"].as_str().unwrap()).await;
        let (token, session) = (stage.sandbox.bot_token(), &ready["session_id"]);
        gateway.sequence = self.sequence;
        gateway.send(json!({"op": 6, "d": {"token": token, "session_id": session, "seq": self.sequence}})).await;
        gateway
    }

    async fn send(&mut self, payload: Value) {
        self.socket.send(Message::text(payload.to_string())).await.unwrap();
    }

    async fn beat(&mut self) {
        self.send(json!({"op": 1, "d": self.sequence})).await;
    }

    /// The next payload, or the code the gateway closed with; 0 where it ended without a word.
    async fn next(&mut self) -> Result<Value, u16> {
        loop {
            let message = tokio::time::timeout(SOON, self.socket.next()).await.expect("the gateway is silent");
            match message {
                Some(Ok(Message::Text(text))) => {
                    let payload: Value = serde_json::from_str(text.as_str()).unwrap();
                    if let Some(sequence) = payload["s"].as_u64() {
                        assert_eq!(sequence, self.sequence + 1, "a hole in {payload}");
                        self.sequence = sequence;
                    }
                    return Ok(payload);
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(0, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                _ => return Err(0),
            }
        }
    }

    /// The next event, which must be this one.
    async fn event(&mut self, name: &str) -> Value {
        let payload = self.next().await.expect("the gateway closed");
        assert_eq!(payload["t"], name, "{payload}");
        payload["d"].clone()
    }

    /// What the next message says.
    async fn heard(&mut self) -> String {
        self.event("MESSAGE_CREATE").await["content"].as_str().unwrap().to_owned()
    }

    async fn op(&mut self) -> u64 {
        self.next().await.expect("the gateway closed")["op"].as_u64().unwrap()
    }
}
