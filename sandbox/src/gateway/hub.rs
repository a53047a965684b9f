//! The gateway's sessions: who listens, what each may hear, what each has missed.
//!
//! **Invariant:** a session's sequence numbers have no holes, and its last `REPLAY` events are kept for a resume. A session that
//! nobody reads is cut off rather than buffered without end.

use super::intents;
use crate::snowflake::Id;
use crate::world::{Audience, Event, World};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use tokio::sync::mpsc::Sender;

/// Events kept per session for a resume.
const REPLAY: usize = 1_000;
/// Sessions without a connection that are kept for a resume; the longest gone leave first.
const DETACHED: usize = 32;
/// Messages that may wait for a slow connection.
pub(crate) const BACKLOG: usize = 4_096;

/// What a connection's task is asked to do.
#[derive(Debug)]
pub(crate) enum Out {
    Text(String),
    Close(u16, &'static str),
    /// End without a word.
    Cut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listener {
    Bot { intents: u64, shard: (u64, u64) },
    Person(Id),
}

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) listener: Listener,
    pub(crate) token: String,
    sequence: u64,
    replay: VecDeque<(u64, String)>,
    connection: Option<Sender<Out>>,
    /// When it lost its connection, in the hub's own count.
    detached: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Hub {
    sessions: BTreeMap<String, Session>,
    detachments: u64,
}

impl Session {
    fn is_bot(&self) -> bool {
        matches!(self.listener, Listener::Bot { .. })
    }

    fn send(&mut self, name: &str, data: &Value) -> bool {
        self.sequence += 1;
        let text = format!(r#"{{"t":"{name}","s":{},"op":0,"d":{data}}}"#, self.sequence);
        if self.replay.len() == REPLAY {
            self.replay.pop_front();
        }
        self.replay.push_back((self.sequence, text.clone()));
        let sent = self.connection.as_ref().is_some_and(|connection| connection.try_send(Out::Text(text)).is_ok());
        if !sent {
            self.connection = None;
        }
        sent
    }
}

impl Hub {
    /// Starts a session and sends its first events.
    pub(crate) fn open(
        &mut self,
        id: &str,
        listener: Listener,
        token: &str,
        connection: Sender<Out>,
        first: Vec<(&'static str, Value)>,
    ) {
        let (token, connection) = (token.to_owned(), Some(connection));
        let mut session = Session { listener, token, sequence: 0, replay: VecDeque::new(), connection, detached: 0 };
        for (name, data) in first {
            session.send(name, &data);
        }
        self.sessions.insert(id.to_owned(), session);
    }

    pub(crate) fn session(&self, id: &str) -> Option<&Session> {
        self.sessions.get(id)
    }

    /// Goes on with a session from an event its reader has seen. False: that event is not known any more.
    pub(crate) fn resume(&mut self, id: &str, seen: u64, connection: &Sender<Out>) -> bool {
        let Some(session) = self.sessions.get_mut(id) else { return false };
        let oldest = session.replay.front().map_or(session.sequence + 1, |(sequence, _)| *sequence);
        if seen > session.sequence || seen + 1 < oldest {
            return false;
        }
        if let Some(older) = session.connection.replace(connection.clone()) {
            // The other side may already be gone; then there is nobody to tell.
            let _ = older.try_send(Out::Close(4000, "Session resumed elsewhere"));
        }
        for (_, text) in session.replay.iter().filter(|(sequence, _)| *sequence > seen) {
            let _ = connection.try_send(Out::Text(text.clone()));
        }
        session.send("RESUMED", &json!({}));
        true
    }

    /// The connection is gone; the session waits for a resume.
    pub(crate) fn detach(&mut self, id: &str, connection: &Sender<Out>) {
        self.detachments += 1;
        let Some(session) = self.sessions.get_mut(id) else { return };
        // A resume may have given the session another connection already.
        if session.connection.as_ref().is_some_and(|other| !other.same_channel(connection)) {
            return;
        }
        session.connection = None;
        session.detached = self.detachments;
        let waiting = || self.sessions.iter().filter(|(_, session)| session.connection.is_none());
        if waiting().count() > DETACHED {
            let longest = waiting().min_by_key(|(_, session)| session.detached).map(|(id, _)| id.clone());
            longest.and_then(|id| self.sessions.remove(&id));
        }
    }

    /// The client said good-bye: there is nothing to resume.
    pub(crate) fn end(&mut self, id: &str) {
        self.sessions.remove(id);
    }

    /// Asks the bot's connections for something, such as to reconnect.
    pub(crate) fn tell_bots(&mut self, text: &Value) {
        for session in self.sessions.values().filter(|session| session.is_bot()) {
            if let Some(connection) = &session.connection {
                let _ = connection.try_send(Out::Text(text.to_string()));
            }
        }
    }

    /// Drops the bot's connections without a word, as a network does; their sessions can be resumed.
    pub(crate) fn cut_bots(&mut self) {
        for session in self.sessions.values_mut().filter(|session| session.is_bot()) {
            if let Some(connection) = session.connection.take() {
                let _ = connection.try_send(Out::Cut);
            }
        }
    }

    /// How many events the bot's sessions were sent so far.
    pub(crate) fn sent_to_bots(&self) -> u64 {
        self.sessions.values().filter(|session| session.is_bot()).map(|session| session.sequence).sum()
    }

    /// The bot's connections.
    pub(crate) fn bots(&self) -> Vec<Sender<Out>> {
        let bots = self.sessions.values().filter(|session| session.is_bot());
        bots.filter_map(|session| session.connection.clone()).collect()
    }

    pub(crate) fn has_bot(&self) -> bool {
        self.sessions.values().any(|session| session.is_bot() && session.connection.is_some())
    }

    /// Sends one session an event that only it asked for.
    pub(crate) fn answer(&mut self, id: &str, name: &str, data: &Value) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.send(name, data);
        }
    }

    /// Sends an event to every session that may hear it; returns how many connections took it.
    pub(crate) fn dispatch(&mut self, world: &World, event: &Event) -> usize {
        let bot = world.application.id;
        let bot_text = bot.to_string();
        let mut told = 0;
        for session in self.sessions.values_mut() {
            let data = match session.listener {
                Listener::Bot { intents, shard } => {
                    let direct = event.guild.is_none();
                    let hears = concerns(world, event, bot)
                        && on_shard(shard, event.guild)
                        && intents::allows(intents, event.name, direct);
                    hears.then(|| intents::redacted(intents, event.name, &event.data, &bot_text, direct))
                }
                Listener::Person(user) => {
                    (!for_bots_only(event) && concerns(world, event, user)).then(|| event.data.clone())
                }
            };
            if let Some(data) = data {
                told += usize::from(session.send(event.name, &data));
            }
        }
        told
    }
}

fn for_bots_only(event: &Event) -> bool {
    matches!(event.audience, Audience::Bot(_))
}

/// Shard 0 also hears what happens outside guilds.
pub(crate) fn on_shard((index, count): (u64, u64), guild: Option<Id>) -> bool {
    guild.map_or(0, |guild| (guild >> 22) % count) == index
}

fn concerns(world: &World, event: &Event, account: Id) -> bool {
    let bot = account == world.application.id;
    match &event.audience {
        Audience::Guild(guild) => world.guilds.get(guild).is_some_and(|guild| guild.members.contains_key(&account)),
        // Bots hear of every channel of their guilds, but not what is said where they cannot look.
        Audience::Channel(_) if bot && event.name.starts_with("CHANNEL_") && event.guild.is_some() => true,
        Audience::Channel(channel) => world.can_see(account, *channel),
        Audience::Accounts(accounts) => accounts.contains(&account),
        Audience::User(user) => *user == account,
        Audience::Whisper { user, channel } => bot || (*user == account && world.can_see(account, *channel)),
        Audience::Bot(_) => bot,
    }
}
