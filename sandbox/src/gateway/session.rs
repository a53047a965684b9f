//! One session: who listens, what was said so far, and whether anybody hears it.
//!
//! **Invariant:** its sequence numbers have no holes, and its last `REPLAY` events are kept for a resume.

use super::ending::Ending;
use crate::faults::Twist;
use crate::snowflake::Id;
use serde_json::{Value, json};
use std::collections::VecDeque;
use tokio::sync::mpsc::Sender;

/// Events kept per session for a resume.
const REPLAY: usize = 1_000;

/// What a connection's task is asked to do.
#[derive(Debug)]
pub(crate) enum Out {
    Text(String),
    Close(Ending),
    /// End without a word.
    Cut,
    /// The session is not this connection's any more (opcode 9); it may be resumed or not.
    Invalid {
        resumable: bool,
    },
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
    pub(super) connection: Option<Sender<Out>>,
    /// When it lost its connection, in the hub's own count.
    pub(super) detached: u64,
    /// Its connection is open and passes nothing on; what was said up to here has got through.
    muted: Option<u64>,
    /// An event that waits for the next one to overtake it.
    late: Option<(&'static str, Value)>,
}

impl Session {
    pub(super) fn new(listener: Listener, token: &str, connection: Sender<Out>) -> Self {
        Self {
            listener,
            token: token.to_owned(),
            sequence: 0,
            replay: VecDeque::new(),
            connection: Some(connection),
            detached: 0,
            muted: None,
            late: None,
        }
    }

    pub(super) fn is_bot(&self) -> bool {
        matches!(self.listener, Listener::Bot { .. })
    }

    /// How many events it was sent.
    pub(super) fn sent(&self) -> u64 {
        self.sequence
    }

    /// Whether an event of this number was sent: a client cannot have seen a later one.
    pub(super) fn has_sent(&self, sequence: u64) -> bool {
        sequence <= self.sequence
    }

    pub(super) fn is_muted(&self) -> bool {
        self.muted.is_some()
    }

    /// Says something. True: a connection took it.
    pub(super) fn send(&mut self, name: &str, data: &Value) -> bool {
        self.sequence += 1;
        let text = format!(r#"{{"t":"{name}","s":{},"op":0,"d":{data}}}"#, self.sequence);
        if self.replay.len() == REPLAY {
            self.replay.pop_front();
        }
        self.replay.push_back((self.sequence, text.clone()));
        self.muted.is_none() && self.pass(Out::Text(text))
    }

    /// Says something with what a fault makes of it.
    pub(super) fn send_twisted(&mut self, name: &'static str, data: &Value, twist: Twist) -> bool {
        if twist == Twist::Late && self.connection.is_some() && !self.is_muted() {
            self.late = Some((name, data.clone()));
            return true;
        }
        let sent = self.send(name, data);
        if twist == Twist::Twice {
            self.send(name, data);
        }
        self.send_late();
        sent
    }

    pub(super) fn keeps_back(&self) -> bool {
        self.late.is_some()
    }

    /// Says what waited, if anything does.
    pub(super) fn send_late(&mut self) {
        if let Some((name, data)) = self.late.take() {
            self.send(name, &data);
        }
    }

    /// Goes on with another connection from an event its reader has seen. False: that event is not known any more.
    pub(super) fn resume(&mut self, seen: u64, connection: &Sender<Out>) -> bool {
        let oldest = self.replay.front().map_or(self.sequence + 1, |(sequence, _)| *sequence);
        if seen > self.sequence || seen + 1 < oldest {
            return false;
        }
        if let Some(older) = self.connection.replace(connection.clone()) {
            // The other side may already be gone; then there is nobody to tell.
            let _ = older.try_send(Out::Close(Ending { code: 4000, words: "Session resumed elsewhere" }));
        }
        self.muted = None;
        self.catch_up(seen);
        self.send("RESUMED", &json!({}));
        true
    }

    /// Passes nothing on, or everything again and first what was kept back.
    pub(super) fn mute(&mut self, muted: bool) {
        if !muted {
            if let Some(seen) = self.muted.take() {
                self.catch_up(seen);
            }
        } else if self.connection.is_some() && self.muted.is_none() {
            self.muted = Some(self.sequence);
        }
    }

    fn catch_up(&mut self, seen: u64) {
        let missed: Vec<_> = self.replay.iter().filter(|(sequence, _)| *sequence > seen).cloned().collect();
        for (_, text) in missed {
            self.pass(Out::Text(text));
        }
    }

    /// A connection that takes no more is given up.
    pub(super) fn pass(&mut self, out: Out) -> bool {
        let passed = self.connection.as_ref().is_some_and(|connection| connection.try_send(out).is_ok());
        if !passed {
            self.connection = None;
        }
        passed
    }

    /// Lets go of its connection after a last word to it.
    pub(super) fn release(&mut self, last: Out) {
        self.muted = None;
        if let Some(connection) = self.connection.take() {
            // A full queue means that nobody reads the last word either.
            let _ = connection.try_send(last);
        }
    }
}
