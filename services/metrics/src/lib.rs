//! How servers are: looked at by the bot itself every half minute, kept over time, shown as pictures and at a glance.
//!
//! **Invariants:** what is not known is not known: neither zero nor well. A server that does not answer is down in every list,
//! and a gap in every chart. At each server is looked one look at a time. Times are ours: a server's clock does not matter.

mod chart;
mod fleet;
mod health;
mod memory;
mod period;
mod probe;
mod read;
mod sample;
mod show;
mod watch;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use base::{Actor, Clock, GuildId, Millis, Redactor, Result};
use futures::future::BoxFuture;
use hosts::{Hosts, Server};
use store::Store;

pub use fleet::ShowFleet;
pub use health::{CPU, DISK, Health, LOAD, Limit, MEMORY, SWAP};
pub use memory::Known;
pub use period::Period;
pub use sample::{Disk, Gpu, Part, Sample};
pub use show::ShowMetrics;
pub use watch::{Watch, WatchServer};

/// How often is looked, unless told otherwise.
pub const EVERY: Duration = Duration::from_secs(30);

/// Which servers somebody may know of.
pub type Seen = Box<dyn Fn(&Server) -> bool + Send + Sync>;

/// Tells what somebody sees at this moment.
pub type Eyes = Box<dyn Fn(Actor) -> BoxFuture<'static, Result<Seen>> + Send + Sync>;

/// Whether metrics are on in a guild.
pub type Switch = Box<dyn Fn(GuildId) -> BoxFuture<'static, Result<bool>> + Send + Sync>;

/// What came of a look at a server, for whoever judges it.
#[derive(Debug, Clone)]
pub struct Looked {
    /// The server, as it was known when the look began.
    pub server: Server,
    /// When.
    pub at: Millis,
    /// What was seen; none where nothing was.
    pub sample: Option<Arc<Sample>>,
    /// Whether it answered; none where it was not even asked.
    pub answers: Option<bool>,
    /// Why nothing was seen, in a sentence without secrets.
    pub trouble: Option<String>,
}

/// Hears what comes of every look. It must not wait.
pub type Ear = Box<dyn Fn(Looked) + Send + Sync>;

/// The metrics of all servers.
pub struct Metrics {
    store: Store,
    hosts: Arc<Hosts>,
    clock: Clock,
    redactor: Redactor,
    every: OnceLock<Duration>,
    known: RwLock<HashMap<String, Known>>,
    /// The servers that nobody looks at, by id.
    off: RwLock<HashSet<String>>,
    eyes: OnceLock<Eyes>,
    switch: OnceLock<Switch>,
    ear: OnceLock<Ear>,
}

impl Metrics {
    /// Reads what was last known; nobody looks yet.
    pub async fn new(store: Store, hosts: Arc<Hosts>, clock: Clock, redactor: Redactor) -> Result<Self> {
        let known = store.latest_looks().await?.into_iter().map(|look| (look.server.clone(), Known::from(look)));
        let known = RwLock::new(known.collect());
        let off = RwLock::new(store.unwatched_servers().await?.into_iter().collect());
        let (every, eyes, switch, ear) = (OnceLock::new(), OnceLock::new(), OnceLock::new(), OnceLock::new());
        Ok(Self { store, hosts, clock, redactor, every, known, off, eyes, switch, ear })
    }

    /// How many graphics cards a server had at the last look at which it answered; none where there was none lately.
    pub fn gpus(&self, server: &str) -> Option<usize> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(server)?.sample.as_ref().map(|sample| sample.gpus.len())
    }

    /// Whether a server answered when it was looked at last, and since when that is so; none where it was not looked at.
    pub fn answers(&self, server: &str) -> Option<(bool, Millis)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(server).map(|known| (known.sample.is_some(), known.since))
    }

    /// How often is looked.
    pub fn every(&self) -> Duration {
        self.every.get().copied().unwrap_or(EVERY)
    }

    /// Tells it who sees which servers. Until then nobody sees any.
    pub fn know_eyes(&self, eyes: Eyes) {
        // A process says so once.
        let _ = self.eyes.set(eyes);
    }

    /// Tells it where metrics are on. Until then they are nowhere.
    pub fn know_switch(&self, switch: Switch) {
        // A process says so once.
        let _ = self.switch.set(switch);
    }

    /// Tells it who hears what comes of every look.
    pub fn know_ear(&self, ear: Ear) {
        // A process says so once.
        let _ = self.ear.set(ear);
    }

    /// What was last known of a server, by its id.
    pub fn known(&self, server: &str) -> Option<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(server).cloned()
    }

    async fn is_on(&self, guild: GuildId) -> Result<bool> {
        match self.switch.get() {
            Some(switch) => switch(guild).await,
            None => Ok(false),
        }
    }

    async fn seen_by(&self, actor: &Actor) -> Result<Seen> {
        match self.eyes.get() {
            Some(eyes) => eyes(actor.clone()).await,
            None => Ok(Box::new(|_| false)),
        }
    }

    /// What is known of a server now, by its id: nothing where the last look is too old.
    pub fn known_now(&self, server: &str) -> Option<Known> {
        self.known(server).filter(|known| self.is_fresh(known))
    }

    /// Whether a server is looked at by itself, by its id.
    pub fn is_watched(&self, server: &str) -> bool {
        !self.off.read().unwrap_or_else(PoisonError::into_inner).contains(server)
    }

    /// Whether a look is not too old to be taken for how it is.
    fn is_fresh(&self, known: &Known) -> bool {
        /// A few looks may be late, and one takes its time.
        const LATE: Duration = Duration::from_secs(30);
        self.clock.now().since(known.at) < known.next.unwrap_or_default().max(self.every() * 3) + LATE
    }

    fn health(&self, server: &Server, known: Option<&Known>) -> Health {
        health::of(server, known, self.is_watched(&server.id), known.is_some_and(|known| self.is_fresh(known)))
    }
}
