//! Durable work: takes runs that are due, has them done, and goes on with what a dead process left.
//!
//! **Invariant:** the rows are the truth. What is kept here is who does what in this process, and who watches it; a process that
//! dies loses nothing but that.

mod board;
mod journal;
mod pulse;
mod work;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use base::{Card, Clock, GuildId, Live, Result, UserId};
use futures::future::BoxFuture;
use serde_json::Value;
use store::{
    Store,
    runs::{RunRow, State},
};
use tokio::sync::{Notify, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

pub use board::{Following, Over};
pub use journal::Notes;

/// A run that this process has taken.
pub struct Taken {
    /// Its row.
    pub row: Arc<RunRow>,
    /// Cancelled when somebody wants it stopped.
    pub cancel: CancellationToken,
    /// Cancelled when this process lets go of it: it goes on elsewhere, and nothing of it may be stopped.
    pub leave: CancellationToken,
    /// How it shows itself.
    pub live: watch::Sender<Option<Arc<dyn Live>>>,
    /// What it noted before, and notes now.
    pub journal: Arc<Notes>,
}

/// How a run ended. Nothing in it is secret.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The audit log's word for it.
    pub outcome: &'static str,
    /// In words.
    pub detail: Option<String>,
    /// Its last face.
    pub card: Card,
    /// What came of it, for models.
    pub report: Value,
}

/// What became of a run that was taken.
pub enum Carried {
    /// It ended.
    Ended(Box<Finished>),
    /// It failed, and is begun anew after this; if it cannot be, it ended so.
    Again(Box<Finished>, Duration),
    /// This process let go of it.
    Left,
}

/// Does runs: the hub, which knows the actions.
pub trait Carry: Send + Sync + 'static {
    /// Does a run, or goes on with it.
    fn carry(&self, taken: Taken) -> BoxFuture<'static, Carried>;

    /// Whether such a run only has others done, and takes no place among those that are done at a time.
    fn conducts(&self, _action: &str) -> bool {
        false
    }

    /// How a run ended that was cancelled after it had come to this end, and before that was on record.
    fn cancelled(&self, row: &RunRow, finished: Finished) -> Finished;
}

/// What a process is to the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The one with the connection to Discord: it shows what it does itself.
    Bot,
    /// Another: what it does is shown by the bot, which reads it from the rows.
    Worker,
}

/// A run this process does.
#[derive(Clone)]
struct Active {
    /// Which taking of it this is: a run that was lost and taken again is done by another task.
    fence: i64,
    /// Whether it takes a place.
    conducts: bool,
    cancel: CancellationToken,
    leave: CancellationToken,
}

/// The runs, as this process sees them. Cloning shares it.
#[derive(Clone)]
pub struct Jobs {
    parts: Arc<Parts>,
}

struct Parts {
    store: Store,
    clock: Clock,
    /// Something may have become due.
    wake: Notify,
    /// There may be more to take than what was just asked for: what was cancelled, or let go of.
    look: AtomicBool,
    /// How often somebody wanted a run stopped that was being taken at this moment.
    stops: AtomicU64,
    board: board::Board,
    active: Mutex<HashMap<Uuid, Active>>,
    /// This process lets go of everything.
    leave: CancellationToken,
    tasks: TaskTracker,
}

impl Jobs {
    /// Nothing is taken before [`Jobs::work`].
    pub fn new(store: Store, clock: Clock) -> Self {
        let parts = Parts {
            store,
            clock,
            wake: Notify::new(),
            look: AtomicBool::new(true),
            stops: AtomicU64::new(0),
            board: board::Board::default(),
            active: Mutex::default(),
            leave: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        Self { parts: Arc::new(parts) }
    }

    /// Something was asked for, or ended: there may be something to take.
    pub fn wake(&self) {
        self.parts.wake.notify_one();
    }

    /// The same, and there may be more than what was just asked for.
    pub(crate) fn look(&self) {
        self.parts.look.store(true, Ordering::SeqCst);
        self.wake();
    }

    /// Asks a run to stop, wherever it is done. The answer is whether it had not ended.
    pub async fn cancel(&self, guild: GuildId, id: Uuid, by: UserId) -> Result<bool> {
        let Some(stood) = self.parts.store.cancel_run(guild, id, by).await? else { return Ok(false) };
        // It may have been taken, and not be on the list yet: whoever lists it then looks whether this has changed.
        self.parts.stops.fetch_add(1, Ordering::SeqCst);
        if let Some(active) = self.parts.active().get(&id) {
            active.cancel.cancel();
        } else if stood == State::Queued {
            self.look();
        }
        Ok(true)
    }

    /// How many runs this process does.
    pub fn active(&self) -> usize {
        self.parts.active().len()
    }

    /// How many of them take a place.
    pub(crate) fn places_taken(&self) -> usize {
        self.parts.active().values().filter(|active| !active.conducts).count()
    }

    /// Lets go of everything: it goes on where another process takes it up. Returns when nothing is written any more.
    pub async fn shut_down(&self) {
        self.parts.leave.cancel();
        self.parts.tasks.close();
        self.parts.tasks.wait().await;
    }
}

impl Parts {
    fn active(&self) -> MutexGuard<'_, HashMap<Uuid, Active>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
