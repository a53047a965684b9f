//! Signs of life on a database that several processes share.
//!
//! **Invariant:** who was taken for dead stops writing: its runs are another's, and it begins anew under another name.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base::Result;
use tokio::task::JoinHandle;

use crate::{Jobs, Role};

/// Between two signs of life.
const BEAT: Duration = Duration::from_secs(1);
/// So many looks at a beat that stands still, and its worker is dead.
const STILL: u32 = 3;

/// Who this process is to the others.
#[derive(Clone)]
pub(crate) struct Pulse {
    id: Arc<Mutex<String>>,
    role: Role,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::Worker => "worker",
        }
    }
}

impl Pulse {
    /// Enters the list under a fresh name: an old one may still be thought alive.
    pub(crate) async fn begin(jobs: &Jobs, role: Role) -> Result<Self> {
        let store = &jobs.parts.store;
        if role == Role::Bot {
            // There is one bot, and it holds the database's lock: any other of its kind is dead.
            store.remove_workers(role.name()).await?;
        }
        let id = jobs.parts.clock.key();
        store.add_worker(&id, role.name()).await?;
        Ok(Self { id: Arc::new(Mutex::new(id)), role })
    }

    pub(crate) fn id(&self) -> String {
        self.id.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Beats until it is dropped, and looks at the others' beats and at what somebody wants stopped.
    pub(crate) fn keep(self, jobs: Jobs) -> Beating {
        Beating(tokio::spawn(async move {
            let mut seconds = tokio::time::interval(BEAT);
            seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            let mut seen = HashMap::new();
            loop {
                seconds.tick().await;
                if let Err(error) = self.once(&jobs, &mut seen).await {
                    tracing::warn!("no sign of life could be given: {error}");
                }
            }
        }))
    }

    async fn once(&self, jobs: &Jobs, seen: &mut HashMap<String, (i64, u32)>) -> Result<()> {
        let (store, id) = (&jobs.parts.store, self.id());
        if !store.beat(&id).await? {
            tracing::warn!("taken for dead: what this process did goes on elsewhere");
            let fresh = jobs.parts.clock.key();
            store.add_worker(&fresh, self.role.name()).await?;
            // In this order: what is listed after the name has changed is let go of by whoever lists it.
            *self.id.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
            jobs.parts.active().values().for_each(|active| active.leave.cancel());
            jobs.look();
            return Ok(());
        }
        let now = store.workers().await?;
        seen.retain(|worker, _| now.contains_key(worker));
        for (worker, beat) in now {
            if worker == id {
                continue;
            }
            let (last, still) = seen.entry(worker.clone()).or_insert((beat, 0));
            *still = if *last == beat { *still + 1 } else { 0 };
            *last = beat;
            if *still >= STILL && store.remove_worker(&worker, Some(beat)).await? {
                tracing::warn!(worker.id = worker, "a worker is dead; what it did is taken up");
                jobs.look();
            }
        }
        jobs.stop_cancelled(&id).await
    }
}

/// Beats while it is held.
pub(crate) struct Beating(JoinHandle<()>);

impl Drop for Beating {
    fn drop(&mut self) {
        self.0.abort();
    }
}
