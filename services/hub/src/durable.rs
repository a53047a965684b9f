//! Durable runs: begun by one process, and gone on with by whichever is there.
//!
//! **Invariant:** whoever goes on with a run does it with a permit of its own, which the record gives: it must be of exactly this
//! action on exactly that thing, and not have ended.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use ::jobs::{Carried, Carry, Finished, Role, Taken};
use base::{
    Action, Actor, Card, Error, Live, Result, Run, UserId,
    action::Ending,
    card::code,
    gate::{self, Record},
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
    registry::read,
};

/// What waited longer than this before it was begun is only begun if whoever asked may still do it.
const LATE: Duration = Duration::from_mins(1);

/// The hub as whoever does runs.
struct Crew(Hub);

impl Carry for Crew {
    fn carry(&self, taken: Taken) -> BoxFuture<'static, Carried> {
        let hub = self.0.clone();
        match self.0.parts.actions.get(taken.row.action.as_str()) {
            Some(entry) => (entry.go_on)(hub, taken),
            None => {
                let unknown = Error::NotFound { kind: "action", name: taken.row.action.clone() };
                std::future::ready(Carried::Ended(Box::new(failed(&unknown, None)))).boxed()
            }
        }
    }
}

impl Hub {
    /// Takes and does durable runs until it is shut down.
    pub async fn work(&self, role: Role) -> Result<()> {
        self.parts.jobs.work(Arc::new(Crew(self.clone())), role).await
    }

    /// Watches a run that was asked for before; none if there is none.
    pub async fn follow(&self, id: Uuid) -> Result<Option<Performing>> {
        let Some(row) = self.parts.store.run(id).await? else { return Ok(None) };
        let record = Record { id, reference: row.reference };
        let (live, watch_live) = watch::channel(None);
        let (_, progress) = watch::channel(Progress::Running(record.clone()));
        Ok(Some(self.spawn(progress, watch_live, |hub| async move { hub.watch(record, live).await })))
    }

    /// How a run ended, as whoever asked sees it.
    pub async fn outcome(&self, row: RunRow) -> Result<Outcome> {
        let unread = |error| Error::internal("reading how a run ended", error);
        let mut card: Card = serde_json::from_str(row.card.as_deref().unwrap_or_default()).map_err(unread)?;
        if let Some((name, bytes)) = self.parts.store.run_file(row.id).await? {
            card = card.file(name, bytes);
        }
        let report = row.report.as_deref().and_then(|report| serde_json::from_str(report).ok()).unwrap_or_default();
        let ending = match row.state {
            State::Succeeded => Ending::Done,
            State::Cancelled => Ending::Cancelled,
            State::TimedOut => Ending::TimedOut,
            State::Interrupted => Ending::Interrupted,
            State::Failed | State::Queued | State::Running => Ending::Failed,
        };
        Ok(Outcome::Done { card: Box::new(card), report, ending })
    }

    /// Waits for the end of a run, wherever it is done.
    pub(crate) async fn watch(&self, record: Record, live: watch::Sender<Option<Arc<dyn Live>>>) -> Ended {
        let following = self.parts.jobs.follow(record.id);
        let mut shown = following.live();
        self.parts.jobs.wake();
        let shows = async {
            while shown.changed().await.is_ok() {
                let now = shown.borrow_and_update().clone();
                live.send_replace(now);
            }
            std::future::pending().await
        };
        let ended = tokio::select! {
            ended = following.ended(queued) => ended,
            never = shows => never,
        };
        let outcome = match ended {
            Ok(Some(row)) => self.outcome(row).await.unwrap_or_else(Outcome::Failed),
            Ok(None) => Outcome::Left,
            Err(error) => Outcome::Failed(error),
        };
        Ended { record: Some(record), outcome }
    }
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
pub(crate) async fn go_on<A: Action>(hub: Hub, taken: Taken) -> Carried {
    let row = taken.row.clone();
    let record = Record { id: row.id, reference: row.reference.clone() };
    if taken.cancel.is_cancelled() && taken.journal.is_empty() {
        return Carried::Ended(Box::new(never_begun(&row)));
    }
    let (leave, cancel) = (taken.leave.clone(), taken.cancel.clone());
    let done = tokio::select! {
        biased;
        done = AssertUnwindSafe(attempt::<A>(&hub, taken, &record)).catch_unwind() => done,
        () = leave.cancelled() => return Carried::Left,
    };
    let redactor = hub.parts.redactor.of(row.guild);
    let result = done.unwrap_or_else(|panic| Err(broke(&*panic)));
    let again = match &result {
        Err(Error::Busy(_) | Error::Outside(_) | Error::Internal { .. }) if !cancel.is_cancelled() => {
            A::RETRY.wait(row.attempts, hub.parts.clock.chance())
        }
        _ => None,
    };
    // A card is drawn from what a machine said: should that panic, the run ends all the same.
    let settled = std::panic::catch_unwind(AssertUnwindSafe(|| settle(result, false, &redactor)));
    let finished = match settled {
        Ok((outcome, detail, Outcome::Done { card, report, .. })) => Finished { outcome, detail, card: *card, report },
        Ok((_, detail, Outcome::Failed(error))) => {
            log(A::NAME, Some(&record), &error);
            Finished { detail, ..failed(&error, None) }
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

async fn attempt<A: Action>(hub: &Hub, taken: Taken, record: &Record) -> Result<A::Report> {
    let row = &taken.row;
    let action: A = read(arguments(hub, row).await?)?;
    let now = hub.parts.clock.now();
    let late = taken.journal.is_empty() && now.since(row.created) > LATE;
    let actor = if late { whoever_asked(hub, row).await? } else { row.actor(Vec::new(), false) };
    let service = hub.service::<A::Service>()?;
    let redactor = hub.parts.redactor.of(row.guild);
    let checks = Checks { hub, redactor: &redactor, entry: None };
    let permit = gate::readmit(&checks, &*service, &actor, action, record.clone(), late).await?;
    let began = row.started.unwrap_or(now);
    let left = row.deadline.saturating_sub(now.since(began));
    let run = Run::new(actor, record.reference.clone(), taken.cancel.clone(), taken.live, redactor.clone(), began)
        .with_journal(taken.journal);
    bounded(A::run(permit, &service, &run), left, &taken.cancel).await
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
    let card = Card::quiet(format!("**Cancelled** {}", row.plan)).fact(format!("cancelled{by} before it was begun"));
    let detail = Some("cancelled before it was begun".to_owned());
    Finished { outcome: Ending::Cancelled.as_str(), detail, card, report: json!({ "ended": "cancelled" }) }
}

fn failed(error: &Error, detail: Option<String>) -> Finished {
    let detail = detail.or_else(|| Some(error.to_string()));
    let report = json!({ "error": detail });
    Finished { outcome: error.outcome(), detail, card: error.card(), report }
}
