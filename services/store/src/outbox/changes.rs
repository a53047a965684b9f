//! Wakes whoever waits for the outbox: at once where this process changed it, by a tick where another did.

use std::time::Duration;

use tokio::sync::watch;

/// How late what another process wrote may be noticed.
const EVERY: Duration = Duration::from_secs(1);

/// What this process changed. Cloning shares it.
#[derive(Debug, Clone)]
pub(crate) struct Changes(watch::Sender<()>);

impl Default for Changes {
    fn default() -> Self {
        Self(watch::Sender::new(()))
    }
}

impl Changes {
    /// Something changed.
    pub(crate) fn tell(&self) {
        self.0.send_replace(());
    }

    pub(crate) fn watch(&self) -> Watch {
        Watch(self.0.subscribe())
    }
}

/// Somebody who waits.
#[derive(Debug)]
pub struct Watch(watch::Receiver<()>);

impl Watch {
    /// Returns when something may have changed since the last time.
    pub async fn next(&mut self) {
        // The sender lives as long as the store; without it, the tick remains.
        let changed = tokio::time::timeout(EVERY, self.0.changed()).await;
        if matches!(changed, Ok(Err(_))) {
            tokio::time::sleep(EVERY).await;
        }
    }
}
