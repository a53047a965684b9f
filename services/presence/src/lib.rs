//! The bot's own status, and what is playing now: who is live of those that guilds follow, Plex, Lanyard, Spotify, or a fixed text.
//!
//! **Invariants:** the status is one for all guilds, so nothing of a guild is in it but what its administrators share, of guilds that whoever
//! runs the bot named; and of a member only what they lent themselves. What was taken back is gone at once. *Nothing plays* and *could not
//! ask* are different, and what was last heard outlives the second for two minutes. Nothing here talks to Discord.

mod act;
mod ask;
mod feeds;
mod heard;
mod lacks;
mod pace;
mod playing;
mod say;
mod settings;
mod shown;
mod stated;
mod wire;
mod words;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use accounts::Accounts;
use base::{Clock, GuildId, Redactor, Result, redact::Clean};
use futures::future::BoxFuture;
use serde_json::Value;
use store::{Store, Vault};
use tokio::sync::Notify;

pub use act::{EndPresence, LendLanyard, RemovePlex, SetPlex, SetPresence, SharePresence, ShowPresence, TakeLanyard};
pub use feeds::Track;
pub use lacks::Lack;
pub use pace::BETWEEN;
pub use playing::Stage;
pub use settings::{Named, Settings};
pub use shown::{Activity, Kind, LONGEST, Shown};
pub use stated::{Source, Status};

use feeds::Feeds;
use pace::Pace;
use wire::{Lanyard, Plex};

/// Whether the status and what plays are on in a guild.
pub type Switch = Box<dyn Fn(GuildId) -> BoxFuture<'static, Result<bool>> + Send + Sync>;

/// Where the status is seen.
pub trait Face: Send + Sync {
    /// Has it say this: a [`Shown`]. The answer is whether anybody heard.
    fn say(&self, shown: Clean<Value>) -> BoxFuture<'_, bool>;

    /// Counts the times that it forgot what it was told.
    fn session(&self) -> u64;
}

/// The bot's own status, and what is playing now.
pub struct Presence {
    store: Store,
    vault: Arc<Vault>,
    clock: Clock,
    redactor: Redactor,
    accounts: Arc<Accounts>,
    settings: Settings,
    plex: Plex,
    lanyard: Lanyard,
    switch: OnceLock<Switch>,
    face: OnceLock<Arc<dyn Face>>,
    stage: OnceLock<Arc<dyn Stage>>,
    feeds: Mutex<Feeds>,
    pace: tokio::sync::Mutex<Pace>,
    played: tokio::sync::Mutex<playing::Played>,
    /// Something is to be seen to at once: by who asks, and by who says.
    to_ask: Notify,
    to_say: Notify,
}

impl Presence {
    /// The status that this database says, of what these settings allow.
    ///
    /// # Panics
    /// Where the process has no TLS provider: it is installed in `main`'s first line.
    pub fn new(
        store: Store,
        vault: Arc<Vault>,
        (clock, redactor): (Clock, Redactor),
        accounts: Arc<Accounts>,
        settings: Settings,
    ) -> Self {
        let (plex, lanyard) = (Plex::new(&clock), Lanyard::new(&settings.lanyard, &clock));
        Self {
            store,
            vault,
            clock,
            redactor,
            accounts,
            settings,
            plex,
            lanyard,
            switch: OnceLock::new(),
            face: OnceLock::new(),
            stage: OnceLock::new(),
            feeds: Mutex::default(),
            pace: tokio::sync::Mutex::default(),
            played: tokio::sync::Mutex::default(),
            to_ask: Notify::new(),
            to_say: Notify::new(),
        }
    }

    /// Tells it where it is on. Until then it is everywhere.
    pub fn know_switch(&self, switch: Switch) {
        // A process says so once.
        let _ = self.switch.set(switch);
    }

    /// Tells it where the status is seen. Until then nobody sees it.
    pub fn know_face(&self, face: Arc<dyn Face>) {
        // A process says so once.
        let _ = self.face.set(face);
    }

    /// Tells it where what plays is shown.
    pub fn know_stage(&self, stage: Arc<dyn Stage>) {
        // A process says so once.
        let _ = self.stage.set(stage);
    }

    /// Whether it is on in a guild.
    pub async fn is_on(&self, guild: GuildId) -> Result<bool> {
        match self.switch.get() {
            Some(switch) => switch(guild).await,
            None => Ok(true),
        }
    }

    /// Masks every token of Plex from now on.
    pub async fn learn(&self) -> Result<()> {
        for plex in self.store.plexes().await? {
            self.redactor.of(plex.guild).learn(self.vault.plex_token(&plex).await?.expose());
        }
        Ok(())
    }

    /// Something was changed by somebody: nobody waits for the next look.
    pub(crate) fn stir(&self) {
        self.to_say.notify_one();
        self.to_ask.notify_one();
    }

    pub(crate) fn feeds(&self) -> MutexGuard<'_, Feeds> {
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
