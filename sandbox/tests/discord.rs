//! A bot of a few lines, with nothing but HTTP and a web socket, lives through what a real one does.
#![expect(clippy::unwrap_used, reason = "in a test, what cannot be unwrapped is the failure")]

use futures::{SinkExt, StreamExt};
use reqwest::{Client, Method};
use sandbox::{Fault, Options, Sandbox};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// `GUILDS`, `GUILD_MESSAGES`, `DIRECT_MESSAGES`, `MESSAGE_CONTENT`.
const INTENTS: u64 = 1 | 1 << 9 | 1 << 12 | 1 << 15;
const V2: u64 = 1 << 15;

/// Somebody with a token: the bot or a person.
struct Account {
    http: Client,
    api: String,
    authorization: String,
}

impl Account {
    async fn ask(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let request =
            self.http.request(method, format!("{}{path}", self.api)).header("authorization", &self.authorization);
        let answer = if body.is_null() { request } else { request.json(&body) }.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }
    async fn get(&self, path: &str) -> (u16, Value) {
        self.ask(Method::GET, path, Value::Null).await
    }
    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask(Method::POST, path, body).await
    }
    async fn patch(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask(Method::PATCH, path, body).await
    }
}

struct Gateway {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    sequence: Value,
}

impl Gateway {
    async fn open(url: &str) -> Self {
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        let mut gateway = Self { socket, sequence: Value::Null };
        assert_eq!(gateway.next().await.unwrap()["op"], 10);
        gateway
    }

    async fn identified(url: &str, token: &str) -> (Self, Value) {
        let mut gateway = Self::open(url).await;
        gateway.send(json!({"op": 2, "d": {"token": token, "intents": INTENTS, "properties": {"os": "linux"}}})).await;
        let ready = gateway.event("READY").await;
        (gateway, ready)
    }

    async fn send(&mut self, payload: Value) {
        self.socket.send(Message::text(payload.to_string())).await.unwrap();
    }

    /// The next payload, or the code the gateway closed with.
    async fn next(&mut self) -> Result<Value, u16> {
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

    async fn event(&mut self, name: &str) -> Value {
        loop {
            let payload = self.next().await.expect("the gateway closed");
            if payload["t"] == name {
                return payload["d"].clone();
            }
        }
    }

    async fn close_code(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }
}

/// The sandbox, its bot and its people.
struct Crew {
    sandbox: Sandbox,
    bot: Account,
    app: String,
    guild: String,
    ops: String,
}

impl Crew {
    async fn gathered() -> Self {
        Self::gathered_with(Options::default()).await
    }

    /// For what asks more than any bot would.
    async fn without_rate_limits() -> Self {
        Self::gathered_with(Options { without_rate_limits: true, ..Options::default() }).await
    }

    async fn gathered_with(options: Options) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let bot = account(&sandbox, format!("Bot {}", sandbox.bot_token()));
        let (app, guild, ops) = (sandbox.application_id(), sandbox.guild_id(), sandbox.channel_id("ops").unwrap());
        Self { sandbox, bot, app, guild, ops }
    }

    fn person(&self, name: &str) -> Account {
        let found = self.sandbox.accounts().into_iter().find(|one| one.name == name).unwrap();
        account(&self.sandbox, found.token)
    }

    async fn bot_gateway(&self) -> Gateway {
        let (mut gateway, _) = Gateway::identified(&self.sandbox.gateway_url(), self.sandbox.bot_token()).await;
        gateway.event("GUILD_CREATE").await;
        gateway
    }

    async fn person_gateway(&self, name: &str) -> Gateway {
        let token = self.person(name).authorization;
        Gateway::identified(&self.sandbox.gateway_url(), &token).await.0
    }

    async fn register(&self, command: Value) -> Value {
        let (status, command) = self.bot.post(&format!("/applications/{}/commands", self.app), command).await;
        assert_eq!(status, 201, "{command}");
        command
    }

    /// A person uses a slash command; the bot's interaction comes back.
    async fn slash(&self, person: &Account, gateway: &mut Gateway, command: &Value, options: Value) -> Value {
        let data = json!({"id": command["id"], "name": command["name"], "type": 1, "version": command["version"], "options": options});
        let (status, answer) = person.post("/interactions", self.interaction(2, data)).await;
        assert_eq!(status, 204, "{answer}");
        gateway.event("INTERACTION_CREATE").await
    }

    fn interaction(&self, kind: u64, data: impl Into<Value>) -> Value {
        json!({"type": kind, "application_id": self.app, "guild_id": self.guild, "channel_id": self.ops, "session_id": "s", "nonce": "n1", "data": data.into()})
    }

    async fn callback(&self, interaction: &Value, body: Value) -> (u16, Value) {
        self.bot.post(&callback_path(interaction), body).await
    }

    fn rules(&self) -> Vec<String> {
        self.sandbox.violations().into_iter().map(|violation| violation.rule).collect()
    }
}

fn account(sandbox: &Sandbox, authorization: String) -> Account {
    // Another test of this process may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Account { http: Client::new(), api: format!("{}/api/v10", sandbox.page_url()), authorization }
}

fn callback_path(interaction: &Value) -> String {
    format!("/interactions/{}/{}/callback", interaction["id"].as_str().unwrap(), interaction["token"].as_str().unwrap())
}

fn original(interaction: &Value) -> String {
    let (app, token) = (interaction["application_id"].as_str().unwrap(), interaction["token"].as_str().unwrap());
    format!("/webhooks/{app}/{token}/messages/@original")
}

fn card(text: &str) -> Value {
    json!({"flags": V2, "components": [{"type": 17, "accent_color": 5_793_266, "components": [
        {"type": 10, "content": text},
        {"type": 14},
        {"type": 1, "components": [{"type": 2, "style": 1, "label": "Again", "custom_id": "again"}]},
    ]}]})
}

#[tokio::test]
async fn a_command_is_deferred_answered_with_a_card_and_pressed() {
    let crew = Crew::gathered().await;
    let (mut bot, ready) = Gateway::identified(&crew.sandbox.gateway_url(), crew.sandbox.bot_token()).await;
    assert_eq!(ready["application"]["id"], crew.app.as_str());
    assert_eq!(ready["guilds"][0], json!({"id": crew.guild, "unavailable": true}));
    let guild = bot.event("GUILD_CREATE").await;
    assert_eq!(guild["channels"].as_array().unwrap().len(), 2);
    let command = crew.register(json!({"name": "ping", "description": "Are you there?"})).await;

    let (member, mut client) = (crew.person("member"), crew.person_gateway("member").await);
    let (_, index) = member.get(&format!("/guilds/{}/application-command-index", crew.guild)).await;
    assert_eq!(index["application_commands"][0]["id"], command["id"]);
    let asked = crew.slash(&member, &mut bot, &command, json!([])).await;
    assert_eq!((&asked["data"]["name"], &asked["type"]), (&json!("ping"), &json!(2)));
    let heard = client.event("INTERACTION_CREATE").await;
    assert_eq!(heard, json!({"id": asked["id"], "nonce": "n1"}));

    let (status, answer) = crew.callback(&asked, json!({"type": 5})).await;
    assert_eq!((status, answer), (204, Value::Null));
    let thinking = client.event("MESSAGE_CREATE").await;
    assert_eq!((&thinking["flags"], &thinking["type"]), (&json!(128), &json!(20)));
    client.event("INTERACTION_SUCCESS").await;

    let (status, edited) = crew.bot.patch(&original(&asked), card("Pong")).await;
    assert_eq!((status, &edited["flags"], &edited["edited_timestamp"]), (200, &json!(V2), &Value::Null), "{edited}");
    let shown = client.event("MESSAGE_UPDATE").await;
    assert_eq!(shown["id"], thinking["id"]);
    assert_eq!(shown["components"][0]["components"][0]["content"], "Pong");

    let press = json!({"component_type": 2, "custom_id": "again"});
    let mut body = crew.interaction(3, press);
    body["message_id"] = shown["id"].clone();
    assert_eq!(member.post("/interactions", body).await.0, 204);
    let pressed = bot.event("INTERACTION_CREATE").await;
    assert_eq!((&pressed["message"]["id"], &pressed["data"]["custom_id"]), (&shown["id"], &json!("again")));
    assert_eq!(crew.callback(&pressed, json!({"type": 7, "data": card("Pong again")})).await.0, 204);
    assert_eq!(client.event("MESSAGE_UPDATE").await["components"][0]["components"][0]["content"], "Pong again");

    assert_eq!(crew.sandbox.violations(), vec![]);
    crew.sandbox.stop().await;
}

#[tokio::test]
async fn acknowledging_twice_or_late_is_refused_and_recorded() {
    let crew = Crew::gathered().await;
    let mut bot = crew.bot_gateway().await;
    let (member, mut client) = (crew.person("member"), crew.person_gateway("member").await);
    let command = crew.register(json!({"name": "ping", "description": "Are you there?"})).await;

    let asked = crew.slash(&member, &mut bot, &command, json!([])).await;
    let (_, with_response) = crew
        .bot
        .post(&format!("{}?with_response=true", callback_path(&asked)), json!({"type": 4, "data": {"content": "hi"}}))
        .await;
    assert_eq!(with_response["resource"]["message"]["content"], "hi");
    let (status, error) = crew.callback(&asked, json!({"type": 5})).await;
    assert_eq!((status, error), (400, json!({"message": "Interaction has already been acknowledged.", "code": 40060})));

    let asked = crew.slash(&member, &mut bot, &command, json!([])).await;
    let failed = client.event("INTERACTION_FAILURE").await;
    assert_eq!(failed["id"], asked["id"]);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let (status, error) = crew.callback(&asked, json!({"type": 5})).await;
    assert_eq!((status, error), (404, json!({"message": "Unknown interaction", "code": 10062})));
    assert_eq!(
        crew.rules(),
        ["interaction.acknowledged_twice", "interaction.unacknowledged", "interaction.acknowledged_late"]
    );
}

#[tokio::test]
async fn a_token_dies_after_fifteen_minutes() {
    let crew = Crew::gathered().await;
    let mut bot = crew.bot_gateway().await;
    let command = crew.register(json!({"name": "ping", "description": "Are you there?"})).await;
    let asked = crew.slash(&crew.person("member"), &mut bot, &command, json!([])).await;
    let (app, token) = (crew.app.as_str(), asked["token"].as_str().unwrap());
    assert_eq!(crew.bot.post(&format!("/webhooks/{app}/{token}"), json!({"content": "early"})).await.1["code"], 10015);
    assert_eq!(crew.callback(&asked, json!({"type": 5, "data": {"flags": 64}})).await.0, 204);

    let (_, first) = crew.bot.post(&format!("/webhooks/{app}/{token}"), json!({"content": "first"})).await;
    let (_, answered) = crew.bot.get(&original(&asked)).await;
    assert_eq!(
        (&first["id"], &answered["content"]),
        (&answered["id"], &json!("first")),
        "the first follow-up fills the deferred answer"
    );
    let (_, second) = crew.bot.post(&format!("/webhooks/{app}/{token}"), json!({"content": "second"})).await;
    assert_ne!(first["id"], second["id"]);

    crew.sandbox.advance(Duration::from_secs(15 * 60 + 1));
    let (status, error) = crew.bot.patch(&original(&asked), json!({"content": "too late"})).await;
    assert_eq!((status, error), (401, json!({"message": "Invalid Webhook Token", "code": 50027})));
    assert_eq!(crew.rules(), ["interaction.token"]);
}

#[tokio::test]
async fn what_breaks_a_limit_is_answered_in_discords_words() {
    let crew = Crew::without_rate_limits().await;
    let path = format!("/channels/{}/messages", crew.ops);
    let (status, error) = crew.bot.post(&path, json!({"content": "x".repeat(2001)})).await;
    let named = json!({"content": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length."}]}});
    assert_eq!((status, error), (400, json!({"message": "Invalid Form Body", "code": 50035, "errors": named})));

    let texts: Vec<Value> = vec![json!({"type": 10, "content": "x"}); 41];
    let (status, error) = crew.bot.post(&path, json!({"flags": V2, "components": texts})).await;
    assert_eq!((status, &error["code"]), (400, &json!(50035)));
    let (status, error) = crew.bot.post(&path, json!({"content": ""})).await;
    assert_eq!((status, &error["code"]), (400, &json!(50006)));
    let missing = json!({"flags": V2, "components": [{"type": 13, "file": {"url": "attachment://log.txt"}}]});
    assert_eq!(crew.bot.post(&path, missing).await.0, 400);
    let both = json!({"flags": V2, "content": "x", "components": [{"type": 10, "content": "x"}]});
    assert_eq!(
        crew.bot.post(&path, both).await.1["errors"]["content"]["_errors"][0]["code"],
        "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
    );

    let (_, card) = crew.bot.post(&path, card("for ever")).await;
    let plain = json!({"flags": 0, "content": "plain", "components": []});
    assert_eq!(crew.bot.patch(&format!("{path}/{}", card["id"].as_str().unwrap()), plain).await.0, 400);
    let rules = [
        "message.content",
        "components_v2.count",
        "message.empty",
        "attachment.unknown",
        "components_v2.legacy_fields",
        "components_v2.irrevocable",
    ];
    assert_eq!(crew.rules(), rules);

    crew.person("member").post(&path, json!({"content": "x".repeat(2001)})).await;
    assert_eq!(crew.rules().len(), rules.len(), "people are not judged");
}

#[tokio::test]
async fn permissions_decide_who_sees_and_who_writes() {
    let crew = Crew::gathered().await;
    let (admin, guest) = (crew.person("admin"), crew.person("guest"));
    let mut client = crew.person_gateway("guest").await;
    let deny = |bits: u64| json!({"type": 0, "allow": "0", "deny": bits.to_string()});
    let everyone = format!("/channels/{}/permissions/{}", crew.ops, crew.guild);
    let path = format!("/channels/{}/messages", crew.ops);

    assert_eq!(admin.ask(Method::PUT, &everyone, deny(1 << 11)).await.0, 204);
    let (status, error) = guest.post(&path, json!({"content": "hi"})).await;
    assert_eq!((status, error), (403, json!({"message": "Missing Permissions", "code": 50013})));
    assert_eq!(
        crew.bot.post(&path, json!({"content": "hi"})).await.1["code"],
        50013,
        "a role does not lift what the channel denies"
    );

    assert_eq!(admin.ask(Method::PUT, &everyone, deny(1 << 10)).await.0, 204);
    let (status, error) = guest.get(&path).await;
    assert_eq!((status, error), (403, json!({"message": "Missing Access", "code": 50001})));
    assert_eq!(admin.post(&path, json!({"content": "secret"})).await.0, 200);
    let general = format!("/channels/{}/messages", crew.sandbox.channel_id("general").unwrap());
    assert_eq!(admin.post(&general, json!({"content": "for all"})).await.0, 200);
    assert_eq!(client.event("MESSAGE_CREATE").await["content"], "for all");

    let (status, error) = crew.bot.get("/channels/1").await;
    assert_eq!((status, error), (404, json!({"message": "Unknown Channel", "code": 10003})));
    let theirs =
        crew.sandbox.messages(&crew.sandbox.channel_id("general").unwrap())[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(crew.bot.patch(&format!("{general}/{theirs}"), json!({"content": "x"})).await.1["code"], 50005);
    assert_eq!(crew.rules(), [""; 0]);
}

#[tokio::test]
async fn an_ephemeral_answer_is_seen_by_one_person() {
    let crew = Crew::gathered().await;
    let mut bot = crew.bot_gateway().await;
    let member = crew.person("member");
    let (mut asking, mut other) = (crew.person_gateway("member").await, crew.person_gateway("guest").await);
    let command = crew.register(json!({"name": "secret", "description": "Tell me"})).await;
    let asked = crew.slash(&member, &mut bot, &command, json!([])).await;
    crew.callback(&asked, json!({"type": 4, "data": {"content": "only you", "flags": 64}})).await;
    let whispered = asking.event("MESSAGE_CREATE").await;
    assert_eq!((&whispered["content"], whispered.get("guild_id")), (&json!("only you"), None));

    let path = format!("/channels/{}/messages", crew.ops);
    crew.bot.post(&path, json!({"content": "for all"})).await;
    assert_eq!(other.event("MESSAGE_CREATE").await["content"], "for all");
    assert_eq!(member.get(&path).await.1.as_array().unwrap().len(), 2);
    assert_eq!(crew.person("guest").get(&path).await.1.as_array().unwrap().len(), 1);
    let id = whispered["id"].as_str().unwrap();
    assert_eq!(crew.bot.get(&format!("{path}/{id}")).await.1["code"], 10008, "only the token reaches it");
    assert_eq!(crew.bot.get(&original(&asked)).await.0, 200);
}

#[tokio::test]
async fn a_form_is_shown_filled_in_and_checked() {
    let crew = Crew::gathered().await;
    let mut bot = crew.bot_gateway().await;
    let (member, mut client) = (crew.person("member"), crew.person_gateway("member").await);
    let command = crew.register(json!({"name": "note", "description": "Write a note"})).await;
    let asked = crew.slash(&member, &mut bot, &command, json!([])).await;
    let input = json!({"type": 4, "style": 1, "custom_id": "text", "label": "Text", "min_length": 3, "max_length": 10});
    let modal = json!({"custom_id": "note", "title": "A note", "components": [{"type": 1, "components": [input]}]});
    assert_eq!(crew.callback(&asked, json!({"type": 9, "data": modal})).await.0, 204);
    let shown = client.event("INTERACTION_MODAL_CREATE").await;

    let fill = |text: &str| {
        let rows = json!([{"type": 1, "components": [{"type": 4, "custom_id": "text", "value": text}]}]);
        crew.interaction(5, json!({"id": shown["id"], "custom_id": "note", "components": rows}))
    };
    assert_eq!(member.post("/interactions", fill("no")).await.1["code"], 50035);
    assert_eq!(member.post("/interactions", fill("a note")).await.0, 204);
    let sent = bot.event("INTERACTION_CREATE").await;
    assert_eq!(sent["data"]["components"][0]["components"][0]["value"], "a note");
    assert_eq!(crew.callback(&sent, json!({"type": 9, "data": modal})).await.0, 400, "a form does not answer a form");
    assert_eq!(crew.callback(&sent, json!({"type": 4, "data": {"content": "kept"}})).await.0, 204);
    assert_eq!(member.post("/interactions", fill("again")).await.1["code"], 10062, "a form is sent once");
    assert_eq!(crew.rules(), ["interaction.callback_type"]);
}

#[tokio::test]
async fn options_are_checked_resolved_and_completed() {
    let crew = Crew::gathered().await;
    let mut bot = crew.bot_gateway().await;
    let (member, mut client) = (crew.person("member"), crew.person_gateway("member").await);
    let command = crew
        .register(json!({"name": "server", "description": "Servers", "options": [
            {"type": 1, "name": "give", "description": "Give one away", "options": [
                {"type": 3, "name": "server", "description": "Which", "required": true, "autocomplete": true},
                {"type": 6, "name": "to", "description": "To whom", "required": true},
            ]},
        ]}))
        .await;
    let guest = crew.sandbox.accounts().into_iter().find(|one| one.name == "guest").unwrap().id;
    let give = |options: Value| json!([{"type": 1, "name": "give", "options": options}]);
    let server = json!({"type": 3, "name": "server", "value": "web-1"});
    let data = |options: Value| json!({"id": command["id"], "name": "server", "type": 1, "version": command["version"], "options": options});

    let incomplete = crew.interaction(2, data(give(json!([server]))));
    assert_eq!(member.post("/interactions", incomplete).await.1["code"], 50035);
    let outdated = crew.interaction(2, json!({"id": command["id"], "name": "server", "type": 1, "version": "1"}));
    assert_eq!(member.post("/interactions", outdated).await.1["code"], 50035);
    let asked =
        crew.slash(&member, &mut bot, &command, give(json!([server, {"type": 6, "name": "to", "value": guest}]))).await;
    assert_eq!(asked["data"]["resolved"]["users"][&guest]["username"], "guest");
    assert!(asked["data"]["resolved"]["members"][&guest]["permissions"].is_string());
    crew.callback(&asked, json!({"type": 4, "data": {"content": "given"}})).await;

    let typing = json!({"type": 3, "name": "server", "value": "we", "focused": true});
    assert_eq!(member.post("/interactions", crew.interaction(4, data(give(json!([typing]))))).await.0, 204);
    let typed = bot.event("INTERACTION_CREATE").await;
    assert_eq!((&typed["type"], &typed["data"]["options"][0]["options"][0]["focused"]), (&json!(4), &json!(true)));
    let many = vec![json!({"name": "web-1", "value": "web-1"}); 26];
    assert_eq!(crew.callback(&typed, json!({"type": 8, "data": {"choices": many}})).await.0, 400);
    assert_eq!(crew.callback(&typed, json!({"type": 8, "data": {"choices": many[..25]}})).await.0, 204);
    let offered = client.event("APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE").await;
    assert_eq!((offered["choices"].as_array().unwrap().len(), &offered["nonce"]), (25, &json!("n1")));
    assert_eq!(crew.rules(), ["autocomplete.choices"]);
}

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

#[tokio::test]
async fn a_file_travels_through_tls_and_back() {
    let crew = Crew::gathered().await;
    let ca = reqwest::Certificate::from_pem(crew.sandbox.ca_pem().as_bytes()).unwrap();
    let port = crew.sandbox.discord_address().port();
    let http = Client::builder()
        .tls_built_in_root_certs(false)
        .add_root_certificate(ca)
        .resolve("discord.com", crew.sandbox.discord_address())
        .resolve("cdn.discordapp.com", crew.sandbox.discord_address())
        .build()
        .unwrap();
    let body = json!({"flags": V2, "components": [{"type": 13, "file": {"url": "attachment://the log.txt"}}]});
    let file = reqwest::multipart::Part::bytes(b"all is well".to_vec()).file_name("the log.txt");
    let form = reqwest::multipart::Form::new().text("payload_json", body.to_string()).part("files[0]", file);
    let url = format!("https://discord.com:{port}/api/v10/channels/{}/messages", crew.ops);
    let answer = http.post(url).header("authorization", &crew.bot.authorization).multipart(form).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
    let message: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let address = message["components"][0]["file"]["url"].as_str().unwrap();
    assert!(address.ends_with("/the_log.txt"), "{message}");
    let address = address.replace("cdn.discordapp.com", &format!("cdn.discordapp.com:{port}"));
    assert_eq!(http.get(address).send().await.unwrap().text().await.unwrap(), "all is well");

    let elsewhere = format!("{}/sandbox/accounts", crew.sandbox.page_url());
    let refused = Client::new().get(elsewhere).header("origin", "https://evil.example").send().await.unwrap();
    assert_eq!(refused.status(), 403);
}

#[tokio::test]
async fn a_thread_sleeps_wakes_and_keeps_its_members() {
    let crew = Crew::gathered().await;
    let mut client = crew.person_gateway("member").await;
    let (_, message) =
        crew.bot.post(&format!("/channels/{}/messages", crew.ops), json!({"content": "deploying"})).await;
    let start = format!("/channels/{}/messages/{}/threads", crew.ops, message["id"].as_str().unwrap());
    let (status, thread) = crew.bot.post(&start, json!({"name": "deploy web", "auto_archive_duration": 60})).await;
    assert_eq!((status, &thread["type"], &thread["id"]), (201, &json!(11), &message["id"]));
    assert_eq!(client.event("THREAD_CREATE").await["name"], "deploy web");
    let path = format!("/channels/{}", thread["id"].as_str().unwrap());
    let (_, asleep) = crew.bot.patch(&path, json!({"archived": true})).await;
    assert_eq!(asleep["thread_metadata"]["archived"], true);
    assert_eq!(crew.person("member").post(&format!("{path}/messages"), json!({"content": "how is it?"})).await.0, 200);
    let (_, awake) = crew.bot.get(&path).await;
    assert_eq!((&awake["thread_metadata"]["archived"], &awake["member_count"]), (&json!(false), &json!(2)));
    let (_, active) = crew.bot.get(&format!("/guilds/{}/threads/active", crew.guild)).await;
    assert_eq!(active["threads"].as_array().unwrap().len(), 1);
    assert_eq!(crew.rules(), [""; 0]);
}

#[tokio::test]
async fn a_nonce_that_is_enforced_posts_once() {
    let crew = Crew::gathered().await;
    let path = format!("/channels/{}/messages", crew.ops);
    let body = json!({"content": "live now", "nonce": "go-live-1", "enforce_nonce": true});
    let (_, first) = crew.bot.post(&path, body.clone()).await;
    let (_, again) = crew.bot.post(&path, body).await;
    assert_eq!(first["id"], again["id"]);
    assert_eq!(crew.sandbox.messages(&crew.ops).len(), 1);
}

#[tokio::test]
async fn a_direct_message_shows_each_the_other() {
    let crew = Crew::gathered().await;
    let mut client = crew.person_gateway("guest").await;
    let guest = crew.sandbox.accounts().into_iter().find(|one| one.name == "guest").unwrap().id;
    let (_, channel) = crew.bot.post("/users/@me/channels", json!({"recipient_id": guest})).await;
    assert_eq!(channel["recipients"][0]["id"], guest.as_str());
    assert_eq!(client.event("CHANNEL_CREATE").await["recipients"][0]["id"], crew.app.as_str());
    let path = format!("/channels/{}/messages", channel["id"].as_str().unwrap());
    crew.bot.post(&path, json!({"content": "psst"})).await;
    assert_eq!(client.event("MESSAGE_CREATE").await["content"], "psst");
    assert_eq!(crew.person("member").get(&path).await.1["code"], 50001);
}

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
