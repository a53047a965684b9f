//! The one way a probe gets leave to run a line. A trait, because the hub that answers stands above.

use std::sync::Arc;

use base::{Error, GuildId, Result, UserId};
use futures::future::BoxFuture;
use serde_json::Value;

use crate::Alerts;

/// Whether a line may be run without anybody there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leave {
    /// It may.
    Given,
    /// Whoever set it has left the guild.
    Gone,
    /// It does more than look.
    DoesMore,
    /// The guild's policy asks for somebody's yes first, for this reason.
    Asks(String),
}

/// The hub, as probes reach it.
pub trait Door: Send + Sync {
    /// Whether this person, as they are at this moment, could do this with nobody's yes, and it only looks. Nothing is done.
    ///
    /// # Errors
    /// When they may not, the feature it belongs to is off, or nobody knows.
    fn leave<'a>(
        &'a self,
        guild: GuildId,
        user: UserId,
        probe: &'a str,
        action: &'a str,
        arguments: Value,
    ) -> BoxFuture<'a, Result<Leave>>;
}

impl Alerts {
    /// Tells it who gives leave. Whoever has the door keeps it: it leads back here, and would hold itself.
    pub fn know_door(&self, door: &Arc<dyn Door>) {
        // A process has one, and says so once.
        let _ = self.door.set(Arc::downgrade(door));
    }

    pub(crate) fn door(&self) -> Result<Arc<dyn Door>> {
        let door = self.door.get().and_then(std::sync::Weak::upgrade);
        door.ok_or_else(|| Error::Busy("I have only just started. Nothing was changed; try again.".to_owned()))
    }
}
