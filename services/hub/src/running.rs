//! What is running in this process, and how it is stopped.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use base::{Action, Actor, Assessment, Card, Error, GuildId, Permit, Report, Result, Risk, Run, UserId, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

/// The runs of this process.
#[derive(Default)]
pub struct Running {
    runs: Mutex<HashMap<String, Listing>>,
    stopping: AtomicBool,
}

struct Listing {
    guild: GuildId,
    asked_by: UserId,
    cancel: CancellationToken,
}

/// Takes a run off the list when it is dropped.
pub(crate) struct Listed {
    running: Arc<Running>,
    reference: String,
}

impl Running {
    pub(crate) fn list(self: &Arc<Self>, actor: &Actor, reference: &str, cancel: CancellationToken) -> Listed {
        let mut runs = self.runs();
        // Allowed just before the stop and listed just after it: nobody would cancel it any more.
        if self.is_shutting_down() {
            cancel.cancel();
        }
        runs.insert(reference.to_owned(), Listing { guild: actor.guild, asked_by: actor.user, cancel });
        drop(runs);
        Listed { running: Arc::clone(self), reference: reference.to_owned() }
    }

    pub(crate) fn count(&self) -> usize {
        self.runs().len()
    }

    pub(crate) fn is_shutting_down(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    pub(crate) fn shut_down(&self) {
        let runs = self.runs();
        self.stopping.store(true, Ordering::Relaxed);
        runs.values().for_each(|run| run.cancel.cancel());
    }

    /// Asks a run to stop. It ends by itself, and says how.
    fn cancel(&self, permit: &Permit<CancelRun>) -> Result<()> {
        match self.runs().get(&permit.action().reference) {
            Some(run) if run.guild == permit.actor().guild => {
                run.cancel.cancel();
                Ok(())
            }
            _ => Err(Error::Busy("That has already ended.".to_owned())),
        }
    }

    fn is_of(&self, actor: &Actor, reference: &str) -> bool {
        self.runs().get(reference).is_some_and(|run| run.guild == actor.guild && run.asked_by == actor.user)
    }

    fn runs(&self) -> MutexGuard<'_, HashMap<String, Listing>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.running.runs().remove(&self.reference);
    }
}

/// Stop something that is running.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CancelRun {
    /// The reference in the small print of its card.
    pub reference: String,
}

/// It was asked to stop.
#[derive(Debug, Serialize)]
pub struct Cancelling {
    reference: String,
}

impl Action for CancelRun {
    const NAME: &'static str = "run.cancel";
    const RISK: Risk = Risk::Change;
    type Service = Running;
    type Report = Cancelling;

    fn plan(&self) -> String {
        format!("Cancel run {}", code(&self.reference))
    }

    fn refusal(&self) -> String {
        "cancel what others run".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, running: &Running, actor: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: running.is_of(actor, &self.reference), ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, running: &Running, _: &Run) -> Result<Cancelling> {
        running.cancel(&permit)?;
        Ok(Cancelling { reference: permit.action().reference.clone() })
    }
}

impl Report for Cancelling {
    fn card(&self) -> Card {
        Card::quiet(format!("**Cancelling** run {}", code(&self.reference)))
    }
}
