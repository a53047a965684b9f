//! What is running in this process and does not outlive it, and how it is stopped.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use base::{Actor, GuildId, UserId};
use tokio_util::sync::CancellationToken;

/// The runs of this process.
#[derive(Default)]
pub(crate) struct Running {
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

    /// Asks a run to stop. The answer is whether there is one; it ends by itself, and says how.
    pub(crate) fn cancel(&self, guild: GuildId, reference: &str) -> bool {
        let runs = self.runs();
        let run = runs.get(reference).filter(|run| run.guild == guild);
        run.inspect(|run| run.cancel.cancel()).is_some()
    }

    pub(crate) fn is_of(&self, actor: &Actor, reference: &str) -> bool {
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
