//! One writer for a process: whatever waits goes into the log with one transaction, and one wait for the disk.
//!
//! **Invariant:** an answer is given after the commit, so what was answered is on record.

use base::{Error, Millis, Result, Secret};
use sqlx::{AnyConnection, AnyPool};
use tokio::sync::{mpsc, oneshot};

use super::{Row, chain::Chain};
use crate::{
    events::{Event, Events, NewEvent},
    lost,
    runs::{self, NewRun, RunEnd},
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
    done: oneshot::Sender<Result<bool>>,
}

#[derive(Debug)]
enum What {
    Begin { row: Box<Row>, reply_to: Option<Secret>, run: Option<Box<NewRun>> },
    End { id: String, now: i64, outcome: String, detail: Option<String>, run: Option<Box<RunEnd>> },
    Emit { event: Box<NewEvent> },
}

impl Writer {
    pub(crate) fn start(pool: AnyPool, events: Events) -> Self {
        let (jobs, waiting) = mpsc::channel(WAITING);
        tokio::spawn(work(pool, events, waiting));
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
    ) -> Result<bool> {
        self.ask(What::End { id, now: now.0, outcome, detail, run: run.map(Box::new) }).await
    }

    pub(crate) async fn emit(&self, event: NewEvent) -> Result<()> {
        self.ask(What::Emit { event: Box::new(event) }).await.map(drop)
    }

    async fn ask(&self, what: What) -> Result<bool> {
        let gone = || Error::internal("writing the audit log", anyhow::anyhow!("its writer is gone"));
        let (done, answer) = oneshot::channel();
        self.jobs.send(Job { what, done }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

async fn work(pool: AnyPool, events: Events, mut waiting: mpsc::Receiver<Job>) {
    let mut jobs = Vec::new();
    while waiting.recv_many(&mut jobs, AT_ONCE).await > 0 {
        let (whats, dones): (Vec<What>, Vec<_>) = jobs.drain(..).map(|job| (job.what, job.done)).unzip();
        let whats: Vec<&What> = whats.iter().collect();
        match commit(&pool, &events, &whats).await {
            Ok((answers, happened)) => {
                events.tell(happened);
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
                        None => commit(&pool, &events, &[what]).await.map(|(answers, happened)| {
                            events.tell(happened);
                            answers == [true]
                        }),
                    };
                    let _ = done.send(again.map_err(lost));
                }
            }
        }
    }
}

/// Writes all of them or none, and what they tell as events; the answers say which ends counted.
async fn commit(pool: &AnyPool, events: &Events, whats: &[&What]) -> sqlx::Result<(Vec<bool>, Vec<Event>)> {
    let mut all = pool.begin().await?;
    let mut chain = Chain::hold(&mut all).await?;
    let mut answers = Vec::with_capacity(whats.len());
    let mut happened = Vec::new();
    for what in whats {
        answers.push(match what {
            What::Begin { row, reply_to, run } => {
                if let Some(run) = run {
                    runs::insert(&mut all, run, row).await?;
                }
                happened.extend(NewEvent::of(row, row.plan.as_deref()));
                chain.push(Row::clone(row), reply_to.as_ref().map(|reply| reply.expose().to_owned()));
                true
            }
            What::End { id, now, outcome, detail, run } => {
                // A run that somebody else has by now is theirs to end; one that was cancelled meanwhile is cancelled.
                let outcome = match run {
                    Some(run) => runs::end(&mut all, id, *now, (outcome, detail.as_deref()), run).await?,
                    None => Some(outcome.clone()),
                };
                let first = match &outcome {
                    Some(outcome) => first_row(&mut all, id, outcome).await?,
                    None => None,
                };
                let ended = first.is_some() || (run.is_some() && outcome.is_some());
                if let (Some(row), Some(outcome)) = (first, &outcome) {
                    let plan = row.plan.clone();
                    let last = row.ended(*now, outcome, detail.as_deref());
                    happened.extend(NewEvent::of(&last, plan.as_deref()));
                    chain.push(last, None);
                }
                ended
            }
            What::Emit { event } => {
                happened.push(NewEvent::clone(event));
                true
            }
        });
    }
    chain.write(&mut all).await?;
    let happened = events.append(&mut all, happened).await?;
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
