//! The v10 gateway: one task per connection, JSON text frames, close codes as documented.
//!
//! **Invariant:** whatever a client sends, it is answered with a documented close code or ignored; nothing it sends can stop the
//! task of another.

pub(crate) mod greeting;
pub(crate) mod hub;
pub(crate) mod intents;

use crate::server::Server;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use hub::{BACKLOG, Out};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, sleep_until};

/// Milliseconds between heartbeats, the number Discord has sent for years.
const HEARTBEAT: u64 = 41_250;
/// A client may send this many payloads within `WINDOW`.
const SENDS: usize = 120;
const WINDOW: Duration = Duration::from_mins(1);
/// The largest payload a client may send, in bytes.
const PAYLOAD: usize = 4_096;

/// A reason to close: a documented code and its words.
pub(crate) type Close = (u16, &'static str);

const UNKNOWN_OPCODE: Close = (4001, "Unknown opcode.");
const DECODE_ERROR: Close = (4002, "Error while decoding payload.");
const NOT_AUTHENTICATED: Close = (4003, "Not authenticated.");
const ALREADY_AUTHENTICATED: Close = (4005, "Already authenticated.");
const INVALID_SEQUENCE: Close = (4007, "Invalid seq.");
const RATE_LIMITED: Close = (4008, "Rate limited.");
const TIMED_OUT: Close = (4009, "Session timed out.");

pub(crate) async fn connect(State(server): State<Arc<Server>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.max_message_size(64 * 1024).on_upgrade(move |socket| run(server, socket))
}

/// One connection's state.
struct Connection {
    server: Arc<Server>,
    out: Sender<Out>,
    session: Option<String>,
    bot: bool,
    sent: VecDeque<Instant>,
    last_heartbeat: Instant,
}

async fn run(server: Arc<Server>, mut socket: WebSocket) {
    let (out, inbox) = mpsc::channel(BACKLOG);
    let hello = json!({"op": 10, "s": null, "t": null, "d": {"heartbeat_interval": HEARTBEAT, "_trace": ["sandbox"]}});
    if socket.send(Message::text(hello.to_string())).await.is_err() {
        return;
    }
    let now = Instant::now();
    let mut connection =
        Connection { server, out, session: None, bot: false, sent: VecDeque::new(), last_heartbeat: now };
    let good_bye = converse(&mut connection, &mut socket, inbox).await;
    if let Some(session) = connection.session.take() {
        let mut state = connection.server.lock();
        if good_bye { state.hub.end(&session) } else { state.hub.detach(&session, &connection.out) }
    }
}

/// Runs until either side closes; true when the client closed for good (1000 or 1001).
async fn converse(connection: &mut Connection, socket: &mut WebSocket, mut inbox: Receiver<Out>) -> bool {
    let stopping = connection.server.stopping.clone();
    loop {
        let patience = connection.last_heartbeat + Duration::from_millis(HEARTBEAT * 3 / 2);
        let close = tokio::select! {
            biased;
            () = stopping.cancelled() => (1001, "Going away."),
            () = sleep_until(patience) => TIMED_OUT,
            out = inbox.recv() => match out {
                Some(Out::Text(text)) => {
                    if socket.send(Message::text(text)).await.is_err() {
                        return false;
                    }
                    continue;
                }
                Some(Out::Close(code, words)) => (code, words),
                Some(Out::Cut) | None => return false,
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => match connection.receive(text.as_str()) {
                    Ok(()) => continue,
                    Err(close) => close,
                },
                Some(Ok(Message::Binary(bytes))) => match connection.receive_bytes(&bytes) {
                    Ok(()) => continue,
                    Err(close) => close,
                },
                Some(Ok(Message::Close(frame))) => return frame.is_some_and(|frame| matches!(frame.code, 1000 | 1001)),
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return false,
            },
        };
        let frame = CloseFrame { code: close.0, reason: close.1.into() };
        // The client may be gone already, and then it needs no reason.
        let _ = socket.send(Message::Close(Some(frame))).await;
        return false;
    }
}

impl Connection {
    fn receive_bytes(&mut self, bytes: &Bytes) -> Result<(), Close> {
        self.receive(std::str::from_utf8(bytes).map_err(|_| DECODE_ERROR)?)
    }

    fn receive(&mut self, text: &str) -> Result<(), Close> {
        self.count()?;
        if text.len() > PAYLOAD {
            return Err(self.accused("gateway.payload_size", DECODE_ERROR));
        }
        let payload: Value = serde_json::from_str(text).map_err(|_| DECODE_ERROR)?;
        let data = payload.get("d").unwrap_or(&Value::Null);
        match payload.get("op").and_then(Value::as_u64).ok_or(DECODE_ERROR)? {
            1 => {
                self.last_heartbeat = Instant::now();
                self.reply(&json!({"op": 11, "s": null, "t": null, "d": null}));
                Ok(())
            }
            2 if self.session.is_some() => Err(ALREADY_AUTHENTICATED),
            2 => self.identify(data),
            6 => self.resume(data),
            3 | 4 | 8 | 14 | 37 if self.session.is_none() => Err(NOT_AUTHENTICATED),
            3 => check_presence(data),
            4 if self.bot => {
                let detail = "opcode 4: the sandbox has no voice".to_owned();
                self.server.judge().accuse("sandbox.unsupported", detail, None);
                Ok(())
            }
            // What people's clients say about what they look at: taken, and of no effect here.
            4 | 14 | 31 | 37 => Ok(()),
            8 => self.members(data),
            _ => Err(UNKNOWN_OPCODE),
        }
    }

    /// 120 sends a minute; heartbeats and everything else count.
    fn count(&mut self) -> Result<(), Close> {
        let now = Instant::now();
        while self.sent.front().is_some_and(|first| now.duration_since(*first) > WINDOW) {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
        if self.sent.len() > SENDS { Err(self.accused("gateway.sends", RATE_LIMITED)) } else { Ok(()) }
    }

    fn accused(&self, rule: &'static str, close: Close) -> Close {
        if self.bot {
            self.server.judge().accuse(rule, format!("closed with {}: {}", close.0, close.1), None);
        }
        close
    }

    fn reply(&self, payload: &Value) {
        // A full queue means the hub cuts this connection off with the next event.
        let _ = self.out.try_send(Out::Text(payload.to_string()));
    }

    fn identify(&mut self, data: &Value) -> Result<(), Close> {
        let mut state = self.server.lock();
        let state = &mut *state;
        let url = self.server.gateway_url();
        let greeting = greeting::greet(&state.world, data, &url, self.server.disallowed_intents)?;
        greeting.events.iter().for_each(|(name, data)| self.server.compare_event(name, data));
        state.hub.open(&greeting.session, greeting.listener, &greeting.token, self.out.clone(), greeting.events);
        self.bot = matches!(greeting.listener, hub::Listener::Bot { .. });
        self.session = Some(greeting.session);
        Ok(())
    }

    fn resume(&mut self, data: &Value) -> Result<(), Close> {
        if self.session.is_some() {
            return Err(ALREADY_AUTHENTICATED);
        }
        let text = |field: &str| data.get(field).and_then(Value::as_str).ok_or(DECODE_ERROR);
        let (token, session) = (text("token")?, text("session_id")?);
        let seen = data.get("seq").and_then(Value::as_u64).unwrap_or(0);
        let mut state = self.server.lock();
        let token = token.strip_prefix("Bot ").unwrap_or(token);
        let known = state.hub.session(session).filter(|found| found.token == token).map(|found| found.listener);
        if known.is_some() && state.hub.session(session).is_some_and(|found| !found.has_sent(seen)) {
            return Err(INVALID_SEQUENCE);
        }
        match known {
            Some(listener) if state.hub.resume(session, seen, &self.out) => {
                self.bot = matches!(listener, hub::Listener::Bot { .. });
                self.session = Some(session.to_owned());
            }
            // Not resumable: the client must identify again, on this same connection.
            _ => self.reply(&json!({"op": 9, "s": null, "t": null, "d": false})),
        }
        Ok(())
    }

    fn members(&self, data: &Value) -> Result<(), Close> {
        let Some(session) = &self.session else { return Err(NOT_AUTHENTICATED) };
        let mut state = self.server.lock();
        let state = &mut *state;
        let chunk = greeting::members_chunk(&state.world, state.hub.session(session).map(|found| found.listener), data)
            .ok_or(DECODE_ERROR)?;
        state.hub.answer(session, "GUILD_MEMBERS_CHUNK", &chunk);
        Ok(())
    }
}

/// A presence says how the bot looks; one that says it wrongly closes the connection.
fn check_presence(data: &Value) -> Result<(), Close> {
    let known = ["online", "dnd", "idle", "invisible", "offline"];
    let status = data.get("status").and_then(Value::as_str).is_some_and(|status| known.contains(&status));
    let activities = data.get("activities").is_none_or(|all| all.is_null() || all.is_array());
    if status && activities { Ok(()) } else { Err(DECODE_ERROR) }
}
