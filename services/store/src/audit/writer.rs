//! One writer for a process: whatever waits goes into the log with one transaction, and one wait for the disk. Runs are taken
//! with it, too: their rows are those that were just written, and it is the same disk.
//!
//! **Invariant:** an answer is given after the commit, so what was answered is on record.

use base::{Error, Millis, Result, Secret};
use sqlx::{AnyConnection, AnyPool};
use tokio::sync::{mpsc, oneshot};

use super::{Row, chain::Chain};
use crate::{
    events::{Event, Events, NewEvent},
    lost,
    runs::{self, Claim, Kept, NewRun, RunEnd, Shared},
};

/// Most that goes with one transaction: more would make the first wait for the last.
const AT_ONCE: usize = 256;
/// Whoever comes when so many wait already has to wait to wait.
const WAITING: usize = 1_024;

/// The line to the writer. Cloning shares it; the writer ends with the last.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Job>,
}

#[derive(Debug)]
struct Job {
    what: What,
    done: oneshot::Sender<Result<Answer>>,
}

#[derive(Debug)]
enum What {
    Begin { row: Box<Row>, reply_to: Option<Secret>, run: Option<Box<NewRun>> },
    End { id: String, now: i64, outcome: String, detail: Option<String>, run: Option<Box<RunEnd>> },
    Claim(Claim),
    Emit { event: Box<NewEvent> },
}

type Taken = (Vec<runs::Row>, Option<Millis>);

#[derive(Debug)]
enum Answer {
    Begun,
    Ended(Kept),
    Claimed(Taken),
    Emitted,
}

impl Writer {
    pub(crate) fn start(pool: AnyPool, events: Events, shared: Option<Shared>) -> Self {
        let (jobs, waiting) = mpsc::channel(WAITING);
        tokio::spawn(work(Log { pool, events, shared }, waiting));
        Self { jobs }
    }

    pub(super) async fn begin(&self, row: Row, reply_to: Option<Secret>, run: Option<NewRun>) -> Result<()> {
        self.ask(What::Begin { row: Box::new(row), reply_to, run: run.map(Box::new) }).await.map(drop)
    }

    pub(super) async fn end(
        &self,
        id: String,
        now: Millis,
        outcome: String,
        detail: Option<String>,
        run: Option<RunEnd>,
    ) -> Result<Kept> {
        match self.ask(What::End { id, now: now.0, outcome, detail, run: run.map(Box::new) }).await? {
            Answer::Ended(kept) => Ok(kept),
            Answer::Begun | Answer::Claimed(_) | Answer::Emitted => Err(mixed_up()),
        }
    }

    pub(crate) async fn claim(&self, claim: Claim) -> Result<Taken> {
        match self.ask(What::Claim(claim)).await? {
            Answer::Claimed(taken) => Ok(taken),
            Answer::Begun | Answer::Ended(_) | Answer::Emitted => Err(mixed_up()),
        }
    }

    pub(crate) async fn emit(&self, event: NewEvent) -> Result<()> {
        self.ask(What::Emit { event: Box::new(event) }).await.map(drop)
    }

    async fn ask(&self, what: What) -> Result<Answer> {
        let gone = || Error::internal("writing the audit log", anyhow::anyhow!("its writer is gone"));
        let (done, answer) = oneshot::channel();
        self.jobs.send(Job { what, done }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

fn mixed_up() -> Error {
    Error::internal("writing the audit log", anyhow::anyhow!("its writer answered something else"))
}

/// Where it is written.
struct Log {
    pool: AnyPool,
    events: Events,
    shared: Option<Shared>,
}

async fn work(log: Log, mut waiting: mpsc::Receiver<Job>) {
    let mut jobs = Vec::new();
    while waiting.recv_many(&mut jobs, AT_ONCE).await > 0 {
        let (whats, dones): (Vec<What>, Vec<_>) = jobs.drain(..).map(|job| (job.what, job.done)).unzip();
        let whats: Vec<&What> = whats.iter().collect();
        match commit(&log, &whats).await {
            Ok((answers, happened)) => {
                log.events.tell(happened);
                for (done, answer) in dones.into_iter().zip(answers) {
                    // Whoever asked may have gone; it is on record.
                    let _ = done.send(Ok(answer));
                }
            }
            // One that cannot be written must not take the others with it.
            Err(error) => {
                tracing::debug!(%error, rows = whats.len(), "not written together; each by itself");
                let alone = whats.len() == 1;
                let mut first = Some(error);
                for (done, what) in dones.into_iter().zip(whats) {
                    let again = match first.take().filter(|_| alone) {
                        Some(error) => Err(error),
                        None => commit(&log, &[what]).await.map(|(mut answers, happened)| {
                            log.events.tell(happened);
                            answers.remove(0)
                        }),
                    };
                    let again = match (again, what) {
                        // Another process took what changes the same thing in this very moment.
                        (Err(sqlx::Error::Database(error)), What::Claim(_)) if error.is_unique_violation() => {
                            Ok(Answer::Claimed(Taken::default()))
                        }
                        // The connection was lost in the middle of a commit that counted.
                        (Err(sqlx::Error::Database(error)), What::Begin { row, .. })
                            if error.is_unique_violation() && is_there(&log, row).await =>
                        {
                            Ok(Answer::Begun)
                        }
                        (again, _) => again,
                    };
                    let _ = done.send(again.map_err(lost));
                }
            }
        }
    }
}

/// Whether this very row is on record.
async fn is_there(log: &Log, row: &Row) -> bool {
    let sql = "select count(*) from audit_log where entry_id = $1 and reference = $2 and outcome = $3";
    let query = sqlx::query_scalar::<_, i64>(sql).bind(&row.entry_id).bind(&row.reference).bind(&row.outcome);
    query.fetch_one(&log.pool).await.is_ok_and(|found| found > 0)
}

/// Writes all of them or none, and what they tell as events.
async fn commit(log: &Log, whats: &[&What]) -> sqlx::Result<(Vec<Answer>, Vec<Event>)> {
    let mut all = log.pool.begin().await?;
    // The chain's end is held only where something is added to it.
    let adds = whats.iter().any(|what| !matches!(what, What::Claim(_)));
    let mut chain = if adds { Some(Chain::hold(&mut all).await?) } else { None };
    let (mut waits, mut over) = (false, Vec::new());
    let mut answers = Vec::with_capacity(whats.len());
    let mut happened = Vec::new();
    for what in whats {
        answers.push(match (what, &mut chain) {
            (What::Begin { row, reply_to, run }, Some(chain)) => {
                if let Some(run) = run {
                    runs::insert(&mut all, run, row).await?;
                    waits = true;
                }
                happened.extend(NewEvent::of(row, row.plan.as_deref()));
                chain.push(Row::clone(row), reply_to.as_ref().map(|reply| reply.expose().to_owned()));
                Answer::Begun
            }
            (What::End { id, now, outcome, detail, run }, Some(chain)) => {
                // A run that somebody else has by now is theirs to end; one that was cancelled meanwhile is cancelled.
                let mut kept = match run {
                    Some(run) => runs::end(&mut all, id, *now, (outcome, detail.as_deref()), run).await?,
                    None => Kept::Yes,
                };
                if kept == Kept::Yes {
                    match first_row(&mut all, id, outcome).await? {
                        Some(row) => {
                            let plan = row.plan.clone();
                            let last = row.ended(*now, outcome, detail.as_deref());
                            happened.extend(NewEvent::of(&last, plan.as_deref()));
                            chain.push(last, None);
                        }
                        None if run.is_none() => kept = Kept::No,
                        None => {}
                    }
                }
                if kept == Kept::Yes && run.is_some() {
                    over.push(id.as_str());
                }
                Answer::Ended(kept)
            }
            (What::Claim(claim), _) => Answer::Claimed(runs::claim(&mut all, claim).await?),
            (What::Emit { event }, _) => {
                happened.push(NewEvent::clone(event));
                Answer::Emitted
            }
            (What::Begin { .. } | What::End { .. }, None) => unreachable!("the chain is held for these"),
        });
    }
    if let Some(chain) = chain {
        chain.write(&mut all).await?;
    }
    if let Some(shared) = &log.shared {
        shared.tell(&mut all, waits, &over).await?;
    }
    let happened = log.events.append(&mut all, happened).await?;
    all.commit().await?;
    Ok((answers, happened))
}

/// The row of something that runs, which has ended now; none where it had ended before.
async fn first_row(connection: &mut AnyConnection, id: &str, outcome: &str) -> sqlx::Result<Option<Row>> {
    let sql =
        "update in_flight set outcome = $1 where id = $2 and outcome is null returning began, reply_to, channel_id";
    let ended: Option<(i64, Option<String>, Option<String>)> =
        sqlx::query_as(sql).bind(outcome).bind(id).fetch_optional(&mut *connection).await?;
    let Some((began, reply_to, card)) = ended else { return Ok(None) };
    // Nobody is left to be told.
    if reply_to.is_none() && card.is_none() {
        sqlx::query("delete from in_flight where id = $1").bind(id).execute(&mut *connection).await?;
    }
    sqlx::query_as("select * from audit_log where seq = $1").bind(began).fetch_optional(connection).await
}
