//! Looks at every server that is watched, again and again, and keeps what it sees.
//!
//! **Invariants:** one look at a time at each server, and no more than [`AT_ONCE`] in all. What waits to be written is bounded;
//! a database that is away costs what was seen meanwhile, and nothing else.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use base::{GuildId, Millis};
use hosts::{Server, Unseen};
use store::{metrics::Look, servers::State};
use tokio::{task::JoinSet, time::MissedTickBehavior};

use crate::{Known, Looked, Metrics, Sample, read::Reading};

/// Looks at the same time.
const AT_ONCE: usize = 32;
/// How late a look may begin.
const TICK: Duration = Duration::from_millis(500);
/// The second look, which knows rates, comes this soon after the first.
const SOON: Duration = Duration::from_secs(2);
/// Who lets nobody in is asked again ever later, up to this.
const REFUSED: Duration = Duration::from_mins(30);
/// One write for what was seen in so long.
const WRITE_EVERY: Duration = Duration::from_secs(5);
/// Rows are put together this often, and old ones deleted a tenth as often.
const ROLL_UP_EVERY: Duration = Duration::from_mins(1);
const TRIM_EVERY: Duration = Duration::from_mins(10);
/// What is put together again each time, however late it was written.
const ROLLED_UP: Duration = Duration::from_mins(15);
/// More than this waits for no database.
const UNWRITTEN: usize = 10_000;

/// What is planned for a server.
struct Plan {
    due: Instant,
    running: bool,
    /// How often in a row it let nobody in, and when it was last asked.
    refused: u32,
    asked: Millis,
    before: Option<(Reading, Instant)>,
}

/// What came of a look.
type Came = (Server, Result<(Reading, Instant), Unseen>);

#[derive(Default)]
struct Rounds {
    plans: HashMap<String, Plan>,
    looks: JoinSet<Came>,
    /// Which look is whose.
    tasks: HashMap<tokio::task::Id, String>,
    unwritten: Vec<Look>,
}

impl Metrics {
    /// Looks so often, for ever. Only for one process of a database.
    pub async fn look(self: Arc<Self>, every: Duration) {
        // A process looks once.
        let _ = self.every.set(every);
        let mut rounds = Rounds::default();
        let mut ticks = tokio::time::interval(TICK.min(self.every() / 4).max(Duration::from_millis(10)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut written, mut rolled, mut trimmed) = (Instant::now(), None::<Instant>, None::<Instant>);
        // At first every server's turn is left to chance: they were all due long ago.
        let mut spread = self.every();
        loop {
            tokio::select! {
                came = rounds.looks.join_next_with_id(), if !rounds.looks.is_empty() => {
                    if let Some(came) = came {
                        self.came(came, &mut rounds);
                    }
                }
                _ = ticks.tick() => {
                    self.begin(&mut rounds, spread).await;
                    spread = Duration::ZERO;
                    if written.elapsed() >= WRITE_EVERY.min(self.every()) {
                        written = Instant::now();
                        self.write(&mut rounds.unwritten).await;
                    }
                    if rolled.is_none_or(|rolled| rolled.elapsed() >= ROLL_UP_EVERY) {
                        // After a start, whatever the process before left.
                        let since = rolled.map_or(Millis(0), |_| ago(self.clock.now(), ROLLED_UP));
                        rolled = Some(Instant::now());
                        self.put_together(since).await;
                    }
                    if trimmed.is_none_or(|trimmed| trimmed.elapsed() >= TRIM_EVERY) {
                        trimmed = Some(Instant::now());
                        if let Err(error) = self.store.trim_metrics().await {
                            tracing::warn!("old metrics could not be deleted: {error}");
                        }
                    }
                }
            }
        }
    }

    /// Begins the looks that are due.
    async fn begin(&self, rounds: &mut Rounds, spread: Duration) {
        let now = Instant::now();
        let mut on: HashMap<GuildId, bool> = HashMap::new();
        let mut servers = self.hosts.all();
        // Who waits longest is first: no number of machines that are silent keeps others from their turn.
        servers.sort_by_key(|server| rounds.plans.get(&server.id).map(|plan| plan.due));
        rounds.plans.retain(|id, plan| plan.running || servers.iter().any(|server| server.id == *id));
        for server in servers {
            if server.state != State::Ready || !self.is_watched(&server.id) {
                // When that changes, it is new.
                if rounds.plans.get(&server.id).is_some_and(|plan| !plan.running) {
                    rounds.plans.remove(&server.id);
                }
                continue;
            }
            let plan = rounds.plans.entry(server.id.clone()).or_insert_with(|| Plan {
                due: now + spread.mul_f64(self.clock.chance()),
                running: false,
                refused: 0,
                asked: self.clock.now(),
                before: None,
            });
            // Somebody was let in since.
            if plan.refused > 0 && server.seen.is_some_and(|seen| seen > plan.asked) {
                (plan.refused, plan.due) = (0, now);
            }
            if plan.running || plan.due > now || rounds.looks.len() >= AT_ONCE {
                continue;
            }
            let is_on = if let Some(is_on) = on.get(&server.guild) {
                *is_on
            } else {
                let is_on = self.is_on(server.guild).await.unwrap_or_else(|error| {
                    tracing::warn!(guild.id = server.guild.0, "whether metrics are on is not known: {error}");
                    false
                });
                on.insert(server.guild, is_on);
                is_on
            };
            if !is_on {
                plan.due = now + self.every();
                plan.before = None;
                continue;
            }
            (plan.running, plan.asked) = (true, self.clock.now());
            let (hosts, id) = (Arc::clone(&self.hosts), server.id.clone());
            let task = rounds.looks.spawn(async move {
                let seen = hosts.look(&server).await;
                (server, seen.map(|look| (crate::read::read(&look.text), look.asked)))
            });
            rounds.tasks.insert(task.id(), id);
        }
    }

    /// Takes what came of a look, and plans the next.
    fn came(&self, came: Result<(tokio::task::Id, Came), tokio::task::JoinError>, rounds: &mut Rounds) {
        let task = came.as_ref().map_or_else(tokio::task::JoinError::id, |(task, _)| *task);
        let Some(id) = rounds.tasks.remove(&task) else { return };
        let Some(plan) = rounds.plans.get_mut(&id) else { return };
        plan.running = false;
        // A tenth more or less, so that what began together does not go on together.
        plan.due = Instant::now() + self.every().mul_f64(0.9 + 0.2 * self.clock.chance());
        let (server, came) = match came {
            Ok((_, came)) => came,
            Err(panic) => {
                tracing::error!("a look at a server broke: {panic}");
                return;
            }
        };
        let mut next = None;
        let seen = match came {
            Ok(reading) => {
                plan.refused = 0;
                let sample = Sample::between(plan.before.as_ref(), &reading);
                if plan.before.replace(reading).is_none() {
                    plan.due = Instant::now() + SOON.min(self.every());
                }
                Ok(sample)
            }
            // Nobody looked.
            Err(Unseen::Shut) => {
                plan.before = None;
                return;
            }
            Err(Unseen::Unasked(why)) => {
                plan.before = None;
                rounds.unwritten.push(self.learn(&server, Err(why), None, None));
                return;
            }
            Err(Unseen::Silent(why)) => Err(why),
            Err(Unseen::Refused(why)) => {
                plan.refused += 1;
                let later = self.every().saturating_mul(2_u32.saturating_pow(plan.refused));
                let later = later.min(REFUSED.max(self.every()));
                (plan.due, next) = (Instant::now() + later, Some(later));
                Err(why)
            }
        };
        if seen.is_err() {
            plan.before = None;
        }
        let answers = Some(seen.is_ok());
        let look = self.learn(&server, seen, answers, next);
        rounds.unwritten.push(look);
    }

    /// What is known from now on; the answer is what is to be kept of it. Whether it answers is none where it was not asked;
    /// `next` is when the next look is due, if that is not the usual time.
    fn learn(
        &self,
        server: &Server,
        seen: Result<Sample, String>,
        answers: Option<bool>,
        next: Option<Duration>,
    ) -> Look {
        // What a host is called may hold what was learned as a secret since.
        let seen = seen.map_err(|why| self.redactor.of(server.guild).mask(&why).into_owned());
        let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let known = Known { next, ..Known::after(all.get(&server.id), self.clock.now(), seen) };
        let look = Look {
            guild: server.guild,
            server: server.id.clone(),
            at: known.at,
            since: known.since,
            sample: known.sample.as_ref().and_then(|sample| {
                let text = serde_json::to_value(&**sample).ok()?;
                Some(self.redactor.of(server.guild).mask_json(text).to_string())
            }),
            trouble: known.trouble.clone(),
            values: known.sample.as_ref().map(|sample| sample.values()).unwrap_or_default(),
        };
        if let Some(ear) = self.ear.get() {
            let (sample, trouble) = (known.sample.clone(), known.trouble.clone());
            ear(Looked { server: server.clone(), at: known.at, sample, answers, trouble });
        }
        all.insert(server.id.clone(), known);
        look
    }

    async fn write(&self, unwritten: &mut Vec<Look>) {
        if !unwritten.is_empty() {
            match self.store.keep_looks(unwritten).await {
                Ok(()) => unwritten.clear(),
                Err(error) => {
                    tracing::warn!(looks = unwritten.len(), "what was seen of servers waits to be kept: {error}");
                    let over = unwritten.len().saturating_sub(UNWRITTEN);
                    unwritten.drain(..over);
                }
            }
        }
    }

    async fn put_together(&self, since: Millis) {
        // Another process may have switched some off.
        match self.store.unwatched_servers().await {
            Ok(off) => *self.off.write().unwrap_or_else(PoisonError::into_inner) = off.into_iter().collect(),
            Err(error) => tracing::warn!("which servers nobody looks at could not be read: {error}"),
        }
        let there: HashSet<String> = self.hosts.all().into_iter().map(|server| server.id).collect();
        self.known.write().unwrap_or_else(PoisonError::into_inner).retain(|server, _| there.contains(server));
        if let Err(error) = self.store.roll_metrics_up(since).await {
            tracing::warn!("metrics could not be put together: {error}");
        }
    }
}

fn ago(now: Millis, span: Duration) -> Millis {
    Millis(now.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}
