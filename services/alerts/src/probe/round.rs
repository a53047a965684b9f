//! Asks every probe, again and again.
//!
//! **Invariants:** one question at a time of each probe, and no more than [`AT_ONCE`] in all. What begins together does not go on
//! together. Who lets nobody in is asked again ever later.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use store::probes::{Answered, Probe as Row};
use tokio::{
    task::{Id, JoinError, JoinSet},
    time::MissedTickBehavior,
};

use super::{Answer, Probe, Probed};
use crate::{Alerts, span};

/// Questions at the same time.
const AT_ONCE: usize = 16;
/// How late a question may begin.
const TICK: Duration = Duration::from_millis(500);
/// What another process set is noticed within this.
const READ_EVERY: Duration = Duration::from_secs(10);
/// The same answer is written down again so often.
const WRITE_EVERY: Duration = Duration::from_mins(1);

/// Who lets nobody in is asked again ever later, up to this.
const REFUSED: Duration = Duration::from_mins(30);

/// What is planned for a probe.
struct Plan {
    due: Instant,
    running: bool,
    /// How often it was let in nowhere, one time after the other.
    refused: u32,
}

#[derive(Default)]
struct Round {
    plans: HashMap<String, Plan>,
    asked: JoinSet<Probed>,
    tasks: HashMap<Id, String>,
    read: Option<Instant>,
}

impl Alerts {
    /// Asks every probe of every guild where they are on, for ever. Only for one process of a database.
    pub async fn probe(self: Arc<Self>) {
        let mut round = Round::default();
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                Some(came) = round.asked.join_next_with_id(), if !round.asked.is_empty() => {
                    self.came(&mut round, came).await;
                }
                () = self.probes_changed.notified() => round.read = None,
                _ = ticks.tick() => {}
            }
            if round.read.is_none_or(|read| read.elapsed() >= READ_EVERY) {
                round.read = Some(Instant::now());
                self.read_probes(&mut round).await;
            }
            self.begin(&mut round).await;
        }
    }

    async fn read_probes(&self, round: &mut Round) {
        let rows = match self.store.all_probes().await {
            Ok(rows) => rows,
            Err(error) => return tracing::warn!("what is to be probed could not be read: {error}"),
        };
        let before = self.known_probes().unwrap_or_default();
        let mut now = HashMap::with_capacity(rows.len());
        for row in rows {
            // What it answered last changes by itself.
            let old = before.get(&row.id).filter(|old| is_same(&old.row, &row)).cloned();
            let is_new = old.is_none();
            let id = row.id.clone();
            let Some(probe) = old.or_else(|| Probe::read(row).map(Arc::new)) else {
                tracing::warn!(probe = id, "a probe cannot be read and asks nothing");
                continue;
            };
            if is_new {
                // After a start they were all due long ago: each turn is left to chance.
                let every = span::of_millis(probe.row.every);
                let first = if before.is_empty() && probe.row.last.is_some() {
                    every.mul_f64(self.clock.chance())
                } else {
                    Duration::ZERO
                };
                let running = round.plans.get(&id).is_some_and(|plan| plan.running);
                self.last_answers.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                round.plans.insert(id.clone(), Plan { due: Instant::now() + first, running, refused: 0 });
            }
            now.insert(id, probe);
        }
        round.plans.retain(|id, _| now.contains_key(id));
        self.last_answers.lock().unwrap_or_else(PoisonError::into_inner).retain(|id, _| now.contains_key(id));
        *self.probes.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(now));
    }

    /// The probes that are asked, by id; none before they were read.
    pub(crate) fn known_probes(&self) -> Option<Arc<HashMap<String, Arc<Probe>>>> {
        self.probes.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn begin(self: &Arc<Self>, round: &mut Round) {
        let Some(probes) = self.known_probes() else { return };
        let (now, mut off) = (Instant::now(), HashSet::new());
        for (id, plan) in &mut round.plans {
            let Some(probe) = probes.get(id).filter(|_| !plan.running && plan.due <= now) else { continue };
            if round.asked.len() >= AT_ONCE {
                return;
            }
            if off.contains(&probe.row.guild) || !self.is_on(probe.row.guild).await {
                off.insert(probe.row.guild);
                continue;
            }
            plan.running = true;
            let (probe, alerts) = (Arc::clone(probe), Arc::clone(self));
            let task = round.asked.spawn(async move {
                let answer = alerts.ask(&probe).await;
                Probed { at: alerts.clock.now(), answer, probe }
            });
            round.tasks.insert(task.id(), id.clone());
        }
    }

    async fn came(&self, round: &mut Round, came: Result<(Id, Probed), JoinError>) {
        let task = came.as_ref().map_or_else(JoinError::id, |(task, _)| *task);
        let id = round.tasks.remove(&task);
        let probed = came.map(|(_, probed)| probed);
        if let Some(plan) = id.and_then(|id| round.plans.get_mut(&id)) {
            plan.running = false;
            let every = probed.as_ref().map_or(WRITE_EVERY, |probed| span::of_millis(probed.probe.row.every));
            let is_refused = matches!(&probed, Ok(Probed { answer: Answer::Refused(_), .. }));
            plan.refused = if is_refused { plan.refused + 1 } else { 0 };
            let later = every.saturating_mul(2_u32.saturating_pow(plan.refused));
            let every = later.min(REFUSED.max(every));
            // A little later each time, never earlier: two answers are as far apart as was asked for.
            plan.due = Instant::now() + every.mul_f64(1.0 + 0.1 * self.clock.chance());
        }
        match probed {
            Ok(probed) => self.answered(probed).await,
            Err(panic) => tracing::error!("a probe broke: {panic}"),
        }
    }

    /// Notes an answer, and has it judged.
    pub(crate) async fn answered(&self, probed: Probed) {
        let Probed { probe, at, answer } = &probed;
        let (word, words) = (answer.word(&probe.named.rule).to_owned(), answer.words());
        let last = self.last_answers.lock().unwrap_or_else(PoisonError::into_inner).get(&probe.row.id).cloned();
        let last = last.or_else(|| probe.row.last.clone());
        let same = last.filter(|last| last.answer == word);
        let since = same.as_ref().map_or(*at, |same| same.since);
        let is_written = same.is_some_and(|same| same.words == words && at.since(same.at) < WRITE_EVERY);
        if !is_written {
            let now = Answered { answer: word, words, at: *at, since };
            let row = (probe.row.guild, probe.row.id.clone(), now.clone());
            match self.store.probes_answered(&[row]).await {
                Ok(()) => {
                    self.last_answers.lock().unwrap_or_else(PoisonError::into_inner).insert(probe.row.id.clone(), now);
                }
                Err(error) => tracing::warn!("what a probe was answered could not be written: {error}"),
            }
        }
        // What does not fit is an answer that nobody heard: the next one tells as much.
        drop(self.answers.try_send(probed));
    }
}

/// Whether two rows ask the same.
fn is_same(one: &Row, other: &Row) -> bool {
    Row { last: None, ..one.clone() } == Row { last: None, ..other.clone() }
}
