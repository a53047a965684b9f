//! Durable runs: begun by one process, and gone on with by whichever is there.
//!
//! **Invariant:** whoever goes on with a run does it with a permit of its own, which the record gives: it must be of exactly this
//! action on exactly that thing, and not have ended.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use ::jobs::{Carried, Carry, Finished, Following, Over, Role, Taken};
use base::{
    Actor, AnyReport, Card, Error, Live, Result, Retry, Run, UserId,
    action::Ending,
    card::code,
    gate::{self, Record},
    measure,
};
use futures::{FutureExt, future::BoxFuture};
use serde_json::{Value, json};
use store::runs::{RunRow, State};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    Ended, Hub, Outcome, Performing, Progress,
    checks::Checks,
    perform::{bounded, broke, log, settle},
};

/// What waited longer than this before it was begun is only begun if whoever asked may still do it.
const LATE: Duration = Duration::from_mins(1);

/// What failed while it was looked at is looked at again after this.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Looks at what other processes may have changed.
pub type Look = Box<dyn Fn() -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// The hub as whoever does runs.
struct Crew(Hub);

impl Carry for Crew {
    fn carry(&self, taken: Taken) -> BoxFuture<'static, Carried> {
        let hub = self.0.clone();
        match self.0.parts.actions.get(taken.row.action.as_str()) {
            Some(entry) => go_on(hub, (entry.name, entry.retry), taken).boxed(),
            None => std::future::ready(Carried::Ended(Box::new(unknown(&taken.row)))).boxed(),
        }
    }

    fn conducts(&self, action: &str) -> bool {
        self.0.parts.actions.get(action).is_some_and(|entry| entry.conducts)
    }

    fn cancelled(&self, row: &RunRow, finished: Finished) -> Finished {
        too_late(row, finished)
    }
}

impl Hub {
    /// Takes and does durable runs until it is shut down, so many at a time. With none it only takes up what it left itself.
    pub async fn work(&self, role: Role, slots: usize) -> Result<()> {
        self.parts.jobs.work(Arc::new(Crew(self.clone())), role, slots).await
    }

    /// Has this done before each run, where another process may have changed what this one knows.
    pub fn before_runs(&self, look: Look) {
        // A process is one thing, and says so once.
        let _ = self.parts.before_runs.set(look);
    }

    /// Watches a run that was asked for before; none if there is none.
    pub async fn follow(&self, id: Uuid) -> Result<Option<Performing>> {
        let Some(row) = self.parts.store.run(id).await? else { return Ok(None) };
        let record = Record { id, reference: row.reference };
        let (live, watch_live) = watch::channel(None);
        let (_, progress) = watch::channel(Progress::Running(record.clone()));
        Ok(Some(self.spawn(progress, watch_live, |hub| async move {
            let following = hub.parts.jobs.follow(id);
            hub.watch(record, following, live).await
        })))
    }

    /// How a run ended, as whoever asked sees it.
    pub async fn outcome(&self, row: RunRow) -> Result<Outcome> {
        let unread = |error| Error::internal("reading how a run ended", error);
        let mut card: Card = serde_json::from_str(row.card.as_deref().unwrap_or_default()).map_err(unread)?;
        if let Some((name, bytes)) = self.parts.store.run_file(&row).await? {
            card = card.file(name, bytes);
        }
        let report = row.report.as_deref().and_then(|report| serde_json::from_str(report).ok()).unwrap_or_default();
        Ok(Outcome::Done { card: Box::new(card), report, ending: ending(row.state) })
    }

    /// Waits for the end of a run, wherever it is done.
    pub(crate) async fn watch(
        &self,
        record: Record,
        following: Following,
        live: watch::Sender<Option<Arc<dyn Live>>>,
    ) -> Ended {
        let mut shown = following.live();
        // What it showed before anybody watched is shown, too: after a restart it may have gone on before Discord was there.
        shown.mark_changed();
        let relay = async {
            while shown.changed().await.is_ok() {
                let now = shown.borrow_and_update().clone();
                live.send_replace(now);
            }
            std::future::pending().await
        };
        let ended = tokio::select! {
            ended = following.ended(queued) => ended,
            never = relay => never,
        };
        let outcome = match ended {
            Ok(Some(Over::Here(finished))) => finished_here(*finished),
            Ok(Some(Over::There(row))) => self.outcome(*row).await.unwrap_or_else(Outcome::Failed),
            Ok(None) => Outcome::Left,
            Err(error) => Outcome::Failed(error),
        };
        Ended { record: Some(record), outcome }
    }
}

fn ending(state: State) -> Ending {
    match state {
        State::Succeeded => Ending::Done,
        State::Cancelled => Ending::Cancelled,
        State::TimedOut => Ending::TimedOut,
        State::Interrupted => Ending::Interrupted,
        State::Failed | State::Queued | State::Running => Ending::Failed,
    }
}

fn finished_here(finished: Finished) -> Outcome {
    let ending = ending(State::of_outcome(finished.outcome));
    Outcome::Done { card: Box::new(finished.card), report: finished.report, ending }
}

/// A run that waits, as its card.
fn queued(row: &RunRow, behind: Option<String>) -> Arc<dyn Live> {
    let why = match behind {
        Some(reference) => format!("waits for run {}, which changes the same thing", code(reference)),
        None if row.attempts > 0 => format!("failed, and is begun again {}", row.due.relative()),
        None => "waits for a free place".to_owned(),
    };
    let mut card = Card::working(format!("**Waits** {}", row.plan)).fact(why);
    if let Some(detail) = row.detail.as_ref().filter(|_| row.attempts > 0) {
        card = card.text(detail);
    }
    Arc::new(Waits(card))
}

struct Waits(Card);

impl Live for Waits {
    fn card(&self) -> Card {
        self.0.clone()
    }
}

/// Does a run, or goes on with it.
async fn go_on(hub: Hub, (action, retry): (&'static str, Retry), taken: Taken) -> Carried {
    let row = Arc::clone(&taken.row);
    let record = Record { id: row.id, reference: row.reference.clone() };
    if taken.journal.is_empty() {
        if taken.cancel.is_cancelled() {
            return Carried::Ended(Box::new(never_begun(&row)));
        }
        if over(&hub, &row, Duration::ZERO) {
            return Carried::Ended(Box::new(ran_out(&row)));
        }
    }
    let (leave, cancel) = (taken.leave.clone(), taken.cancel.clone());
    let done = tokio::select! {
        biased;
        done = AssertUnwindSafe(attempt(&hub, taken, &record)).catch_unwind() => done,
        () = leave.cancelled() => return Carried::Left,
    };
    let redactor = hub.parts.redactor.of(row.guild);
    let (result, late) = done.unwrap_or_else(|panic| (Err(broke(&*panic)), false));
    let again = match &result {
        Err(Error::Busy(_) | Error::Outside(_) | Error::Internal { .. }) if !cancel.is_cancelled() => {
            retry.wait(row.attempts, hub.parts.clock.chance()).filter(|wait| !over(&hub, &row, *wait))
        }
        _ => None,
    };
    // A card is drawn from what a machine said: should that panic, the run ends all the same.
    let cut = late.then_some(Ending::TimedOut);
    let settled = std::panic::catch_unwind(AssertUnwindSafe(|| settle(result, cut, &redactor)));
    let finished = match settled {
        Ok((outcome, detail, Outcome::Done { card, report, .. })) => Finished { outcome, detail, card: *card, report },
        Ok((outcome, detail, Outcome::Failed(error))) => {
            log(action, Some(&record), &error);
            Finished { outcome, ..failed(&error, detail) }
        }
        Ok((_, detail, Outcome::Waits(_) | Outcome::Left)) => failed(&broke(&"settled as nothing"), detail),
        Err(panic) => failed(&broke(&*panic), None),
    };
    // Once more, whole: an error is of words that were not all masked.
    let finished = Finished {
        card: finished.card.redacted(&redactor).into_inner(),
        report: redactor.mask_json(finished.report),
        detail: finished.detail.map(|detail| redactor.mask(&detail).into_owned()),
        ..finished
    };
    match again {
        Some(wait) => Carried::Again(Box::new(finished), wait),
        None => Carried::Ended(Box::new(finished)),
    }
}

/// Whether a run's time will be over after this wait. It began when it was first begun.
fn over(hub: &Hub, row: &RunRow, wait: Duration) -> bool {
    row.started.is_some_and(|began| hub.parts.clock.now().since(began) + wait >= row.deadline)
}

/// What came of it, and whether it was stopped because it took too long.
type Came = (Result<Box<dyn AnyReport>>, bool);

async fn attempt(hub: &Hub, taken: Taken, record: &Record) -> Came {
    // What was begun may still be going on somewhere: that it cannot be looked at just now is not its end.
    let begun = !taken.journal.is_empty();
    loop {
        match begin(hub, &taken, record).await {
            Ok(ready) => return ready.await,
            Err(error @ Error::Internal { .. }) if begun && !over(hub, &taken.row, LOOK_AGAIN) => {
                tracing::warn!(record.reference, "a run cannot be gone on with just now: {error}");
                tokio::select! {
                    () = taken.cancel.cancelled() => return (Err(error), false),
                    () = tokio::time::sleep(LOOK_AGAIN) => {}
                }
            }
            Err(error) => return (Err(error), false),
        }
    }
}

/// All that is needed to do it; what is left is to do so.
async fn begin(hub: &Hub, taken: &Taken, record: &Record) -> Result<impl Future<Output = Came> + use<>> {
    if let Some(look) = hub.parts.before_runs.get() {
        look().await?;
    }
    let row = &taken.row;
    let action = hub.entry(&row.action)?.read(hub, arguments(hub, row).await?)?;
    let now = hub.parts.clock.now();
    let late = taken.journal.is_empty() && now.since(row.created) > LATE;
    let actor = if late { whoever_asked(hub, row).await? } else { row.actor(Vec::new(), false) };
    let redactor = hub.parts.redactor.of(row.guild);
    let checks = Checks { hub, redactor: &redactor, entry: None };
    let go = gate::readmit(&checks, &actor, action, record.clone(), late).await?;
    let began = row.started.unwrap_or(now);
    let left = row.deadline.saturating_sub(now.since(began));
    let run =
        Run::new(actor, record.reference.clone(), taken.cancel.clone(), taken.live.clone(), redactor.clone(), began)
            .with_journal(taken.journal.clone());
    let (cancel, deadline) = (taken.cancel.clone(), row.deadline);
    Ok(async move { bounded(go.run(&run), deadline, left, &cancel).await })
}

/// Whoever asked, as they are now.
async fn whoever_asked(hub: &Hub, row: &RunRow) -> Result<Actor> {
    match hub.standing(row.guild, row.asked_by).await? {
        Some(standing) => Ok(row.actor(standing.roles, standing.administrator)),
        None => {
            Err(Error::Invalid(format!("{} is not in this guild any more. Nothing was done.", mention(row.asked_by))))
        }
    }
}

fn mention(user: UserId) -> String {
    format!("<@{user}>")
}

async fn arguments(hub: &Hub, row: &RunRow) -> Result<Value> {
    let unread = |error| Error::internal("reading what a run is to do", error);
    match &row.sealed {
        Some(sealed) => {
            let whole = hub.parts.vault.open(row.guild, sealed).await?;
            serde_json::from_str(whole.expose()).map_err(unread)
        }
        None => serde_json::from_str(&row.arguments).map_err(unread),
    }
}

fn never_begun(row: &RunRow) -> Finished {
    let by = row.cancelled_by.map(|user| format!(" by {}", mention(user))).unwrap_or_default();
    let again = if row.attempts > 1 || row.detail.is_some() { " again" } else { "" };
    let mut card =
        Card::quiet(format!("**Cancelled** {}", row.plan)).fact(format!("cancelled{by} before it was begun{again}"));
    if let Some(before) = &row.detail {
        card = card.text(before);
    }
    let detail = Some(format!("cancelled before it was begun{again}"));
    Finished { outcome: Ending::Cancelled.as_str(), detail, card, report: json!({ "ended": "cancelled" }) }
}

/// It came to an end, and was cancelled before that was on record: what it did is shown, as what it was.
fn too_late(row: &RunRow, finished: Finished) -> Finished {
    let Finished { outcome, detail, card, report } = finished;
    let before = detail.filter(|detail| !detail.is_empty()).unwrap_or_else(|| outcome.to_owned());
    let said = format!("it had ended before it could be stopped: {before}");
    let card =
        Card { body: card.body, file: card.file, ..Card::quiet(format!("**Cancelled** {}", row.plan)) }.fact(&said);
    let report = match report {
        Value::Object(mut report) => {
            report.insert("ended".to_owned(), json!("cancelled"));
            Value::Object(report)
        }
        other => json!({ "ended": "cancelled", "report": other }),
    };
    Finished { outcome: Ending::Cancelled.as_str(), detail: Some(said), card, report }
}

/// Its time was over before anything of it could be begun, or begun again.
fn ran_out(row: &RunRow) -> Finished {
    let said = format!("its {} were over before it could be begun again", measure::span(row.deadline));
    let mut card = Card::failed(format!("**Timed out** {}", row.plan)).fact(&said);
    if let Some(before) = &row.detail {
        card = card.text(before);
    }
    Finished { outcome: Ending::TimedOut.as_str(), detail: Some(said), card, report: json!({ "ended": "timed_out" }) }
}

/// It was left by a newer version, which this one took over from.
fn unknown(row: &RunRow) -> Finished {
    let said = format!("This version of me knows no {}. Nothing was done.", code(&row.action));
    let card = Card::failed(format!("**Cannot do** {}", row.plan)).text(&said);
    Finished { outcome: "failed", detail: Some(said.clone()), card, report: json!({ "error": said }) }
}

fn failed(error: &Error, detail: Option<String>) -> Finished {
    let detail = detail.or_else(|| Some(error.to_string()));
    let report = json!({ "error": detail });
    Finished { outcome: error.outcome(), detail, card: error.card(), report }
}
