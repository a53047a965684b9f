//! Streams: who is followed where, what is live, what guilds are told of it, once, and how a streamer
//! manages their own.
//!
//! **Invariants:** how a channel goes is decided by [`lives::machine`] alone, and what is live is what its platform says: *not live* and
//! *could not ask* are different, and the second changes nothing. What a guild is told is claimed in the transaction that posts it. No
//! trouble of a platform's takes a follow away. Nothing here talks to Discord: what is to be seen stands in rows until it is.

mod act;
mod announce;
mod happened;
mod hooks;
pub mod lives;
pub mod manage;
mod members;
mod named;
mod own;
mod presence;
mod resolve;
mod socket;
mod watch;
mod words;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use accounts::Accounts;
use base::{Clock, GuildId, Redactor, Result};
use futures::future::BoxFuture;
use platforms::Platforms;
use store::{Store, Vault, streams::Settings};
use tokio::sync::{Mutex, Notify, watch as signal};

pub use act::{
    FollowStream, ListStreams, NotifyMe, PreviewStreams, SetStreams, ShowStreamQuota, TestStream, UnfollowStream, Wish,
    Without, WithoutOwn,
};
pub use announce::{card, filters, template};
pub use happened::{Gone, Happening, Stage, TakenBack, What};
pub use hooks::{Came, Header, LARGEST_EVENT, Place, Reply, signature};
pub use members::{Members, RoleFacts, Withheld};
pub use named::{Offered, offered};
pub use own::{FollowMine, ShowMine, UnfollowMine};
pub use resolve::{Named, read as read_name};
pub use watch::plan;
pub use words::at_first;

/// How often a platform is asked what is live.
pub const EVERY: Duration = Duration::from_mins(1);

/// Whether streams are on in a guild.
pub type Switch = Box<dyn Fn(GuildId) -> BoxFuture<'static, Result<bool>> + Send + Sync>;

/// The streams that guilds follow.
pub struct Streams {
    store: Store,
    vault: Arc<Vault>,
    clock: Clock,
    redactor: Redactor,
    platforms: Arc<Platforms>,
    every: OnceLock<Duration>,
    /// Where platforms reach us; none where they do not.
    address: OnceLock<String>,
    members: OnceLock<Arc<dyn Members>>,
    accounts: OnceLock<Arc<Accounts>>,
    stage: OnceLock<Arc<dyn Stage>>,
    switch: OnceLock<Switch>,
    /// One at a time changes how a channel goes, and one at a time tells.
    courses: Mutex<()>,
    telling: Mutex<announce::Doubts>,
    /// An event came in.
    came: Notify,
    /// Something is to be drawn.
    changed: signal::Sender<()>,
    kick_key: Arc<hooks::KickKey>,
    signed_by: hooks::Secrets,
    revocations: watch::Revocations,
    alone: watch::Alone,
    seen: presence::Seen,
    told: socket::ToldOf,
}

impl Streams {
    /// The streams of this database.
    pub fn new(
        store: Store,
        vault: Arc<Vault>,
        (clock, redactor): (Clock, Redactor),
        platforms: Arc<Platforms>,
    ) -> Self {
        Self {
            store,
            vault,
            clock,
            redactor,
            platforms,
            every: OnceLock::new(),
            address: OnceLock::new(),
            members: OnceLock::new(),
            accounts: OnceLock::new(),
            stage: OnceLock::new(),
            switch: OnceLock::new(),
            courses: Mutex::default(),
            telling: Mutex::default(),
            came: Notify::new(),
            changed: signal::Sender::new(()),
            kick_key: Arc::default(),
            signed_by: hooks::Secrets::default(),
            revocations: watch::Revocations::default(),
            alone: watch::Alone::default(),
            seen: presence::Seen::default(),
            told: socket::ToldOf::default(),
        }
    }

    /// Tells it how often platforms are asked; a minute, unless told.
    pub fn know_every(&self, every: Duration) {
        // A process says so once.
        let _ = self.every.set(every);
    }

    fn every(&self) -> Duration {
        self.every.get().copied().unwrap_or(EVERY)
    }

    /// Tells it where platforms reach us. Until then they are only asked.
    pub fn know_address(&self, address: &str) {
        // A process says so once.
        let _ = self.address.set(address.to_owned());
    }

    /// Tells it who knows the members of guilds. Until then nobody is given a role, and nobody holds one.
    pub fn know_members(&self, members: Arc<dyn Members>) {
        // A process says so once.
        let _ = self.members.set(members);
    }

    /// Tells it who keeps people's accounts. Until then nobody's connection hears anything.
    pub fn know_accounts(&self, accounts: Arc<Accounts>) {
        // A process says so once.
        let _ = self.accounts.set(accounts);
    }

    /// Tells it who shows what happens. Until then nobody does.
    pub fn know_stage(&self, stage: Arc<dyn Stage>) {
        // A process says so once.
        let _ = self.stage.set(stage);
    }

    /// Tells it where streams are on. Until then they are everywhere.
    pub fn know_switch(&self, switch: Switch) {
        // A process says so once.
        let _ = self.switch.set(switch);
    }

    /// Whether streams are on in a guild.
    pub async fn is_on(&self, guild: GuildId) -> Result<bool> {
        match self.switch.get() {
            Some(switch) => switch(guild).await,
            None => Ok(true),
        }
    }

    /// Tells of every change that this process made.
    pub fn changes(&self) -> signal::Receiver<()> {
        self.changed.subscribe()
    }

    /// How a guild tells of streams; as it is where nobody said.
    pub async fn settings(&self, guild: GuildId) -> Result<Settings> {
        Ok(self.store.stream_settings(guild).await?.unwrap_or_else(at_first))
    }
}
