//! A sandbox with its bot and people, and tables that are put to it.

use futures::{SinkExt, StreamExt};
use reqwest::{Client, Method, multipart};
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub(crate) const V2: u64 = 1 << 15;
/// `GUILDS`, `GUILD_MESSAGES`, `MESSAGE_CONTENT`.
const INTENTS: u64 = 1 | 1 << 9 | 1 << 15;

/// What is sent, and what should come of it.
#[derive(Debug)]
pub(crate) struct Row {
    body: Value,
    status: u16,
    code: u64,
    /// Where in the `errors` tree the complaint stands; empty where there is no tree.
    at: &'static str,
    /// What the judge writes down; empty where it must not write anything.
    rule: &'static str,
}

impl Row {
    pub(crate) fn body(&self) -> &Value {
        &self.body
    }
}

/// An "Invalid Form Body" that complains at this path.
pub(crate) fn form(rule: &'static str, at: &'static str, body: Value) -> Row {
    Row { body, status: 400, code: 50035, at, rule }
}

/// An error with a code of its own.
pub(crate) fn error(rule: &'static str, status: u16, code: u64, body: Value) -> Row {
    Row { body, status, code, at: "", rule }
}

/// What Discord takes, and the judge has nothing against.
pub(crate) fn fine(body: Value) -> Row {
    Row { body, status: 200, code: 0, at: "", rule: "" }
}

/// What Discord takes and ignores, and the judge remarks upon.
pub(crate) fn ignored(rule: &'static str, body: Value) -> Row {
    Row { body, status: 200, code: 0, at: "", rule }
}

pub(crate) fn text(length: usize) -> String {
    "x".repeat(length)
}

pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    http: Client,
    pub(crate) app: String,
    pub(crate) guild: String,
    pub(crate) ops: String,
    seen: std::sync::Mutex<usize>,
}

impl Bench {
    pub(crate) async fn set() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        // Another test of this process may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sandbox = Sandbox::start(Options { without_rate_limits: true, ..options }).await.unwrap();
        let (app, guild, ops) = (sandbox.application_id(), sandbox.guild_id(), sandbox.channel_id("ops").unwrap());
        Self { sandbox, http: Client::new(), app, guild, ops, seen: std::sync::Mutex::new(0) }
    }

    pub(crate) fn messages(&self) -> String {
        format!("/channels/{}/messages", self.ops)
    }

    fn request(&self, who: &str, method: &Method, path: &str) -> reqwest::RequestBuilder {
        let token = match who {
            "bot" => format!("Bot {}", self.sandbox.bot_token()),
            name => self.sandbox.accounts().into_iter().find(|one| one.name == name).unwrap().token,
        };
        let url = format!("{}/api/v10{path}", self.sandbox.page_url());
        self.http.request(method.clone(), url).header("authorization", token)
    }

    /// Somebody sends JSON; `bot` is the bot.
    pub(crate) async fn send(&self, who: &str, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let request = self.request(who, &method, path);
        answer(if body.is_null() { request } else { request.json(body) }).await
    }

    /// The bot sends JSON with files beside it, named as given.
    pub(crate) async fn send_files(&self, path: &str, body: &Value, files: &[&str]) -> (u16, Value) {
        let mut form = multipart::Form::new().text("payload_json", body.to_string());
        for (index, name) in files.iter().enumerate() {
            let part = multipart::Part::bytes(b"all is well".to_vec()).file_name((*name).to_owned());
            form = form.part(format!("files[{index}]"), part);
        }
        answer(self.request("bot", &Method::POST, path).multipart(form)).await
    }

    /// The bot sends one file of so many bytes.
    pub(crate) async fn send_bytes(&self, path: &str, bytes: usize) -> (u16, Value) {
        let part = multipart::Part::bytes(vec![0; bytes]).file_name("a.bin");
        answer(self.request("bot", &Method::POST, path).multipart(multipart::Form::new().part("files[0]", part))).await
    }

    /// The bot sends a body that is not JSON.
    pub(crate) async fn send_plain(&self, path: &str, body: &'static str) -> (u16, Value) {
        answer(self.request("bot", &Method::POST, path).header("content-type", "text/plain").body(body)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.send("bot", Method::POST, path, &body).await
    }

    /// The bot writes something that must be taken.
    pub(crate) async fn say(&self, body: Value) -> Value {
        let (status, message) = self.post(&self.messages(), body).await;
        assert_eq!(status, 200, "{message}");
        message
    }

    /// The rules the judge wrote down since this was last asked. Rows leave interactions unanswered, which is not what they are about.
    pub(crate) fn broken(&self) -> Vec<String> {
        let all = self.sandbox.violations();
        let mut seen = self.seen.lock().unwrap();
        let rules = all[*seen..].iter().map(|violation| violation.rule.clone());
        // What the OpenAPI file has against the same requests is put to it elsewhere.
        let new = rules.filter(|rule| rule != "interaction.unacknowledged" && !rule.starts_with("openapi")).collect();
        *seen = all.len();
        new
    }

    /// Puts every row to one route, and tells of all that went otherwise.
    pub(crate) async fn judge(&self, method: Method, path: &str, rows: Vec<Row>) {
        let mut wrong = Vec::new();
        for row in rows {
            let (status, answer) = self.send("bot", method.clone(), path, &row.body).await;
            wrong.extend(self.compare(&row, status, &answer));
        }
        assert!(wrong.is_empty(), "{method} {path}:\n{}", wrong.join("\n"));
    }

    pub(crate) fn compare(&self, row: &Row, status: u16, answer: &Value) -> Option<String> {
        let code = if status < 300 { 0 } else { answer["code"].as_u64().unwrap_or(0) };
        let status = if status < 300 { 200 } else { status };
        let at = row.at.split('.').filter(|part| !part.is_empty()).fold(&answer["errors"], |tree, part| &tree[part]);
        let placed = (row.code != 50035) || at["_errors"].as_array().is_some_and(|all| !all.is_empty());
        let broken = self.broken();
        let judged = if row.rule.is_empty() { broken.is_empty() } else { broken == [row.rule] };
        let good = (status, code) == (row.status, row.code) && placed && judged;
        let body: String = row.body.to_string().chars().take(300).collect();
        let (at, rule) = (row.at, row.rule);
        (!good).then(|| format!("  {body}\n    wanted {rule} at {at}: got {status} {answer}, judged {broken:?}"))
    }

    pub(crate) async fn gateway(&self) -> Gateway {
        let mut gateway = Gateway::open(&self.sandbox.gateway_url()).await;
        gateway.identify(self.sandbox.bot_token(), INTENTS).await;
        gateway.event("GUILD_CREATE").await;
        gateway
    }

    pub(crate) async fn register(&self, command: Value) -> Value {
        let (status, command) = self.post(&format!("/applications/{}/commands", self.app), command).await;
        assert!(status < 300, "{command}");
        command
    }

    /// The member does something; the interaction comes to the bot.
    pub(crate) async fn interact(&self, gateway: &mut Gateway, kind: u64, data: Value, message: &Value) -> Value {
        let (status, answer) = self.act(kind, data, message).await;
        assert_eq!(status, 204, "{answer}");
        gateway.event("INTERACTION_CREATE").await
    }

    pub(crate) async fn act(&self, kind: u64, data: Value, message: &Value) -> (u16, Value) {
        let mut body = json!({"type": kind, "application_id": self.app, "guild_id": self.guild,
            "channel_id": self.ops, "session_id": "s", "nonce": "n", "data": data});
        if message.is_object() {
            body["message_id"] = message["id"].clone();
        }
        self.send("member", Method::POST, "/interactions", &body).await
    }

    pub(crate) async fn slash(&self, gateway: &mut Gateway, command: &Value) -> Value {
        let data = json!({"id": command["id"], "name": command["name"], "type": 1, "options": []});
        self.interact(gateway, 2, data, &Value::Null).await
    }
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
}

pub(crate) fn callback(interaction: &Value) -> String {
    format!("/interactions/{}/{}/callback", interaction["id"].as_str().unwrap(), interaction["token"].as_str().unwrap())
}

pub(crate) fn webhook(interaction: &Value) -> String {
    let (app, token) = (interaction["application_id"].as_str().unwrap(), interaction["token"].as_str().unwrap());
    format!("/webhooks/{app}/{token}")
}

pub(crate) struct Gateway {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Gateway {
    pub(crate) async fn open(url: &str) -> Self {
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        let mut gateway = Self { socket };
        assert_eq!(gateway.next().await.unwrap()["op"], 10);
        gateway
    }

    pub(crate) async fn identify(&mut self, token: &str, intents: u64) {
        let properties = json!({"os": "linux", "browser": "test", "device": "test"});
        self.send(json!({"op": 2, "d": {"token": token, "intents": intents, "properties": properties}})).await;
    }

    pub(crate) async fn send(&mut self, payload: Value) {
        self.socket.send(Frame::text(payload.to_string())).await.unwrap();
    }

    /// The next payload, or the code the gateway closed with.
    pub(crate) async fn next(&mut self) -> Result<Value, u16> {
        loop {
            let frame = tokio::time::timeout(Duration::from_secs(10), self.socket.next()).await;
            match frame.expect("the gateway is silent") {
                Some(Ok(Frame::Text(text))) => return Ok(serde_json::from_str(text.as_str()).unwrap()),
                Some(Ok(Frame::Close(frame))) => return Err(frame.map_or(0, |frame| frame.code.into())),
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
