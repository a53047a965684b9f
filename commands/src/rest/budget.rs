//! Who may send next: every request waits here for its turn, the most urgent first.
//!
//! **Invariants:** a turn is handed out only where Discord's limits leave one, and what ended without an answer counts as sent. What
//! is remembered of idle resources is bounded.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    call::Call,
    counter::Counter,
    headers::{Limit, Told, Whom},
    sliding::Sliding,
};

/// What Discord lets a bot ask in a second, what interactions allow aside.
const GLOBAL: usize = 50;
/// Requests on their way at once: each of a thousand would open a connection of its own. Acknowledgements never wait for a place,
/// but take one: nothing else begins while many of them are on their way, or the next ones would be late.
const AT_ONCE: usize = 32;
/// Edits of old messages in one channel. Discord tells this limit only where it is exceeded; this is what was seen.
const OLD_EDITS: (usize, Duration) = (30, Duration::from_mins(10));
/// Counters kept before idle ones are looked for.
const KEPT: usize = 256;

/// What goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// Somebody waits for an answer.
    Answer,
    /// Somebody must decide or act: approvals, incidents.
    Urgent,
    /// How something ended.
    Result,
    /// For whoever reads later.
    Background,
    /// What is going on just now: the next moment brings another.
    Live,
}

impl Rank {
    /// Of so many turns for all, those that are left to what matters more.
    fn leaves(self, all: usize) -> usize {
        match self {
            Self::Answer => 0,
            Self::Urgent => all / 20,
            Self::Result => all / 10,
            Self::Background | Self::Live => all * 2 / 5,
        }
    }

    /// The same of what is on its way at once. Who is told why not, and what is going on, never take the machine's time from
    /// acknowledgements: a thousand presses are a thousand of both.
    fn leaves_at_once(self) -> usize {
        match self {
            Self::Answer => 0,
            Self::Urgent | Self::Result => AT_ONCE / 8,
            Self::Background | Self::Live => AT_ONCE - 4,
        }
    }

    /// The same of one bucket, which is small.
    fn leaves_in_bucket(self) -> u32 {
        u32::from(self >= Self::Background)
    }
}

/// One bucket for one top-level resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    bucket: String,
    major: String,
}

/// What is known of a route.
#[derive(Debug)]
enum Learned {
    /// Its answers tell of no limit.
    Free,
    /// The bucket it shares with other routes, by Discord's name.
    Bucket(String),
}

/// A turn that was handed out, as the budget remembers it.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) id: u64,
    pub(super) call: Call,
    key: Option<Key>,
    old: bool,
}

/// Whoever hears that it is their turn.
pub(super) trait Hears {
    /// They no longer wait.
    fn has_gone(&self) -> bool;
}

impl<T> Hears for tokio::sync::oneshot::Sender<T> {
    fn has_gone(&self) -> bool {
        self.is_closed()
    }
}

struct Waiter<H> {
    call: Call,
    hears: H,
}

/// How a request ended.
#[derive(Debug)]
pub(super) enum End<'a> {
    /// It was never sent.
    Unsent,
    /// Nobody knows whether it arrived.
    Lost,
    /// It was answered, with these headers if any.
    Answered(Option<&'a Limit>),
    /// It was answered with a 429.
    Refused(Option<&'a Limit>, Told),
}

/// Turns to be told of, outside the lock.
pub(super) type Grants<H> = Vec<(H, Granted)>;

pub(super) struct Budget<H> {
    routes: HashMap<String, Learned>,
    limits: HashMap<String, u32>,
    counters: HashMap<Key, Counter>,
    all: Sliding,
    at_once: Sliding,
    old_edits: HashMap<String, Sliding>,
    closed_until: Option<Instant>,
    waiting: BTreeMap<(Rank, u64), Waiter<H>>,
    /// Acknowledgements wait for nobody.
    acknowledging: Vec<(u64, Waiter<H>)>,
    made: u64,
    sweep_at: usize,
    /// Discord's clock in milliseconds, and when that was.
    clock: Option<(u64, Instant)>,
}

impl<H: Hears> Budget<H> {
    pub(super) fn new() -> Self {
        Self::with(AT_ONCE)
    }

    fn with(at_once: usize) -> Self {
        Self {
            routes: HashMap::new(),
            limits: HashMap::new(),
            counters: HashMap::new(),
            all: Sliding::new(GLOBAL, Duration::from_secs(1)),
            at_once: Sliding::new(at_once, Duration::ZERO),
            old_edits: HashMap::new(),
            closed_until: None,
            waiting: BTreeMap::new(),
            acknowledging: Vec::new(),
            made: 0,
            sweep_at: KEPT,
            clock: None,
        }
    }

    /// Joins those who wait.
    pub(super) fn join(&mut self, call: Call, rank: Rank, hears: H) {
        self.made += 1;
        let waiter = Waiter { call, hears };
        if waiter.call.free {
            self.acknowledging.push((self.made, waiter));
        } else {
            self.waiting.insert((rank, self.made), waiter);
        }
    }

    /// Hands out what can be, and says when to look again if nothing happens before. A crowd that waits costs nothing while
    /// nobody of it can go.
    pub(super) fn hand_out(&mut self, now: Instant) -> (Grants<H>, Option<Instant>) {
        let (mut grants, mut next) = (Grants::new(), None::<Instant>);
        if let Some(until) = self.closed_until.filter(|until| *until > now) {
            return (grants, Some(until));
        }
        for (turn, waiter) in std::mem::take(&mut self.acknowledging) {
            if !waiter.hears.has_gone() {
                grants.push((waiter.hears, self.take(waiter.call, false, turn, now)));
            }
        }
        let mut waiting = std::mem::take(&mut self.waiting);
        let (mut gone, mut granted) = (Vec::new(), Vec::new());
        for (key @ (rank, turn), waiter) in &waiting {
            if waiter.hears.has_gone() {
                gone.push(*key);
                continue;
            }
            // Whoever comes later leaves even more to others.
            if let Err(at) = self.at_once.has_room(now, rank.leaves_at_once()) {
                next = next.into_iter().chain([at]).min();
                break;
            }
            let old = self.edits_old(&waiter.call, now);
            match self.has_room(&waiter.call, old, *rank, now) {
                Ok(()) => granted.push((*key, self.take(waiter.call.clone(), old, *turn, now))),
                Err(at) => next = at.into_iter().chain(next).min(),
            }
        }
        for key in gone {
            waiting.remove(&key);
        }
        grants.extend(granted.into_iter().filter_map(|(key, granted)| Some((waiting.remove(&key)?.hears, granted))));
        self.waiting = waiting;
        self.sweep(now);
        (grants, next)
    }

    fn edits_old(&self, call: &Call, now: Instant) -> bool {
        self.clock.is_some_and(|(clock, at)| {
            let since = u64::try_from(now.saturating_duration_since(at).as_millis()).unwrap_or_default();
            call.edits_old(clock + since)
        })
    }

    fn has_room(&mut self, call: &Call, old: bool, rank: Rank, now: Instant) -> Result<(), Option<Instant>> {
        if old {
            let (most, per) = OLD_EDITS;
            let edits = self.old_edits.entry(call.major.clone()).or_insert_with(|| Sliding::new(most, per));
            edits.has_room(now, rank.leaves(most)).map_err(Some)?;
        }
        if call.global {
            self.all.has_room(now, rank.leaves(GLOBAL)).map_err(Some)?;
        }
        match self.key(call) {
            Some(key) => self.counter(key).has_room(now, rank.leaves_in_bucket()),
            None => Ok(()),
        }
    }

    fn take(&mut self, call: Call, old: bool, id: u64, now: Instant) -> Granted {
        if call.global {
            self.all.take(id, now);
        }
        self.at_once.take(id, now);
        if let Some(edits) = self.old_edits.get_mut(&call.major).filter(|_| old) {
            edits.take(id, now);
        }
        let key = self.key(&call);
        if let Some(key) = &key {
            self.counter(key.clone()).take();
        }
        Granted { id, call, key, old }
    }

    /// A turn is over.
    pub(super) fn over(&mut self, granted: &Granted, end: &End<'_>, now: Instant) {
        let was_sent = !matches!(end, End::Unsent);
        let (limit, told) = match end {
            End::Unsent | End::Lost => (None, None),
            End::Answered(limit) => (*limit, None),
            End::Refused(limit, told) => (*limit, Some(told)),
        };
        self.at_once.over(granted.id, now, false);
        if granted.call.global {
            self.all.over(granted.id, now, was_sent);
        }
        if let Some(edits) = self.old_edits.get_mut(&granted.call.major).filter(|_| granted.old) {
            edits.over(granted.id, now, was_sent);
        }
        if let Some(limit) = limit {
            self.clock = Some((limit.said_at(), now));
            self.learn(granted, limit, now);
        } else if let Some(key) = &granted.key {
            // An answer that tells of no limit was not counted; of one that never came nobody knows.
            self.counter(key.clone()).lost(now, matches!(end, End::Lost));
            if matches!(end, End::Answered(_)) {
                self.routes.entry(granted.call.route.clone()).or_insert(Learned::Free);
            }
        }
        if let Some(told) = told {
            self.close(granted, *told, now);
        }
    }

    fn learn(&mut self, granted: &Granted, limit: &Limit, now: Instant) {
        let key = Key { bucket: limit.bucket.clone(), major: granted.call.major.clone() };
        self.routes.insert(granted.call.route.clone(), Learned::Bucket(limit.bucket.clone()));
        self.limits.insert(limit.bucket.clone(), limit.most);
        let here = granted.key.as_ref() == Some(&key);
        if let Some(other) = granted.key.as_ref().filter(|_| !here) {
            self.counter(other.clone()).lost(now, false);
        }
        self.counter(key).answered(now, limit, u32::from(here));
    }

    fn close(&mut self, granted: &Granted, told: Told, now: Instant) {
        let until = Some(now + told.wait);
        match told.whom {
            Whom::Everything => self.closed_until = until.max(self.closed_until),
            Whom::Global => self.all.closed_until = until.max(self.all.closed_until),
            Whom::Narrow if granted.call.edits.is_some() => {
                let (most, per) = OLD_EDITS;
                let edits = self.old_edits.entry(granted.call.major.clone()).or_insert_with(|| Sliding::new(most, per));
                edits.closed_until = until.max(edits.closed_until);
            }
            Whom::Bucket | Whom::Narrow => {
                if let Some(key) = self.key(&granted.call) {
                    let counter = self.counter(key);
                    counter.closed_until = until.max(counter.closed_until);
                }
            }
        }
    }

    /// The counter a request meets, under the name it has by now.
    fn key(&self, call: &Call) -> Option<Key> {
        let bucket = match self.routes.get(&call.route) {
            _ if call.free => return None,
            Some(Learned::Free) => return None,
            Some(Learned::Bucket(name)) => name,
            None => &call.route,
        };
        Some(Key { bucket: bucket.clone(), major: call.major.clone() })
    }

    fn counter(&mut self, key: Key) -> &mut Counter {
        let limit = self.limits.get(&key.bucket).copied();
        self.counters.entry(key).or_insert_with(|| Counter::new(limit))
    }

    /// Whoever floods a bot makes a resource with every press.
    fn sweep(&mut self, now: Instant) {
        if self.counters.len() + self.old_edits.len() < self.sweep_at {
            return;
        }
        self.counters.retain(|_, counter| !counter.is_idle(now));
        self.old_edits.retain(|_, edits| !edits.is_idle(now));
        self.sweep_at = KEPT.max(2 * (self.counters.len() + self.old_edits.len()));
    }

    #[cfg(test)]
    fn remembered(&self) -> usize {
        self.counters.len() + self.old_edits.len()
    }
}

#[cfg(test)]
mod tests;
