//! Whose turn it is to make room, or to take it, in a guild: two at once would count the same.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use base::GuildId;
use tokio::sync::OwnedMutexGuard;

/// A turn for each guild. Cloning shares them.
#[derive(Clone, Default)]
pub(super) struct Rooms(Arc<Mutex<HashMap<GuildId, Arc<tokio::sync::Mutex<()>>>>>);

impl Rooms {
    /// Waits for a guild's turn, which lasts until it is dropped.
    pub(super) async fn turn(&self, guild: GuildId) -> OwnedMutexGuard<()> {
        let turn = Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(guild).or_default());
        turn.lock_owned().await
    }
}
