//! Connections over which it tells: welcomed, kept alive, moved, closed by its rules, and silent where a story wants it.

use std::{
    collections::BTreeMap,
    io::ErrorKind,
    net::TcpStream,
    sync::{
        atomic::Ordering,
        mpsc::{self, Receiver, Sender},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{
    Error, Message, WebSocket,
    handshake::derive_accept_key,
    protocol::{CloseFrame, Role},
};

use super::{
    State, Twitch,
    eventsub::{Subscription, Way, no, online},
    streams::moment,
};
use crate::{
    clouds::{cloud::Shared, oauth::Access},
    http::{Out, Request},
};

/// What one connection may be subscribed to, and what all of a person's may cost.
const MOST: usize = 300;
const BUDGET: usize = 10;
/// Connections of a person that are subscribed to anything.
const CONNECTIONS: usize = 3;
/// Nothing is subscribed to for so long: it is closed.
const UNUSED: Duration = Duration::from_secs(10);
/// How long a connection is looked at for what it says.
const LOOK: Duration = Duration::from_millis(20);

/// All connections.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    /// By their sessions.
    all: BTreeMap<String, Sender<Say>>,
    /// Sessions that go on elsewhere, by the word in that address.
    moving: BTreeMap<String, String>,
    /// What one connection may be subscribed to, what all of a person's may cost, and how long one may be subscribed to nothing, where a
    /// story says so.
    limits: (Option<usize>, Option<usize>, Option<Duration>),
    /// Whether one that goes on elsewhere is closed before the other one is welcomed.
    hurries: bool,
    /// How often each says that it is there, in place of what is asked.
    alive: Option<Duration>,
    /// Connections there ever were, by what each was closed with by us.
    opened: usize,
    closed: Vec<u16>,
    /// Nothing is said any more over those that stand.
    silent: Vec<String>,
    /// Messages that somebody sent us.
    heard: usize,
    told: usize,
}

/// What is said over one.
#[derive(Debug)]
enum Say {
    Text(String),
    Close(u16),
    Cut,
}

impl Twitch {
    /// Every connection from now on says so often that it is there.
    pub fn alive_every(&self, span: Duration) {
        self.cloud.shared.state().sockets.alive = Some(span);
    }

    /// From now on a connection takes so many, and all of a person's may cost so much.
    pub fn has_room_for(&self, most: usize, budget: usize) {
        let limits = &mut self.cloud.shared.state().sockets.limits;
        (limits.0, limits.1) = (Some(most), Some(budget));
    }

    /// A connection over which nothing is subscribed to is closed after this.
    pub fn unused_after(&self, span: Duration) {
        self.cloud.shared.state().sockets.limits.2 = Some(span);
    }

    /// What is subscribed to over connections, as kind and whose channel, and in whose name.
    pub fn heard_by(&self) -> Vec<(String, String, String)> {
        let state = self.cloud.shared.state();
        let all = state.subscriptions.iter().filter_map(|one| match &one.way {
            Way::Session(_, person) => Some((one.kind.clone(), one.user.clone(), person.clone())),
            Way::Address(..) => None,
        });
        all.collect()
    }

    /// How many connections there ever were.
    pub fn opened(&self) -> usize {
        self.cloud.shared.state().sockets.opened
    }

    /// How many stand.
    pub fn standing(&self) -> usize {
        self.cloud.shared.state().sockets.all.len()
    }

    /// By which codes connections were closed.
    pub fn closed(&self) -> Vec<u16> {
        self.cloud.shared.state().sockets.closed.clone()
    }

    /// How many messages came in, of which there must be none.
    pub fn was_told(&self) -> usize {
        self.cloud.shared.state().sockets.heard
    }

    /// Something happens on somebody's channel. The answer is to how many it is told, each under this id.
    pub fn happens(&self, kind: &str, user: &str, message: &str, event: &Value) -> usize {
        let now = self.cloud.shared.now();
        self.cloud.shared.state().tell(kind, user, (message, now), event)
    }

    /// It is told over connections that somebody is live.
    pub fn tells_online(&self, user: &str, message: &str) -> usize {
        let (now, mut state) = (self.cloud.shared.now(), self.cloud.shared.state());
        let Some(event) = online(&state, user) else { return 0 };
        state.tell("stream.online", user, (message, now), &event)
    }

    /// Nothing comes over any connection that stands now, and none is closed.
    pub fn falls_silent(&self) {
        let sockets = &mut self.cloud.shared.state().sockets;
        sockets.silent = sockets.all.keys().cloned().collect();
    }

    /// Every connection goes on elsewhere.
    pub fn moves(&self) {
        let now = self.cloud.shared.now();
        let mut state = self.cloud.shared.state();
        let sessions: Vec<String> = state.sockets.all.keys().cloned().collect();
        for session in sessions {
            let word = format!("word-{session}");
            let address = format!("{}/eventsub/ws?id={word}", self.url().replace("http://", "ws://"));
            state.sockets.moving.insert(word, session.clone());
            let payload = json!({ "session": {
                "id": session, "status": "reconnecting", "keepalive_timeout_seconds": null,
                "reconnect_url": address, "connected_at": moment(now),
            } });
            state.sockets.say(&session, "session_reconnect", now, &payload);
        }
    }

    /// From now on a connection that goes on elsewhere is closed before the other one is welcomed.
    pub fn hurries(&self) {
        self.cloud.shared.state().sockets.hurries = true;
    }

    /// Every connection is closed under this code; what was subscribed to over it is gone.
    pub fn hangs_up(&self, code: u16) {
        let sockets = &self.cloud.shared.state().sockets;
        sockets.all.values().for_each(|out| drop(out.send(Say::Close(code))));
    }

    /// Every connection breaks off without a word.
    pub fn breaks_off(&self) {
        let sockets = &self.cloud.shared.state().sockets;
        sockets.all.values().for_each(|out| drop(out.send(Say::Cut)));
    }

    /// Somebody takes back what they gave, and it is told wherever that was used.
    pub fn revokes(&self, person: &str) {
        let now = self.cloud.shared.now();
        let mut state = self.cloud.shared.state();
        state.tokens.take_back(person);
        let (gone, left): (Vec<_>, Vec<_>) = std::mem::take(&mut state.subscriptions)
            .into_iter()
            .partition(|one| matches!(&one.way, Way::Session(_, whose) if whose == person));
        state.subscriptions = left;
        for mut one in gone {
            "authorization_revoked".clone_into(&mut one.status);
            let Way::Session(session, _) = &one.way else { continue };
            let session = session.clone();
            let payload = json!({ "subscription": one.shown() });
            state.sockets.say(&session, "revocation", now, &payload);
        }
    }
}

impl State {
    fn tell(&mut self, kind: &str, user: &str, (message, now): (&str, i64), event: &Value) -> usize {
        let is_it = |one: &&Subscription| one.kind == kind && one.user == user;
        let told: Vec<(String, Value)> = self
            .subscriptions
            .iter()
            .filter(is_it)
            .filter_map(|one| match &one.way {
                Way::Session(session, _) => Some((session.clone(), one.shown())),
                Way::Address(..) => None,
            })
            .collect();
        for (session, subscription) in &told {
            let said = json!({
                "metadata": {
                    "message_id": message, "message_type": "notification", "message_timestamp": moment(now),
                    "subscription_type": kind, "subscription_version": subscription["version"],
                },
                "payload": { "subscription": subscription, "event": event },
            });
            self.sockets.send(session, said.to_string());
        }
        told.len()
    }
}

impl Sockets {
    fn say(&mut self, session: &str, kind: &str, now: i64, payload: &Value) {
        self.told += 1;
        let mut metadata = json!({
            "message_id": format!("{kind}-{}", self.told), "message_type": kind, "message_timestamp": moment(now),
        });
        if let Some(about) = payload["subscription"]["type"].as_str() {
            metadata["subscription_type"] = json!(about);
        }
        self.send(session, json!({ "metadata": metadata, "payload": payload }).to_string());
    }

    fn send(&self, session: &str, text: String) {
        if self.silent.iter().any(|silent| silent == session) {
            return;
        }
        if let Some(out) = self.all.get(session) {
            let _ = out.send(Say::Text(text));
        }
    }
}

/// What somebody must have let whoever asks do.
fn scope(kind: &str) -> Option<&'static str> {
    match kind {
        "channel.follow" => Some("moderator:read:followers"),
        "channel.cheer" => Some("bits:read"),
        kind if kind.starts_with("channel.chat.") => Some("user:read:chat"),
        kind if kind.starts_with("channel.subscri") => Some("channel:read:subscriptions"),
        _ => None,
    }
}

/// Whether something may be subscribed to over a connection, and what it costs.
pub(super) fn may(
    state: &State,
    (session, kind, user, condition): (&str, &str, &str, &Value),
    who: Option<&Access>,
) -> Result<(Way, usize), (u16, &'static str)> {
    let person = who.and_then(|who| Some((who.person.as_deref()?, &who.scopes)));
    let (person, scopes) = person.ok_or((400, "a person's token is needed"))?;
    if !state.sockets.all.contains_key(session) {
        return Err((400, "there is no such session"));
    }
    let needs = scope(kind);
    if needs.is_some_and(|scope| !scopes.iter().any(|held| held == scope)) {
        return Err((403, "a scope is missing"));
    }
    let is_chat = kind.starts_with("channel.chat.");
    let as_whom = if is_chat { "user_id" } else { "moderator_user_id" };
    if (is_chat || kind == "channel.follow") && condition[as_whom] != person {
        return Err((403, "that is somebody else"));
    }
    let cost = usize::from(!state.tokens.people.contains_key(user));
    let (mut sessions, mut spent, mut held) = (vec![session], 0, 0);
    for one in &state.subscriptions {
        let Way::Session(its, whose) = &one.way else { continue };
        if its == session {
            held += 1;
            if whose != person {
                return Err((400, "that session is somebody else's"));
            }
        }
        if whose == person {
            spent += one.cost;
            sessions.push(its);
        }
    }
    sessions.sort_unstable();
    sessions.dedup();
    let (most, budget, _) = state.sockets.limits;
    let is_over = cost > 0 && spent + cost > budget.unwrap_or(BUDGET);
    if sessions.len() > CONNECTIONS || held >= most.unwrap_or(MOST) || is_over {
        return Err((429, "that is too much"));
    }
    Ok((Way::Session(session.to_owned(), person.to_owned()), cost))
}

/// What goes on here is told here from now on, and the connection before is closed. The answer is which one that was.
fn goes_on(state: &mut State, word: &str, session: &str) -> Option<String> {
    let before = state.sockets.moving.remove(word)?;
    for one in &mut state.subscriptions {
        if let Way::Session(its, _) = &mut one.way
            && *its == before
        {
            session.clone_into(its);
        }
    }
    if let Some(out) = state.sockets.all.get(&before) {
        let _ = out.send(Say::Close(4004));
    }
    Some(before)
}

/// Serves a connection until it is over.
pub(super) fn serve(shared: &Shared<State>, request: &Request, out: Out) {
    let Some(key) = request.headers.get("sec-websocket-key") else { return no(out, 400, "no websocket") };
    let query = request.query();
    let asked = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let (sender, said) = mpsc::channel();
    let (session, alive) = {
        let mut state = shared.state();
        state.sockets.opened += 1;
        let session = format!("session-{}", state.sockets.opened);
        let asked_for = asked("keepalive_timeout_seconds").and_then(|span| span.parse().ok()).map(Duration::from_secs);
        let alive = state.sockets.alive.or(asked_for).unwrap_or(Duration::from_secs(10));
        (session, alive)
    };
    let (stream, over) = out.upgraded(&derive_accept_key(key.as_bytes()));
    let _ = stream.set_read_timeout(Some(LOOK));
    let mut socket = WebSocket::from_raw_socket(stream, Role::Server, None);
    let word = asked("id").unwrap_or_default();
    let before = {
        let mut state = shared.state();
        if state.sockets.hurries { goes_on(&mut state, &word, &session) } else { None }
    };
    let is_there = |before: &String| shared.state().sockets.all.contains_key(before);
    while before.as_ref().is_some_and(is_there) && !over.load(Ordering::Acquire) {
        std::thread::sleep(LOOK);
    }
    {
        let now = shared.now();
        let mut state = shared.state();
        let payload = json!({ "session": {
            "id": session, "status": "connected", "keepalive_timeout_seconds": alive.as_secs().max(1),
            "reconnect_url": null, "connected_at": moment(now),
        } });
        // It stands once it is welcomed: nothing is said there before.
        state.sockets.all.insert(session.clone(), sender);
        state.sockets.say(&session, "session_welcome", now, &payload);
        goes_on(&mut state, &word, &session);
    }
    let code = speak(shared, &mut socket, &said, (&session, alive, &over));
    let mut state = shared.state();
    if let Some(code) = code {
        state.sockets.closed.push(code);
    }
    state.sockets.all.remove(&session);
    state.subscriptions.retain(|one| !matches!(&one.way, Way::Session(its, _) if *its == session));
}

/// Speaks over a connection. The answer is by which code we closed it, where we did.
fn speak(
    shared: &Shared<State>,
    socket: &mut WebSocket<TcpStream>,
    said: &Receiver<Say>,
    (session, alive, over): (&str, Duration, &std::sync::atomic::AtomicBool),
) -> Option<u16> {
    let (began, mut last) = (Instant::now(), Instant::now());
    let unused = shared.state().sockets.limits.2.unwrap_or(UNUSED);
    while !over.load(Ordering::Acquire) {
        for say in said.try_iter() {
            last = Instant::now();
            match say {
                Say::Text(text) => drop(socket.send(Message::text(text))),
                Say::Close(code) => return Some(close(socket, code)),
                Say::Cut => return None,
            }
        }
        if last.elapsed() >= alive {
            last = Instant::now();
            let now = shared.now();
            shared.state().sockets.say(session, "session_keepalive", now, &json!({}));
        }
        let is_used = || {
            let state = shared.state();
            state.subscriptions.iter().any(|one| matches!(&one.way, Way::Session(its, _) if its == session))
        };
        if began.elapsed() >= unused && !is_used() {
            return Some(close(socket, 4003));
        }
        match socket.read() {
            Ok(Message::Text(_) | Message::Binary(_)) => {
                shared.state().sockets.heard += 1;
                return Some(close(socket, 4001));
            }
            Ok(_) => {}
            Err(Error::Io(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => return None,
        }
    }
    None
}

fn close(socket: &mut WebSocket<TcpStream>, code: u16) -> u16 {
    let _ = socket.close(Some(CloseFrame { code: code.into(), reason: "".into() }));
    let _ = socket.flush();
    code
}
