//! The gateway's sessions: who listens, what each may hear, what each has missed.
//!
//! **Invariant:** a session's sequence numbers have no holes, and its last `REPLAY` events are kept for a resume. A session that
//! nobody reads is cut off rather than buffered without end.

use super::ending::Ending;
use super::intents;
use super::presence::Looks;
use super::session::Session;
pub(crate) use super::session::{Listener, Out};
use super::starts::Starts;
use crate::faults::{Faults, Twist};
use crate::snowflake::Id;
use crate::world::{Audience, Event, World};
use serde_json::Value;
use std::collections::BTreeMap;
use tokio::sync::mpsc::Sender;
use tokio::sync::watch;

/// Sessions without a connection that are kept for a resume; the longest gone leave first.
const DETACHED: usize = 32;
/// Messages that may wait for a slow connection.
pub(crate) const BACKLOG: usize = 4_096;

/// What became of an event.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Told {
    /// How many connections took it.
    pub(crate) connections: usize,
    /// A fault keeps it back until [`Hub::send_late`].
    pub(crate) late: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Hub {
    pub(crate) starts: Starts,
    /// How the bot looks.
    pub(crate) looks: Looks,
    sessions: BTreeMap<String, Session>,
    detachments: u64,
    /// Whether the bot is connected, for who shows it.
    online: watch::Sender<bool>,
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
        let mut session = Session::new(listener, token, connection);
        for (name, data) in first {
            session.send(name, &data);
        }
        self.sessions.insert(id.to_owned(), session);
        self.notice();
    }

    /// Whether the bot is connected, now and whenever that changes.
    pub(crate) fn online(&self) -> watch::Receiver<bool> {
        self.online.subscribe()
    }

    fn notice(&self) {
        let online = self.has_bot();
        self.online.send_if_modified(|before| std::mem::replace(before, online) != online);
    }

    /// Lets sessions start as often as they like.
    pub(crate) fn unlimited(mut self) -> Self {
        self.starts = Starts::off();
        self
    }

    pub(crate) fn session(&self, id: &str) -> Option<&Session> {
        self.sessions.get(id)
    }

    /// Goes on with a session from an event its reader has seen. False: that event is not known any more.
    pub(crate) fn resume(&mut self, id: &str, seen: u64, connection: &Sender<Out>) -> bool {
        let resumed = self.sessions.get_mut(id).is_some_and(|session| session.resume(seen, connection));
        self.notice();
        resumed
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
        self.notice();
    }

    /// The connection has ended in a way that leaves nothing to resume, unless another has the session already.
    pub(crate) fn end(&mut self, id: &str, connection: &Sender<Out>) {
        let other =
            |session: &Session| session.connection.as_ref().is_some_and(|other| !other.same_channel(connection));
        if !self.sessions.get(id).is_some_and(other) {
            self.sessions.remove(id);
        }
        self.notice();
    }

    fn bots(&mut self) -> impl Iterator<Item = &mut Session> {
        self.sessions.values_mut().filter(|session| session.is_bot())
    }

    /// Asks the bot's connections for something, such as to reconnect.
    pub(crate) fn tell_bots(&mut self, text: &Value) {
        for session in self.bots().filter(|session| !session.is_muted()) {
            session.pass(Out::Text(text.to_string()));
        }
    }

    /// Drops the bot's connections without a word, as a network does; their sessions can be resumed.
    pub(crate) fn cut_bots(&mut self) {
        self.bots().for_each(|session| session.release(Out::Cut));
        self.notice();
    }

    /// Closes the bot's connections; whether their sessions can be resumed depends on the code.
    pub(crate) fn close_bots(&mut self, code: u16) {
        self.bots().for_each(|session| session.release(Out::Close(Ending::of(code))));
        self.keep_bots(Ending::keeps_session(code));
    }

    /// Tells the bot that its sessions are invalid.
    pub(crate) fn invalidate_bots(&mut self, resumable: bool) {
        self.bots().for_each(|session| session.release(Out::Invalid { resumable }));
        self.keep_bots(resumable);
    }

    fn keep_bots(&mut self, kept: bool) {
        self.sessions.retain(|_, session| kept || !session.is_bot());
        self.notice();
    }

    /// Lets the bot's connections pass nothing on, or everything again.
    pub(crate) fn mute_bots(&mut self, muted: bool) {
        self.bots().for_each(|session| session.mute(muted));
    }

    pub(crate) fn is_muted(&self, id: &str) -> bool {
        self.sessions.get(id).is_some_and(Session::is_muted)
    }

    /// How many events the bot's sessions were sent so far.
    pub(crate) fn sent_to_bots(&self) -> u64 {
        self.sessions.values().filter(|session| session.is_bot()).map(Session::sent).sum()
    }

    /// The bot's connections.
    pub(crate) fn connections(&self) -> Vec<Sender<Out>> {
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

    /// Sends an event to every session that may hear it. Faults may keep it from the bot, or twist it.
    pub(crate) fn dispatch(&mut self, world: &World, faults: &mut Faults, event: &Event) -> Told {
        let bot = world.application.id;
        let bot_text = bot.to_string();
        let out = event.guild.is_some_and(|guild| faults.is_out(guild)) && event.name != "GUILD_DELETE";
        // One at a time: what is kept back now is overtaken by this one.
        let mut twist = self.sessions.values().any(Session::keeps_back).then_some(Twist::None);
        let mut told = Told::default();
        for session in self.sessions.values_mut() {
            let data = match session.listener {
                Listener::Bot { intents, shard } => {
                    let direct = event.guild.is_none();
                    let hears = !out
                        && concerns(world, event, bot)
                        && on_shard(shard, event.guild)
                        && intents::allows(intents, event.name, direct);
                    hears.then(|| intents::redacted(intents, event.name, &event.data, &bot_text, direct))
                }
                Listener::Person(user) => {
                    (!for_bots_only(event) && concerns(world, event, user)).then(|| event.data.clone())
                }
            };
            let Some(data) = data else { continue };
            let twist = if session.is_bot() { *twist.get_or_insert_with(|| faults.twist()) } else { Twist::None };
            told.late |= twist == Twist::Late;
            told.connections += usize::from(session.send_twisted(event.name, &data, twist));
        }
        told
    }

    /// Sends what was kept back and not overtaken.
    pub(crate) fn send_late(&mut self) {
        self.bots().for_each(Session::send_late);
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
