//! What is going on now: how a running action shows itself and hears that it should stop.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{Actor, Card, Redactor};

/// Something going on that can show itself at any moment.
///
/// It is asked when there is somebody to show it to, at most once a second, so it costs nothing to produce output fast.
pub trait Live: Send + Sync {
    /// Its face now.
    fn card(&self) -> Card;
}

/// A running action's line to whoever asked.
#[derive(Clone)]
pub struct Run {
    /// Who asked.
    pub actor: Actor,
    /// The short reference that finds the audit row.
    pub reference: String,
    cancel: CancellationToken,
    live: watch::Sender<Option<Arc<dyn Live>>>,
    redactor: Redactor,
}

impl Run {
    /// Ties a run to those who watch it.
    pub fn new(
        actor: Actor,
        reference: String,
        cancel: CancellationToken,
        live: watch::Sender<Option<Arc<dyn Live>>>,
        redactor: Redactor,
    ) -> Self {
        Self { actor, reference, cancel, live, redactor }
    }

    /// Shows this from now on, until the report replaces it.
    pub fn show(&self, live: Arc<dyn Live>) {
        self.live.send_replace(Some(live));
    }

    /// Cancelled when somebody presses Cancel.
    pub fn cancel(&self) -> &CancellationToken {
        &self.cancel
    }

    /// Takes known and secret-shaped values out of text, before it is cut to size: a cut secret is no longer recognised.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }
}
