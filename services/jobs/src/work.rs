//! Takes runs and has them done, one task each.

use std::{sync::Arc, time::Duration};

use base::{Live, Result};
use store::{
    Kind,
    runs::{RunEnd, RunRow},
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Active, Carried, Carry, Finished, Jobs, Notes, Role, Taken, pulse};

/// On a database that others share, what they asked for is seen this soon at the latest.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// On a database of our own nothing happens that we do not hear of; this is for what nobody thought of.
const LOOK_ANYWAY: Duration = Duration::from_secs(30);
/// A database that fails is asked again after this.
const DATABASE_AGAIN: Duration = Duration::from_millis(500);
/// A worker's card is kept for the bot this often.
const SHOW_EVERY: Duration = Duration::from_secs(1);

impl Jobs {
    /// Takes and does runs until [`Jobs::shut_down`], so many at a time; none leaves all of them to other processes.
    pub async fn work(&self, carry: Arc<dyn Carry>, role: Role, slots: usize) -> Result<()> {
        let shared = self.parts.store.kind() == Kind::Postgres;
        let me = pulse::Pulse::begin(self, role).await?;
        let _beats = shared.then(|| me.clone().keep(self.clone()));
        loop {
            let worker = me.id();
            if let Err(error) = self.take(&worker, &carry, role, slots).await {
                tracing::warn!("no work could be taken: {error}");
                tokio::time::sleep(DATABASE_AGAIN).await;
            }
            let next = self.next_look(shared).await;
            tokio::select! {
                () = self.parts.leave.cancelled() => break,
                () = self.parts.wake.notified() => {}
                () = tokio::time::sleep(next) => {}
            }
        }
        self.parts.tasks.close();
        self.parts.tasks.wait().await;
        self.parts.store.remove_worker(&me.id(), None).await.map(drop)
    }

    async fn next_look(&self, shared: bool) -> Duration {
        let most = if shared { LOOK_AGAIN } else { LOOK_ANYWAY };
        match self.parts.store.next_due_run().await {
            Ok(Some(due)) => due.since(self.parts.clock.now()).clamp(Duration::from_millis(1), most),
            Ok(None) => most,
            Err(_) => DATABASE_AGAIN,
        }
    }

    async fn take(&self, worker: &str, carry: &Arc<dyn Carry>, role: Role, slots: usize) -> Result<()> {
        if self.parts.leave.is_cancelled() || slots == 0 {
            return Ok(());
        }
        // What was begun goes on before anything new is: it may hold what the new one waits for.
        for row in self.parts.store.adopt_runs(worker).await? {
            tracing::info!(reference = row.reference, action.name = row.action, "going on with a run that was left");
            self.begin(row, worker, carry, role);
        }
        for row in self.parts.store.claim_cancelled(worker).await? {
            self.begin(row, worker, carry, role);
        }
        let free = slots.saturating_sub(self.active());
        if free > 0 {
            let free = u32::try_from(free).unwrap_or(1);
            for row in self.parts.store.claim_runs(worker, free).await? {
                self.begin(row, worker, carry, role);
            }
        }
        Ok(())
    }

    fn begin(&self, row: RunRow, worker: &str, carry: &Arc<dyn Carry>, role: Role) {
        let cancel = CancellationToken::new();
        if row.cancelled_by.is_some() {
            cancel.cancel();
        }
        let leave = self.parts.leave.child_token();
        self.parts.active().insert(row.id, Active { cancel: cancel.clone(), leave: leave.clone() });
        let listed = Listed { jobs: self.clone(), id: row.id };
        let (jobs, worker, carry) = (self.clone(), worker.to_owned(), Arc::clone(carry));
        self.parts.tasks.spawn(async move {
            let _listed = listed;
            jobs.carry_one(row, &worker, &*carry, Active { cancel, leave }, role).await;
        });
    }

    async fn carry_one(
        &self,
        row: RunRow,
        worker: &str,
        carry: &dyn Carry,
        Active { cancel, leave }: Active,
        role: Role,
    ) {
        let (id, fence) = (row.id, row.fence);
        let line = self.parts.board.line(id);
        let journal = loop {
            match Notes::of(&self.parts.store, id, worker, fence).await {
                Ok(notes) => break Arc::new(notes),
                Err(error) => tracing::warn!(reference = row.reference, "a run could not be begun yet: {error}"),
            }
            tokio::select! {
                () = leave.cancelled() => return self.let_go(id, worker, fence).await,
                () = tokio::time::sleep(DATABASE_AGAIN) => {}
            }
        };
        line.here.send_replace(true);
        let shows = (role == Role::Worker).then(|| self.publish(id, worker, fence, line.live.subscribe()));
        let taken = Taken { row, cancel, leave: leave.clone(), live: line.live.clone(), journal };
        let carried = carry.carry(taken).await;
        if let Some(shows) = shows {
            shows.abort();
        }
        match carried {
            Carried::Left => self.let_go(id, worker, fence).await,
            Carried::Ended(finished) => self.end(id, worker, fence, *finished, &leave).await,
            Carried::Again(finished, wait) => {
                let due = self.parts.clock.now().plus(wait);
                let detail = finished.detail.clone().unwrap_or_default();
                match self.parts.store.requeue_run(id, worker, fence, due, &detail).await {
                    Ok(true) => {}
                    // It was cancelled meanwhile, or cannot be put back: this was how it ended.
                    Ok(false) | Err(_) => self.end(id, worker, fence, *finished, &leave).await,
                }
            }
        }
        line.here.send_replace(false);
        line.news.send_replace(());
    }

    /// Writes how a run ended, until that is on record or this process must go: the next one finds it running, and what it
    /// noted, and finds out again how it ended.
    async fn end(&self, id: Uuid, worker: &str, fence: i64, finished: Finished, leave: &CancellationToken) {
        let Finished { outcome, detail, mut card, report } = finished;
        let file = card.file.take().map(|file| (file.name, file.bytes));
        let end = RunEnd {
            worker: worker.to_owned(),
            fence,
            card: serde_json::to_string(&card).unwrap_or_default(),
            report: report.to_string(),
            file,
        };
        loop {
            match self.parts.store.end_run(id, outcome, detail.clone(), end.clone()).await {
                Ok(true) => return,
                Ok(false) => {
                    tracing::warn!(run.id = %id, "a run was taken over before it ended here");
                    return;
                }
                Err(error) => tracing::error!(run.id = %id, "how a run ended could not be kept yet: {error}"),
            }
            tokio::select! {
                () = leave.cancelled() => return self.let_go(id, worker, fence).await,
                () = tokio::time::sleep(DATABASE_AGAIN) => {}
            }
        }
    }

    async fn let_go(&self, id: Uuid, worker: &str, fence: i64) {
        if let Err(error) = self.parts.store.leave_run(id, worker, fence).await {
            tracing::warn!(run.id = %id, "a run could not be let go of; it is taken up all the same: {error}");
        }
    }

    /// Keeps what a run shows in its row, for the process that can show it.
    fn publish(
        &self,
        id: Uuid,
        worker: &str,
        fence: i64,
        live: watch::Receiver<Option<Arc<dyn Live>>>,
    ) -> tokio::task::JoinHandle<()> {
        let (store, worker) = (self.parts.store.clone(), worker.to_owned());
        tokio::spawn(async move {
            let mut seconds = tokio::time::interval(SHOW_EVERY);
            let mut last = String::new();
            loop {
                seconds.tick().await;
                let Some(shown) = live.borrow().clone() else { continue };
                let card = serde_json::to_string(&shown.card()).unwrap_or_default();
                if card != last && store.show_run(id, &worker, fence, &card).await.is_ok() {
                    last = card;
                }
            }
        })
    }
}

/// Takes a run off the list when it is dropped, and sees to it that somebody looks for the next.
struct Listed {
    jobs: Jobs,
    id: Uuid,
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.jobs.parts.active().remove(&self.id);
        self.jobs.wake();
    }
}
