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

use base::{Actor, Clock, GuildId, Redactor, Result};
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
}

impl Metrics {
    /// Reads what was last known; nobody looks yet.
    pub async fn new(store: Store, hosts: Arc<Hosts>, clock: Clock, redactor: Redactor) -> Result<Self> {
        let known = store.latest_looks().await?.into_iter().map(|look| (look.server.clone(), Known::from(look)));
        let known = RwLock::new(known.collect());
        let off = RwLock::new(store.unwatched_servers().await?.into_iter().collect());
        let (every, eyes, switch) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Ok(Self { store, hosts, clock, redactor, every, known, off, eyes, switch })
    }

    /// How often is looked.
    fn every(&self) -> Duration {
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

    fn is_watched(&self, server: &str) -> bool {
        !self.off.read().unwrap_or_else(PoisonError::into_inner).contains(server)
    }

    /// Whether a look is not too old to be taken for how it is.
    fn is_fresh(&self, known: &Known) -> bool {
        /// A few looks may be late, and one takes its time.
        const LATE: Duration = Duration::from_secs(30);
        self.clock.now().since(known.at) < self.every() * 3 + LATE
    }

    fn health(&self, server: &Server, known: Option<&Known>) -> Health {
        health::of(server, known, self.is_watched(&server.id), known.is_some_and(|known| self.is_fresh(known)))
    }
}
