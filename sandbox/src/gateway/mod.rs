//! The v10 gateway: one task per connection, JSON text frames, close codes as documented.
//!
//! **Invariant:** whatever a client sends, it is answered with a documented close code or ignored; nothing it sends can stop the
//! task of another.

mod ending;
pub(crate) mod greeting;
pub(crate) mod hub;
pub(crate) mod intents;
pub(crate) mod presence;
mod session;
mod starts;

use crate::server::Server;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use ending::Ending;
use hub::{BACKLOG, Out};
use serde_json::{Value, json};
use starts::TooMany;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, sleep_until};

/// Between heartbeats; the number Discord has sent for years.
pub(crate) const HEARTBEAT: Duration = Duration::from_millis(41_250);
/// A client may send this many payloads within `WINDOW`.
const SENDS: usize = 120;
const WINDOW: Duration = Duration::from_mins(1);
/// The largest payload a client may send, in bytes.
const PAYLOAD: usize = 4_096;

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
    let interval = u64::try_from(server.heartbeat.as_millis()).unwrap_or(u64::MAX);
    let hello = json!({"op": 10, "s": null, "t": null, "d": {"heartbeat_interval": interval, "_trace": ["sandbox"]}});
    if socket.send(Message::text(hello.to_string())).await.is_err() {
        return;
    }
    let now = Instant::now();
    let mut connection =
        Connection { server, out, session: None, bot: false, sent: VecDeque::new(), last_heartbeat: now };
    let keeps_session = converse(&mut connection, &mut socket, inbox).await;
    if let Some(session) = connection.session.take() {
        let mut state = connection.server.lock();
        if keeps_session {
            state.hub.detach(&session, &connection.out);
        } else {
            state.hub.end(&session, &connection.out);
        }
    }
}

/// Runs until either side closes; true when the session outlives it.
async fn converse(connection: &mut Connection, socket: &mut WebSocket, mut inbox: Receiver<Out>) -> bool {
    let stopping = connection.server.stopping.clone();
    loop {
        let patience = connection.last_heartbeat + connection.server.heartbeat * 3 / 2;
        let end = tokio::select! {
            biased;
            () = stopping.cancelled() => Ending::GOING_AWAY,
            () = sleep_until(patience) => Ending::TIMED_OUT,
            out = inbox.recv() => match out {
                Some(Out::Text(text)) => {
                    if socket.send(Message::text(text)).await.is_err() {
                        return true;
                    }
                    continue;
                }
                Some(Out::Invalid { resumable }) => {
                    connection.session = None;
                    connection.reply(&invalid_session(resumable));
                    continue;
                }
                Some(Out::Close(end)) => end,
                Some(Out::Cut) | None => return true,
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => match connection.receive(text.as_str()) {
                    Ok(()) => continue,
                    Err(end) => end,
                },
                Some(Ok(Message::Binary(bytes))) => match connection.receive_bytes(&bytes) {
                    Ok(()) => continue,
                    Err(end) => end,
                },
                Some(Ok(Message::Close(frame))) => {
                    // No code says good-bye but these two.
                    return frame.is_none_or(|frame| !matches!(frame.code, 1000 | 1001));
                }
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return true,
            },
        };
        let frame = CloseFrame { code: end.code, reason: end.words.into() };
        // The client may be gone already, and then it needs no reason.
        let _ = socket.send(Message::Close(Some(frame))).await;
        return Ending::keeps_session(end.code);
    }
}

impl Connection {
    fn receive_bytes(&mut self, bytes: &Bytes) -> Result<(), Ending> {
        self.receive(std::str::from_utf8(bytes).map_err(|_| Ending::DECODE_ERROR)?)
    }

    fn receive(&mut self, text: &str) -> Result<(), Ending> {
        self.count()?;
        if text.len() > PAYLOAD {
            return Err(self.accused("gateway.payload_size", Ending::DECODE_ERROR));
        }
        let payload: Value = serde_json::from_str(text).map_err(|_| Ending::DECODE_ERROR)?;
        let data = payload.get("d").unwrap_or(&Value::Null);
        match payload.get("op").and_then(Value::as_u64).ok_or(Ending::DECODE_ERROR)? {
            1 => {
                self.last_heartbeat = Instant::now();
                self.acknowledge();
                Ok(())
            }
            2 if self.session.is_some() => Err(Ending::ALREADY_AUTHENTICATED),
            2 => self.identify(data),
            6 => self.resume(data),
            3 | 4 | 8 | 14 | 37 if self.session.is_none() => Err(Ending::NOT_AUTHENTICATED),
            3 => self.look(data),
            4 if self.bot => {
                let detail = "opcode 4: the sandbox has no voice".to_owned();
                self.server.judge().accuse("sandbox.unsupported", detail, None);
                Ok(())
            }
            // What people's clients say about what they look at: taken, and of no effect here.
            4 | 14 | 31 | 37 => Ok(()),
            8 => self.members(data),
            _ => Err(Ending::UNKNOWN_OPCODE),
        }
    }

    /// 120 sends a minute; heartbeats and everything else count.
    fn count(&mut self) -> Result<(), Ending> {
        let now = Instant::now();
        while self.sent.front().is_some_and(|first| now.duration_since(*first) > WINDOW) {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
        if self.sent.len() > SENDS { Err(self.accused("gateway.sends", Ending::RATE_LIMITED)) } else { Ok(()) }
    }

    fn accused(&self, rule: &'static str, end: Ending) -> Ending {
        if self.bot {
            self.server.judge().accuse(rule, format!("closed with {}: {}", end.code, end.words), None);
        }
        end
    }

    /// Answers a heartbeat, unless a fault silences it.
    fn acknowledge(&self) {
        let silent = self.bot && {
            let mut state = self.server.lock();
            let muted = self.session.as_ref().is_some_and(|session| state.hub.is_muted(session));
            muted || state.faults.silences()
        };
        if !silent {
            self.reply(&json!({"op": 11, "s": null, "t": null, "d": null}));
        }
    }

    fn reply(&self, payload: &Value) {
        // A full queue means the hub cuts this connection off with the next event.
        let _ = self.out.try_send(Out::Text(payload.to_string()));
    }

    /// A presence says how the bot looks; one that says it wrongly closes the connection.
    fn look(&self, data: &Value) -> Result<(), Ending> {
        match presence::read(data) {
            Ok(looks) if self.bot => self.server.lock().hub.looks.set(looks),
            // People look as they are.
            Ok(_) => {}
            Err(detail) => return Err(self.wrong_presence(detail)),
        }
        Ok(())
    }

    fn wrong_presence(&self, detail: String) -> Ending {
        if self.bot {
            self.server.judge().accuse("gateway.presence", detail, None);
        }
        Ending::DECODE_ERROR
    }

    fn identify(&mut self, data: &Value) -> Result<(), Ending> {
        let mut state = self.server.lock();
        let state = &mut *state;
        let url = self.server.gateway_url();
        let greeting = greeting::greet(
            &state.world,
            &state.faults,
            data,
            &url,
            self.server.disallowed_intents.load(Ordering::Relaxed),
        )?;
        greeting.events.iter().for_each(|(name, data)| self.server.compare_event(name, data));
        self.bot = matches!(greeting.listener, hub::Listener::Bot { .. });
        if self.bot {
            match presence::read_first(data) {
                Ok(looks) => state.hub.looks.begin(looks),
                Err(detail) => return Err(self.wrong_presence(detail)),
            }
            match state.hub.starts.count(self.server.elapsed()) {
                Ok(()) => {}
                Err(TooMany::AtOnce) => {
                    self.reply(&invalid_session(false));
                    return Ok(());
                }
                Err(TooMany::Today) => {
                    state.hub.close_bots(Ending::AUTHENTICATION_FAILED.code);
                    return Err(self.accused("gateway.identifies", Ending::AUTHENTICATION_FAILED));
                }
            }
        }
        state.hub.open(&greeting.session, greeting.listener, &greeting.token, self.out.clone(), greeting.events);
        self.session = Some(greeting.session);
        Ok(())
    }

    fn resume(&mut self, data: &Value) -> Result<(), Ending> {
        if self.session.is_some() {
            return Err(Ending::ALREADY_AUTHENTICATED);
        }
        let text = |field: &str| data.get(field).and_then(Value::as_str).ok_or(Ending::DECODE_ERROR);
        let (token, session) = (text("token")?, text("session_id")?);
        let seen = data.get("seq").and_then(Value::as_u64).unwrap_or(0);
        let mut state = self.server.lock();
        let token = token.strip_prefix("Bot ").unwrap_or(token);
        let known = state.hub.session(session).filter(|found| found.token == token).map(|found| found.listener);
        if known.is_some() && state.hub.session(session).is_some_and(|found| !found.has_sent(seen)) {
            return Err(Ending::INVALID_SEQUENCE);
        }
        match known {
            Some(listener) if state.hub.resume(session, seen, &self.out) => {
                self.bot = matches!(listener, hub::Listener::Bot { .. });
                self.session = Some(session.to_owned());
            }
            // Not resumable: the client must identify again, on this same connection.
            _ => self.reply(&invalid_session(false)),
        }
        Ok(())
    }

    fn members(&self, data: &Value) -> Result<(), Ending> {
        let Some(session) = &self.session else { return Err(Ending::NOT_AUTHENTICATED) };
        let mut state = self.server.lock();
        let state = &mut *state;
        let chunk = greeting::members_chunk(&state.world, state.hub.session(session).map(|found| found.listener), data)
            .ok_or(Ending::DECODE_ERROR)?;
        state.hub.answer(session, "GUILD_MEMBERS_CHUNK", &chunk);
        Ok(())
    }
}

fn invalid_session(resumable: bool) -> Value {
    json!({"op": 9, "s": null, "t": null, "d": resumable})
}
