//! Shows a guild what happens in it: chosen events in a channel, folded, at a rate that a person can read.
//!
//! **Invariants:** which events a card is about is decided once and kept, so a kill shows none twice and leaves none out. What a
//! log posts is no event, so no log tells of itself.

mod fold;
mod list;
mod poster;
mod remove;
mod setup;
mod wanted;

use std::sync::{Arc, OnceLock};

use base::{Error, GuildId, Redactor, Result, Run};
use futures::future::BoxFuture;
use store::Store;

pub use list::ListLogs;
pub use remove::RemoveLog;
pub use setup::SetUpLog;
pub use wanted::complete;

/// More would be read by nobody.
pub(crate) const MOST: i64 = 10;

/// A channel, as Discord knows it now.
#[derive(Debug, Clone)]
pub struct Place {
    /// What people lack that the bot needs to show something there: "View Channel". Nothing where all is well.
    pub missing: Vec<String>,
    /// Whether it is a channel that people write in, and not one for voices or a list of posts.
    pub is_text: bool,
}

/// Knows the channels of guilds as they are now.
pub trait Channels: Send + Sync {
    /// A channel; none if it is not in this guild, or the bot cannot see it.
    fn place(&self, guild: GuildId, channel: u64) -> BoxFuture<'_, Result<Option<Place>>>;
}

/// Whether logs are on in a guild.
pub type Switch = Box<dyn Fn(GuildId) -> BoxFuture<'static, Result<bool>> + Send + Sync>;

/// The logs of all guilds.
pub struct Logs {
    store: Store,
    redactor: Redactor,
    channels: OnceLock<Arc<dyn Channels>>,
    switch: OnceLock<Switch>,
}

impl Logs {
    /// The logs of this database.
    pub fn new(store: Store, redactor: Redactor) -> Self {
        Self { store, redactor, channels: OnceLock::new(), switch: OnceLock::new() }
    }

    /// Tells it who knows the channels of guilds. Until then none can be set up.
    pub fn know_channels(&self, channels: Arc<dyn Channels>) {
        // A process has one Discord, and says so once.
        let _ = self.channels.set(channels);
    }

    /// Tells it where logs are on. Until then they are everywhere.
    pub fn know_switch(&self, switch: Switch) {
        // A process says so once.
        let _ = self.switch.set(switch);
    }

    async fn is_on(&self, guild: GuildId) -> Result<bool> {
        match self.switch.get() {
            Some(switch) => switch(guild).await,
            None => Ok(true),
        }
    }

    async fn place(&self, guild: GuildId, channel: u64) -> Result<Option<Place>> {
        match self.channels.get() {
            Some(channels) => channels.place(guild, channel).await,
            None => Err(Error::Busy("I am not connected to Discord yet. Nothing was changed; try again.".to_owned())),
        }
    }
}

/// What is typed here is shown and kept.
fn refuse_secrets(run: &Run, text: &str) -> Result<()> {
    if !run.redactor().finds(text) {
        return Ok(());
    }
    Err(Error::Invalid("One of the options holds a secret. Nothing was changed.".to_owned()))
}
