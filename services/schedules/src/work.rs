//! What is due is claimed, and what is claimed is done, one at a time for each schedule.
//!
//! **Invariants:** what is claimed stays claimed until it has ended: a process that dies leaves it to the next. What could not be begun,
//! because Discord does not say who somebody is, is tried again; meanwhile nothing more of that schedule is claimed.

use std::sync::{Arc, MutexGuard, PoisonError};

use base::{Error, Millis, Result};
use store::{
    audit::STARTED,
    occurrences::{Claim, End, Occurrence},
    schedules::{Schedule, State},
};

use crate::{
    Came, Ended, Schedules,
    due::{Missed, due},
    told,
    when::When,
};

/// So many schedules are looked at at once; the rest a second later.
const AT_ONCE: i64 = 500;
/// What ended and was told is remembered this long.
const REMEMBERED: i64 = 30 * 24 * 3_600 * 1000;

/// Something claimed that is to be done. Its schedule does nothing else until this is dropped.
pub struct Job {
    schedules: Arc<Schedules>,
    occurrence: Occurrence,
}

impl Drop for Job {
    fn drop(&mut self) {
        self.schedules.busy().remove(&self.occurrence.schedule);
    }
}

impl Schedules {
    /// Takes over what another process left. Only for whoever holds the database's lock; before anything else.
    pub async fn resume(&self) -> Result<usize> {
        self.store.take_over(&self.holder).await.map(|ids| ids.len())
    }

    /// Claims what is due; the answer is what there is to do now.
    pub async fn jobs(self: &Arc<Self>) -> Result<Vec<Job>> {
        for schedule in self.store.due_schedules(AT_ONCE).await? {
            // One that cannot be read must not hold up the others.
            if let Err(error) = self.claim(&schedule).await {
                tracing::error!(schedule.name, "what is due could not be claimed: {error}");
            }
        }
        let held = self.store.held_occurrences(&self.holder).await?;
        let mut busy = self.busy();
        let free = held.into_iter().filter(|one| busy.insert(one.schedule.clone()));
        Ok(free.map(|occurrence| Job { schedules: Arc::clone(self), occurrence }).collect())
    }

    /// Forgets what is long over.
    pub async fn tidy(&self) -> Result<u64> {
        self.store.forget_occurrences(Millis(self.clock.now().0 - REMEMBERED)).await
    }

    fn busy(&self) -> MutexGuard<'_, std::collections::HashSet<String>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn claim(&self, schedule: &Schedule) -> Result<()> {
        let when = When::parse(&schedule.rule, &schedule.zone)?;
        let missed = Missed::parse(&schedule.missed).unwrap_or(Missed::Once);
        let now = self.clock.now();
        let Some(come) = schedule.next.and_then(|first| due(&when, first, now, missed, schedule.late)) else {
            return Ok(());
        };
        let goes_on = self.store.goes_on(schedule).await?;
        if goes_on && missed == Missed::All {
            // Each is made up for, once the one before has ended.
            return Ok(());
        }
        let in_the_way = if goes_on {
            Some("its last run still goes on")
        } else if missed != Missed::All && self.store.asks_still(schedule).await? {
            Some("its last run still waits for a yes")
        } else {
            None
        };
        let claim = if let Some(why) = in_the_way {
            let skipped = Some((self.store.new_occurrence(), come.latest, why));
            Claim { runs: Vec::new(), skipped, missed: come.come, next: come.next }
        } else {
            let run = |(moment, stands_for)| (self.store.new_occurrence(), moment, stands_for);
            let runs = come.runs.into_iter().map(run).collect();
            Claim { runs, skipped: None, missed: come.missed, next: come.next }
        };
        if self.store.claim(schedule, &claim, &self.holder).await? {
            tracing::debug!(schedule.name, runs = claim.runs.len(), missed = claim.missed, "claimed");
        }
        Ok(())
    }

    async fn carry(&self, one: &Occurrence) -> Result<()> {
        let Some(schedule) = self.store.schedule_of(one).await? else { return Ok(()) };
        let by = one.asked_by.unwrap_or(schedule.made_by);
        let door = self.door()?;
        // What is on record was begun, whoever may do what by now: it is only told how it ends.
        if self.store.audit_entry(&one.id.to_string()).await?.is_some() {
            return match door.follow(one.id).await? {
                Some(Ended { came: Came::Left, .. }) => Ok(()),
                Some(Ended { record, came }) => {
                    let reference = record.as_ref().map(|record| record.reference.as_str());
                    self.ended(&schedule, one, reference, came).await
                }
                None => self.found(&schedule, one).await,
            };
        }
        let actor = match door.stand_in(schedule.guild, by, &schedule.name).await {
            Ok(Some(actor)) => actor,
            Ok(None) => return self.orphaned(&schedule, one).await,
            Err(error) => return self.put_off(&schedule, one, &error).await,
        };
        // Also what was begun before and is not on record is done: nothing happens before that.
        if !self.store.begin_occurrence(one, &self.holder).await? {
            return Ok(());
        }
        let arguments = serde_json::from_str(&schedule.arguments).unwrap_or_default();
        match door.perform_once(actor, &schedule.action, arguments, one.id).await {
            // It stays begun: whoever takes it over finds it on record.
            Ok(Some(Ended { came: Came::Left, .. })) => Ok(()),
            Ok(Some(Ended { record, came })) => {
                let reference = record.as_ref().map(|record| record.reference.as_str());
                self.ended(&schedule, one, reference, came).await
            }
            Ok(None) => self.found(&schedule, one).await,
            Err(error @ (Error::Busy(_) | Error::Internal { .. })) => self.put_off(&schedule, one, &error).await,
            Err(error) => self.ended(&schedule, one, None, Came::Failed(error)).await,
        }
    }

    async fn ended(&self, schedule: &Schedule, one: &Occurrence, reference: Option<&str>, came: Came) -> Result<()> {
        let (outcome, detail, approval) = match &came {
            Came::Done { ending, .. } => (ending.as_str(), None, None),
            Came::Failed(error) => (error.outcome(), Some(error.to_string()), None),
            Came::Waits(waiting) => ("waiting", None, Some(waiting.approval)),
            Came::Left => return Ok(()),
        };
        let failures = if matches!(outcome, "done" | "waiting") { 0 } else { schedule.failures + 1 };
        let now = self.clock.now();
        let card = told::card(schedule, one, reference, &came, failures, now);
        let card = card.map(|card| card.redacted(&self.redactor.of(schedule.guild)).into_inner());
        let detail = detail.map(|detail| self.redactor.of(schedule.guild).mask(&detail).into_owned());
        let text = card.as_ref().map(|card| serde_json::to_string(card).unwrap_or_default());
        let file = card.as_ref().and_then(|card| card.file.as_ref());
        let file = file.map(|file| (file.name.as_str(), file.bytes.as_slice()));
        let end = End { outcome, detail: detail.as_deref(), approval, card: text.as_deref(), file, failures };
        self.store.end_occurrence(one, &end).await.map(drop)
    }

    /// It is on record from before this process: that tells how it ended.
    async fn found(&self, schedule: &Schedule, one: &Occurrence) -> Result<()> {
        let Some(entry) = self.store.audit_entry(&one.id.to_string()).await? else { return Ok(()) };
        if entry.outcome == STARTED {
            // It goes on somewhere. Whoever does it says how it ended, or the next start that nobody knows.
            return Ok(());
        }
        let approval = entry.approval_id.as_ref().and_then(|id| id.parse().ok());
        let well = matches!(entry.outcome.as_str(), "done" | "waiting");
        let failures = if well { 0 } else { schedule.failures + 1 };
        let card = told::found(schedule, one, &entry, failures);
        let text = card.map(|card| {
            let card = card.redacted(&self.redactor.of(schedule.guild)).into_inner();
            serde_json::to_string(&card).unwrap_or_default()
        });
        let end = End {
            outcome: &entry.outcome,
            detail: entry.detail.as_deref(),
            approval: approval.filter(|_| entry.outcome == "waiting"),
            card: text.as_deref(),
            file: None,
            failures,
        };
        self.store.end_occurrence(one, &end).await.map(drop)
    }

    /// Whoever it would be done as is not there any more: nothing is done, and nothing more until somebody looks at it.
    async fn orphaned(&self, schedule: &Schedule, one: &Occurrence) -> Result<()> {
        let why = format!("<@{}>, as whom it runs, is no longer in this guild", schedule.made_by);
        let card = if one.asked_by.is_none()
            && self.store.stop_schedule(schedule.guild, &schedule.id, State::Paused, Some(&why)).await?
        {
            serde_json::to_string(&told::orphaned(schedule, &why)).ok()
        } else {
            None
        };
        let end = End {
            outcome: "refused",
            detail: Some("whoever it runs as is no longer in this guild"),
            card: card.as_deref(),
            failures: schedule.failures + 1,
            ..End::default()
        };
        self.store.end_occurrence(one, &end).await.map(drop)
    }

    /// It cannot be begun now. It stays claimed, unless it is of no use later.
    async fn put_off(&self, schedule: &Schedule, one: &Occurrence, error: &Error) -> Result<()> {
        tracing::warn!(schedule.name, "could not be begun, and is tried again: {error}");
        let late = self.clock.now().0 - one.due.0 > schedule.late;
        if !late || (Missed::parse(&schedule.missed) != Some(Missed::Skip) && one.asked_by.is_none()) {
            return Ok(());
        }
        let card = told::too_late(schedule, one);
        let card = serde_json::to_string(&card).ok();
        let end = End {
            outcome: "missed",
            detail: Some("it could not be begun in time"),
            card: card.as_deref(),
            failures: schedule.failures + 1,
            ..End::default()
        };
        self.store.end_occurrence(one, &end).await.map(drop)
    }
}

impl Job {
    /// Does it, as whoever it is to be done as is now. What cannot be begun now is given out again.
    pub async fn carry(self) {
        if let Err(error) = self.schedules.carry(&self.occurrence).await {
            tracing::error!(occurrence.id = %self.occurrence.id, "what is due could not be done: {error}");
        }
    }
}
