//! Takes runs and has them done, one task each.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use base::{Live, Result};
use store::{
    Kind,
    runs::{Kept, Notice, RunEnd, RunRow},
};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Active, Carried, Carry, Finished, Jobs, Notes, Role, Taken, pulse::Pulse};

/// On a database that others share one hears of what they ask for; this is for what was missed.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// On a database of our own nothing happens that we do not hear of; this is for what nobody thought of.
const LOOK_ANYWAY: Duration = Duration::from_secs(30);
/// A database that fails is asked again after this.
const DATABASE_AGAIN: Duration = Duration::from_millis(500);
/// A worker's card is kept for the bot this often.
const SHOW_EVERY: Duration = Duration::from_secs(1);

/// One process that takes runs.
struct Taker {
    jobs: Jobs,
    me: Pulse,
    carry: Arc<dyn Carry>,
    role: Role,
    slots: usize,
}

impl Jobs {
    /// Takes and does runs until [`Jobs::shut_down`], so many at a time; none leaves all of them to other processes.
    pub async fn work(&self, carry: Arc<dyn Carry>, role: Role, slots: usize) -> Result<()> {
        let shared = self.parts.store.kind() == Kind::Postgres;
        let me = loop {
            match Pulse::begin(self, role).await {
                Ok(me) => break me,
                Err(error) => tracing::warn!("this process cannot enter the list of those who work yet: {error}"),
            }
            tokio::select! {
                () = self.parts.leave.cancelled() => return Ok(()),
                () = tokio::time::sleep(DATABASE_AGAIN) => {}
            }
        };
        let _beats = shared.then(|| me.clone().keep(self.clone()));
        let mut heard = self.parts.store.hear_runs();
        let taker = Taker { jobs: self.clone(), me, carry, role, slots };
        self.look();
        loop {
            let most = if shared { LOOK_AGAIN } else { LOOK_ANYWAY };
            let next = match taker.take().await {
                Ok(due) => due.unwrap_or(most).min(most),
                Err(error) => {
                    tracing::warn!("no work could be taken: {error}");
                    self.parts.look.store(true, Ordering::SeqCst);
                    DATABASE_AGAIN
                }
            };
            tokio::select! {
                () = self.parts.leave.cancelled() => break,
                () = self.parts.wake.notified() => {}
                () = self.parts.store.something_freed() => self.parts.look.store(true, Ordering::SeqCst),
                notice = hear(&mut heard) => match notice {
                    Notice::New => {}
                    Notice::Look => self.parts.look.store(true, Ordering::SeqCst),
                    Notice::Ended(ids) => ids.into_iter().for_each(|id| self.parts.board.news(id)),
                },
                () = tokio::time::sleep(next) => if next == most { self.parts.look.store(true, Ordering::SeqCst) },
            }
        }
        self.parts.tasks.close();
        self.parts.tasks.wait().await;
        self.parts.store.remove_worker(&taker.me.id(), None).await.map(drop)
    }

    /// Stops what somebody wants stopped.
    pub(crate) async fn stop_cancelled(&self, worker: &str) -> Result<()> {
        for run in self.parts.store.cancelled_runs(worker).await? {
            if let Some(active) = self.parts.active().get(&run) {
                active.cancel.cancel();
            }
        }
        Ok(())
    }
}

/// What another process says; nothing ever, where there is none.
async fn hear(heard: &mut Option<mpsc::Receiver<Notice>>) -> Notice {
    match heard {
        Some(heard) => match heard.recv().await {
            Some(notice) => notice,
            None => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

impl Taker {
    /// Takes what there is and what there is room for. The answer is how long it is until the next is due.
    async fn take(&self) -> Result<Option<Duration>> {
        let parts = &self.jobs.parts;
        if parts.leave.is_cancelled() || self.slots == 0 {
            return Ok(None);
        }
        let worker = self.me.id();
        if parts.look.swap(false, Ordering::SeqCst) {
            self.look_around(&worker).await?;
        }
        let free = self.slots.saturating_sub(self.jobs.places_taken());
        if free == 0 {
            return Ok(None);
        }
        let stops = parts.stops.load(Ordering::SeqCst);
        let claimed = parts.store.claim_runs(&worker, u32::try_from(free).unwrap_or(1)).await?;
        for row in claimed.runs {
            self.begin(row, &worker);
        }
        if parts.stops.load(Ordering::SeqCst) != stops {
            self.jobs.stop_cancelled(&worker).await?;
        }
        Ok(claimed.next_due.map(|due| due.since(parts.clock.now()).max(Duration::from_millis(1))))
    }

    /// What was begun goes on before anything new is: it may hold what the new one waits for.
    async fn look_around(&self, worker: &str) -> Result<()> {
        let store = &self.jobs.parts.store;
        for row in store.adopt_runs(worker).await? {
            tracing::info!(reference = row.reference, action.name = row.action, "going on with a run that was left");
            self.begin(row, worker);
        }
        for (id, fence) in store.runs_of(worker).await? {
            if self.jobs.parts.active().contains_key(&id) {
                continue;
            }
            // It ended since, or it was taken and the answer was lost: then nobody else would ever do it.
            if let Some(row) = store.retake_run(id, worker, fence).await? {
                tracing::warn!(reference = row.reference, "going on with a run that nobody did");
                self.begin(row, worker);
            }
        }
        let cancelled = store.claim_cancelled(worker).await?;
        if !cancelled.is_empty() {
            // There may be more: they go in pieces.
            self.jobs.look();
        }
        for row in cancelled {
            self.begin(row, worker);
        }
        self.jobs.stop_cancelled(worker).await
    }

    fn begin(&self, row: RunRow, worker: &str) {
        let (jobs, parts) = (self.jobs.clone(), &self.jobs.parts);
        let conducts = self.carry.conducts(&row.action);
        let active =
            Active { fence: row.fence, conducts, cancel: CancellationToken::new(), leave: parts.leave.child_token() };
        if row.cancelled_by.is_some() {
            active.cancel.cancel();
        }
        if let Some(before) = parts.active().insert(row.id, active.clone()) {
            // It was lost and comes back: what was begun of it under the old fence must not go on.
            before.leave.cancel();
        }
        let listed = Listed { jobs: jobs.clone(), id: row.id, fence: row.fence };
        // Taken under a name that was taken for dead meanwhile: it is another's.
        if self.me.id() != worker {
            active.leave.cancel();
        }
        let (worker, carry, role) = (worker.to_owned(), Arc::clone(&self.carry), self.role);
        parts.tasks.spawn(async move {
            let _listed = listed;
            jobs.carry_one(row, &worker, &*carry, active, role).await;
        });
    }
}

impl Jobs {
    async fn carry_one(&self, row: RunRow, worker: &str, carry: &dyn Carry, active: Active, role: Role) {
        let (id, fence, row) = (row.id, row.fence, Arc::new(row));
        let Active { cancel, leave, .. } = active;
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
        let taken = Taken { row: Arc::clone(&row), cancel, leave: leave.clone(), live: line.live.clone(), journal };
        let carried = carry.carry(taken).await;
        if let Some(shows) = shows {
            shows.abort();
        }
        let ended = match carried {
            Carried::Left => {
                self.let_go(id, worker, fence).await;
                None
            }
            Carried::Ended(finished) => self.end(&row, worker, *finished, carry, &leave).await,
            Carried::Again(finished, wait) => {
                if self.again(&row, worker, &finished, wait, &leave).await {
                    None
                } else {
                    // It was cancelled meanwhile: this was how it ended.
                    self.end(&row, worker, *finished, carry, &leave).await
                }
            }
        };
        if let Some(ended) = ended {
            // The first to say so is right: a run ends once.
            let _ = line.ended.set(ended);
        }
    }

    /// Puts a run back in line. The answer is whether there is nothing left to do here.
    async fn again(
        &self,
        row: &RunRow,
        worker: &str,
        finished: &Finished,
        wait: Duration,
        leave: &CancellationToken,
    ) -> bool {
        let due = self.parts.clock.now().plus(wait);
        let detail = finished.detail.clone().unwrap_or_default();
        loop {
            match self.parts.store.requeue_run(row.id, worker, row.fence, due, &detail).await {
                Ok(again) => return again,
                Err(error) => tracing::warn!(reference = row.reference, "a run could not be put back yet: {error}"),
            }
            tokio::select! {
                () = leave.cancelled() => {
                    self.let_go(row.id, worker, row.fence).await;
                    return true;
                }
                () = tokio::time::sleep(DATABASE_AGAIN) => {}
            }
        }
    }

    /// Writes how a run ended, until that is on record or this process must go: the next one finds it running, and what it
    /// noted, and finds out again how it ended. The answer is how it ended, if it did.
    async fn end(
        &self,
        row: &RunRow,
        worker: &str,
        mut finished: Finished,
        carry: &dyn Carry,
        leave: &CancellationToken,
    ) -> Option<Finished> {
        loop {
            let end = RunEnd {
                worker: worker.to_owned(),
                fence: row.fence,
                card: serde_json::to_string(&finished.card).unwrap_or_default(),
                report: finished.report.to_string(),
                file: finished.card.file.as_ref().map(|file| (file.name.clone(), Arc::clone(&file.bytes))),
                sealed: row.sealed.clone(),
            };
            match self.parts.store.end_run(row.id, finished.outcome, finished.detail.clone(), end).await {
                Ok(Kept::Yes) => return Some(finished),
                Ok(Kept::No) => {
                    tracing::warn!(reference = row.reference, "a run was taken over before it ended here");
                    return None;
                }
                Ok(Kept::Cancelled) => {
                    finished = carry.cancelled(row, finished);
                    continue;
                }
                Err(error) => {
                    tracing::error!(reference = row.reference, "how a run ended could not be kept yet: {error}");
                }
            }
            tokio::select! {
                () = leave.cancelled() => {
                    self.let_go(row.id, worker, row.fence).await;
                    return None;
                }
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

/// Takes a run off the list when it is dropped, and sees to it that whoever watches it, and whoever looks for the next, does so.
struct Listed {
    jobs: Jobs,
    id: Uuid,
    fence: i64,
}

impl Drop for Listed {
    fn drop(&mut self) {
        let mut active = self.jobs.parts.active();
        // One that was lost and taken again is another's place.
        let mine = active.get(&self.id).is_some_and(|active| active.fence == self.fence);
        if mine {
            active.remove(&self.id);
        }
        drop(active);
        if let Some(line) = self.jobs.parts.board.known(self.id) {
            if mine {
                line.here.send_replace(false);
            }
            line.news.send_replace(());
        }
        self.jobs.wake();
    }
}
