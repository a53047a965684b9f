//! What is going on now: how a running action shows itself and hears that it should stop.

use std::{pin::Pin, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{Actor, Card, Error, Millis, Redactor, Result};

/// Something going on that can show itself at any moment.
///
/// It is asked when there is somebody to show it to, at most once a second, so it costs nothing to produce output fast.
pub trait Live: Send + Sync {
    /// Its face now.
    fn card(&self) -> Card;
}

/// What a durable run remembers beyond the process that does it.
pub trait Journal: Send + Sync {
    /// What was noted of a step.
    fn noted(&self, step: &str) -> Option<Value>;

    /// Notes something of a step; it is kept when this returns. An error means that another process goes on with the run by
    /// now, or that nothing can be kept: the step must not be begun.
    fn note(&self, step: &'static str, what: Value) -> Pin<Box<dyn Future<Output = Result<()>> + Send + '_>>;
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
    began: Millis,
    journal: Option<Arc<dyn Journal>>,
}

impl Run {
    /// Ties a run to those who watch it.
    pub fn new(
        actor: Actor,
        reference: String,
        cancel: CancellationToken,
        live: watch::Sender<Option<Arc<dyn Live>>>,
        redactor: Redactor,
        began: Millis,
    ) -> Self {
        Self { actor, reference, cancel, live, redactor, began, journal: None }
    }

    /// The same, with what a durable run noted before.
    pub fn with_journal(self, journal: Arc<dyn Journal>) -> Self {
        Self { journal: Some(journal), ..self }
    }

    /// When it was first begun, maybe by another process.
    pub fn began(&self) -> Millis {
        self.began
    }

    /// What was noted of a step, before this process or in it; none of what was not begun, or does not last.
    pub fn noted<T: DeserializeOwned>(&self, step: &str) -> Result<Option<T>> {
        let noted = self.journal.as_ref().and_then(|journal| journal.noted(step));
        let read = noted.map(serde_json::from_value).transpose();
        read.map_err(|error| Error::internal("reading what was noted of a step", error))
    }

    /// Notes something of a step before it is begun; it outlives this process when this returns. What is not durable notes nothing.
    pub async fn note(&self, step: &'static str, what: &(impl Serialize + Sync)) -> Result<()> {
        let Some(journal) = &self.journal else { return Ok(()) };
        let what = serde_json::to_value(what).map_err(|error| Error::internal("noting a step", error))?;
        journal.note(step, what).await
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
