//! What durable runs cost: how many end in a second, how long whoever asks waits until it is on record, how long until it is
//! begun and over, and what is left of them in memory. The action itself does nothing; both audit rows are written.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use base::{Action, Actor, Card, Clock, GuildId, Permit, Redactor, Report, Result, Risk, Run, UserId, Way};
use hub::{Hub, Outcome, Progress, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Store, Vault};

use crate::process;

/// So many wait for their run at once.
const ASKERS: u64 = 200;
/// Runs a second where it is not about speed, and for how long.
const A_SECOND: u32 = 200;
const SECONDS: u32 = 15;
/// At full speed the wait of one in so many is noted.
const ONE_IN: u64 = 16;
/// Runs that wait behind others while others are done.
const WAITING: u64 = 10_000;
/// How long nothing is asked for, to see what that costs.
const IDLE: Duration = Duration::from_secs(20);

/// Do nothing, durably.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct Rest {
    /// When it was asked for, in microseconds since the beginning.
    asked: i64,
    /// What it changes; nothing if there is none.
    on: Option<String>,
}

#[derive(Debug, Serialize)]
struct Rested {}

/// Notes when each was begun.
struct Couch {
    began: Instant,
    waited: std::sync::Mutex<Vec<Duration>>,
    noting: AtomicBool,
    done: AtomicU64,
    held: tokio::sync::watch::Sender<bool>,
    first: AtomicI64,
}

impl Couch {
    fn now(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_micros()).unwrap()
    }
}

impl Action for Rest {
    const NAME: &'static str = "bench.rest";
    const RISK: Risk = Risk::Observe;
    const DURABLE: bool = true;
    type Service = Couch;
    type Report = Rested;

    fn plan(&self) -> String {
        "Do nothing".to_owned()
    }

    fn refusal(&self) -> String {
        "do nothing".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    fn lease(&self, _: Risk) -> Option<String> {
        self.on.clone()
    }

    fn deadline(&self) -> Duration {
        Duration::from_hours(1)
    }

    async fn run(permit: Permit<Self>, couch: &Couch, _: &Run) -> Result<Rested> {
        let asked = permit.action().asked;
        let waited = Duration::from_micros(u64::try_from(couch.now() - asked).unwrap_or(0));
        if couch.noting.load(Ordering::Relaxed) {
            couch.waited.lock().unwrap().push(waited);
        }
        couch.done.fetch_add(1, Ordering::Relaxed);
        if permit.action().on.is_some() && couch.first.fetch_add(1, Ordering::Relaxed) < HOLDING {
            couch.held.subscribe().wait_for(|held| !*held).await.unwrap();
        }
        Ok(Rested {})
    }
}

/// So many things others wait for.
const HOLDING: i64 = 10;

impl Report for Rested {
    fn card(&self) -> Card {
        Card::ok("**Rested**")
    }
}

/// A process on a database, at work.
struct Works {
    hub: Hub,
    couch: Arc<Couch>,
}

/// So many runs at full speed. The first figure of memory is taken after the first tenth, when every pool and buffer is as large as
/// it gets.
pub(crate) async fn print(runs: u64) {
    println!("\n| durable runs | SQLite | PostgreSQL |\n|---|---|---|");
    let home = tempfile::tempdir().unwrap();
    let sqlite = Works::begin(&format!("sqlite://{}", home.path().join("nebula.db").display())).await;
    let mut measured = sqlite.measure(runs).await;
    let postgres = Works::begin(&peers::postgres::database()).await;
    let mut beside = postgres.measure(runs).await;
    // What waits here takes memory that the process keeps: last of all.
    measured.push(sqlite.crowded(runs).await);
    beside.push(postgres.crowded(runs).await);
    let (sqlite, postgres) = (measured, beside);
    for ((what, sqlite), (_, postgres)) in sqlite.into_iter().zip(postgres) {
        println!("| {what} | {sqlite} | {postgres} |");
    }
}

impl Works {
    async fn begin(url: &str) -> Self {
        let store = Store::open(url, Clock::system()).await.unwrap();
        let couch = Arc::new(Couch {
            began: Instant::now(),
            waited: std::sync::Mutex::default(),
            noting: AtomicBool::new(false),
            done: AtomicU64::new(0),
            held: tokio::sync::watch::Sender::new(true),
            first: AtomicI64::new(0),
        });
        let vault = Arc::new(Vault::new(store.clone(), None));
        let hub = Hub::builder(store, vault, Clock::system(), Redactor::default());
        let hub = hub.service(Arc::clone(&couch)).action::<Rest>().build();
        let works = hub.clone();
        tokio::spawn(async move { works.work(Role::Bot, 64).await.unwrap() });
        Self { hub, couch }
    }

    async fn measure(&self, runs: u64) -> Vec<(String, String)> {
        let mut figures = Vec::new();
        let mut figure = |what: String, figure: String| figures.push((what, figure));
        let idle = process::processor_time(std::process::id());
        tokio::time::sleep(IDLE).await;
        let idle = (process::processor_time(std::process::id()) - idle) / IDLE.as_secs_f64() * 1e3;
        figure("nothing to do: processor time".to_owned(), format!("{idle:.1} ms/s"));

        let steady = self.steady().await;
        figure(format!("asked for {A_SECOND}/s, until on record, p50 and p99"), steady[0].clone());
        figure(format!("asked for {A_SECOND}/s, until begun, p50 and p99"), steady[1].clone());
        figure(format!("asked for {A_SECOND}/s, until over, p50 and p99"), steady[2].clone());

        self.at_once(runs / 10).await;
        let before = process::memory(std::process::id());
        let (a_second, submitted) = self.at_once(runs).await;
        let after = process::memory(std::process::id());
        figure(format!("{runs} runs, {ASKERS} at once"), format!("{a_second:.0}/s"));
        figure("of these, until on record, p50 and p99".to_owned(), submitted);
        let grown = (after / before - 1.0) * 100.0;
        figure(format!("memory before and after {runs} runs"), format!("{before:.1} · {after:.1} MiB ({grown:+.1} %)"));

        figures
    }

    /// The same while others wait, and the end.
    async fn crowded(&self, runs: u64) -> (String, String) {
        let speed = self.behind(runs / 10).await;
        self.hub.shut_down().await;
        (format!("the same while {WAITING} wait for {HOLDING} things"), format!("{speed:.0}/s"))
    }

    /// Asks at a steady pace: how long until on record, begun, and over.
    async fn steady(&self) -> [String; 3] {
        self.couch.noting.store(true, Ordering::Relaxed);
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / A_SECOND);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..A_SECOND * SECONDS {
            ticks.tick().await;
            let (hub, asked) = (self.hub.clone(), self.couch.now());
            tasks.spawn(async move { one(&hub, Rest { asked, on: None }).await });
        }
        let (submitted, over): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().unzip();
        self.couch.noting.store(false, Ordering::Relaxed);
        let begun = std::mem::take(&mut *self.couch.waited.lock().unwrap());
        [submitted, begun, over].map(waits)
    }

    /// So many, as fast as they go.
    async fn at_once(&self, runs: u64) -> (f64, String) {
        let mut tasks = tokio::task::JoinSet::new();
        let began = Instant::now();
        for _ in 0..ASKERS {
            let (hub, couch) = (self.hub.clone(), Arc::clone(&self.couch));
            tasks.spawn(async move {
                let mut submitted = Vec::new();
                for number in 0..runs / ASKERS {
                    let waited = one(&hub, Rest { asked: couch.now(), on: None }).await.0;
                    // What is noted would be taken for memory that the runs left behind.
                    if number % ONE_IN == 0 {
                        submitted.push(waited);
                    }
                }
                submitted
            });
        }
        let submitted = tasks.join_all().await.into_iter().flatten().collect();
        let took = began.elapsed();
        (a_second(runs, took), waits(submitted))
    }

    /// Runs that nothing stands in the way of, while many others wait.
    async fn behind(&self, runs: u64) -> f64 {
        let mut waiting = Vec::new();
        for number in 0..WAITING {
            let on = Some(format!("thing {}", number % u64::try_from(HOLDING).unwrap()));
            waiting.push(self.hub.perform(actor(), Rest { asked: 0, on }));
        }
        for one in &mut waiting {
            let _ = one.progress.wait_for(|progress| *progress != Progress::Checking).await;
        }
        let (speed, _) = self.at_once(runs).await;
        self.couch.held.send_replace(false);
        for one in &mut waiting {
            one.ended().await;
        }
        speed
    }
}

/// How long until it was on record, and until it was over.
async fn one(hub: &Hub, rest: Rest) -> (Duration, Duration) {
    let began = Instant::now();
    let mut performing = hub.perform(actor(), rest);
    // It may have ended by then, and its channel with it.
    let _ = performing.progress.wait_for(|progress| *progress != Progress::Checking).await;
    let submitted = began.elapsed();
    assert!(matches!(performing.ended().await.outcome, Outcome::Done { .. }));
    (submitted, began.elapsed())
}

fn waits(mut waited: Vec<Duration>) -> String {
    waited.sort_unstable();
    let at = |percent: usize| waited[(waited.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    format!("{:.2} ms · {:.2} ms", at(50), at(99))
}

#[expect(clippy::cast_precision_loss, reason = "a figure")]
fn a_second(runs: u64, took: Duration) -> f64 {
    runs as f64 / took.as_secs_f64()
}

fn actor() -> Actor {
    Actor {
        guild: GuildId(1),
        user: UserId(7),
        name: "somebody".to_owned(),
        administrator: true,
        roles: Vec::new(),
        agent: None,
        way: Way::Command,
        reply_to: None,
    }
}
