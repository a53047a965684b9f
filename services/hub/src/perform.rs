//! Carries one action through the gate, runs it, and completes its audit row, whatever happens.
//!
//! **Invariant:** the work is a task of its own: whoever asked may hang up, and the record is still completed.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use base::{
    Actor, AnyAction, AnyReport, Card, Error, Live, Redactor, Result, Run,
    action::Ending,
    gate::{self, Admission, Record, Waiting},
    measure,
};
use futures::FutureExt;
use serde_json::Value;
use tokio::sync::{oneshot, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Hub, checks::Checks};

/// An action that heeds its deadline ends itself first, and says so; this much later it is cancelled.
const LATE: Duration = Duration::from_secs(5);
/// A database that does not take how something ended is asked again after each of these.
const COMPLETE_AGAIN: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// An action that heeds a cancel ends itself, and cleans up, within this; then it is dropped.
const GRACE: Duration = Duration::from_secs(10);

/// How far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// May it?
    Checking,
    /// It may, nobody needs to be asked, and it is on record: from here on a restart can explain it.
    Running(Record),
}

/// Something being done.
pub struct Performing {
    /// How far it has come.
    pub progress: watch::Receiver<Progress>,
    /// How it shows itself while it runs.
    pub live: watch::Receiver<Option<Arc<dyn Live>>>,
    ended: oneshot::Receiver<Ended>,
}

impl Performing {
    /// How it ended. Can be awaited again and again until it has answered once.
    pub async fn ended(&mut self) -> Ended {
        (&mut self.ended).await.unwrap_or_else(|_| Ended {
            record: None,
            outcome: Outcome::Failed(Error::internal("doing that", anyhow::anyhow!("its task is gone"))),
        })
    }
}

impl Performing {
    /// Waits until the checks are over: it runs, or has ended.
    pub(crate) async fn checked(&self) {
        // An error means that it has ended.
        let _ = self.progress.clone().wait_for(|progress| *progress != Progress::Checking).await;
    }
}

/// How it ended.
pub struct Ended {
    /// Its audit row; missing only where the log could not be written.
    pub record: Option<Record>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of an action. Secrets are masked.
pub enum Outcome {
    /// It ran.
    Done {
        /// For people.
        card: Box<Card>,
        /// For models.
        report: Value,
        /// How what it ran ended.
        ending: Ending,
    },
    /// It did not happen, or broke.
    Failed(Error),
    /// Somebody must say yes first.
    Waits(Box<Waiting>),
    /// This process stops, and the work goes on without it.
    Left,
}

/// What is known of a request besides who wants what.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asked {
    /// The answer to a question that was asked for it.
    pub(crate) given: Option<Uuid>,
    /// The id its audit entry is to have.
    pub(crate) entry: Option<Uuid>,
}

/// What is to be done, or its name and why it cannot be.
pub(crate) type Named = std::result::Result<AnyAction, (&'static str, Error)>;

impl Hub {
    pub(crate) fn start(&self, actor: Actor, action: Named, asked: Asked) -> Performing {
        let (progress, watch_progress) = watch::channel(Progress::Checking);
        let (live, watch_live) = watch::channel(None);
        self.spawn(
            watch_progress,
            watch_live,
            |hub| async move { hub.carry(&actor, action, asked, &progress, live).await },
        )
    }

    /// Something that goes on in a task of its own.
    pub(crate) fn spawn<W: Future<Output = Ended> + Send + 'static>(
        &self,
        progress: watch::Receiver<Progress>,
        live: watch::Receiver<Option<Arc<dyn Live>>>,
        work: impl FnOnce(Self) -> W,
    ) -> Performing {
        let (end, ended) = oneshot::channel();
        let work = work(self.clone());
        self.parts.tasks.spawn(async move {
            // Whoever asked may have gone; the audit row tells.
            let _ = end.send(work.await);
        });
        Performing { progress, live, ended }
    }

    async fn carry(
        &self,
        actor: &Actor,
        action: Named,
        asked: Asked,
        progress: &watch::Sender<Progress>,
        live: watch::Sender<Option<Arc<dyn Live>>>,
    ) -> Ended {
        let given = asked.given;
        let action = match action {
            Ok(action) => action,
            Err((name, error)) => {
                log(name, None, &error);
                return Ended { record: None, outcome: Outcome::Failed(error) };
            }
        };
        let (name, deadline) = (action.name(), action.deadline());
        let redactor = self.parts.redactor.of(actor.guild);
        // Who watches a durable run does so before it is there, and misses nothing of it.
        let expected = action.is_durable().then(|| {
            let entry = asked.entry.unwrap_or_else(|| self.parts.clock.id());
            (entry, self.parts.jobs.expect(entry))
        });
        let entry = expected.as_ref().map(|(entry, _)| *entry).or(asked.entry);
        let checks = Checks { hub: self, redactor: &redactor, entry };
        let go = match gate::admit(&checks, actor, action, given).await {
            Admission::Go(go) => go,
            Admission::Waits(waiting, record) => {
                return Ended { record: Some(record), outcome: Outcome::Waits(waiting) };
            }
            Admission::Refused(error, record) => {
                let error = self.unanswered(actor, given, error).await;
                log(name, record.as_ref(), &error);
                return Ended { record, outcome: Outcome::Failed(error) };
            }
        };
        let record = go.record().clone();
        if let Some(given) = given {
            // From here on nothing asks for it again.
            self.forget_sealed(actor.guild, given).await;
        }
        if let Some((_, expected)) = expected {
            progress.send_replace(Progress::Running(record.clone()));
            self.parts.jobs.wake();
            return self.watch(record, expected, live).await;
        }
        let cancel = CancellationToken::new();
        let listed = self.parts.running.list(actor, &record.reference, cancel.clone());
        progress.send_replace(Progress::Running(record.clone()));
        let began = self.parts.clock.now();
        let run = Run::new(actor.clone(), record.reference.clone(), cancel.clone(), live, redactor.clone(), began);

        let (result, late) = bounded(go.run(&run), deadline, deadline, &cancel).await;
        drop(listed);
        let interrupted = self.parts.running.is_shutting_down().then_some(Ending::Interrupted);
        let cut = if late { Some(Ending::TimedOut) } else { interrupted };
        // A card is drawn from what a machine said: should that panic, the row is completed all the same.
        let settled = std::panic::catch_unwind(AssertUnwindSafe(|| settle(result, cut, &redactor)));
        let (word, detail, outcome) = settled.unwrap_or_else(|panic| {
            let error = broke(&*panic);
            (error.outcome(), Some(error.to_string()), Outcome::Failed(error))
        });
        if let Outcome::Failed(error) = &outcome {
            log(name, Some(&record), error);
        }
        if given.is_some() {
            // Whoever asked is not who waits here; they look once it is on record.
            self.parts.kept.keep(record.id, &outcome);
        }
        // What stays open would be taken for interrupted by the next start, whatever people were told.
        for wait in COMPLETE_AGAIN {
            let Err(error) = self.parts.store.complete_audit(record.id, word, detail.clone()).await else { break };
            log(name, Some(&record), &error);
            tokio::time::sleep(wait).await;
        }
        Ended { record: Some(record), outcome }
    }
}

/// Runs an action within what is left of its deadline; a panic is an error like any other. Besides what came of it, the answer is
/// whether it was stopped because it took too long.
pub(crate) async fn bounded<R>(
    work: impl Future<Output = Result<R>>,
    deadline: Duration,
    left: Duration,
    cancel: &CancellationToken,
) -> (Result<R>, bool) {
    let late = AtomicBool::new(false);
    let too_long = async {
        tokio::select! {
            () = tokio::time::sleep(left.saturating_add(LATE)) => {
                late.store(true, Ordering::Relaxed);
                cancel.cancel();
            }
            () = cancel.cancelled() => {}
        }
        tokio::time::sleep(GRACE).await;
    };
    let done = tokio::select! {
        biased;
        done = AssertUnwindSafe(work).catch_unwind() => done.unwrap_or_else(|panic| Err(broke(&*panic))),
        () = too_long => {
            let why = if late.load(Ordering::Relaxed) {
                format!("It did not end within {}", measure::span(deadline))
            } else {
                format!("It did not stop within {} of being told to", measure::span(GRACE))
            };
            Err(Error::Busy(format!("{why} and was given up. What it had begun may be half done.")))
        }
    };
    (done, late.load(Ordering::Relaxed))
}

pub(crate) fn broke(panic: &(dyn std::any::Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let what = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Error::internal("doing that", anyhow::anyhow!("panicked: {what}"))
}

/// The audit row's last words and what is shown, both without secrets. `cut` is how it ended where nobody but us stopped it.
pub(crate) fn settle(
    result: Result<Box<dyn AnyReport>>,
    cut: Option<Ending>,
    redactor: &Redactor,
) -> (&'static str, Option<String>, Outcome) {
    match result {
        Ok(report) => {
            let card = Box::new(report.card().redacted(redactor).into_inner());
            let ending = cut.filter(|_| report.ending() == Ending::Cancelled).unwrap_or_else(|| report.ending());
            let report = redactor.mask_json(report.value());
            (ending.as_str(), Some(card.facts.join(" · ")), Outcome::Done { card, report, ending })
        }
        Err(error) => {
            let error = match error {
                Error::Outside(card) => Error::Outside(Box::new(card.redacted(redactor).into_inner())),
                Error::Invalid(text) => Error::Invalid(redactor.mask(&text).into_owned()),
                Error::Busy(text) => Error::Busy(redactor.mask(&text).into_owned()),
                other => other,
            };
            let word = if cut == Some(Ending::TimedOut) { Ending::TimedOut.as_str() } else { error.outcome() };
            (word, Some(redactor.mask(&error.to_string()).into_owned()), Outcome::Failed(error))
        }
    }
}

/// Ours go to the log with their whole chain; the rest only says that it happened.
pub(crate) fn log(action: &'static str, record: Option<&Record>, error: &Error) {
    let reference = record.map_or("", |record| record.reference.as_str());
    match error {
        Error::Internal { source, .. } => {
            tracing::error!(action.name = action, reference, error = format!("{error} {source:#}"), "action broke");
        }
        other => tracing::info!(action.name = action, reference, outcome = other.outcome(), "{other}"),
    }
}
