//! What the audit log costs: rows appended by one and by a hundred at once, and a million rows verified.

use std::time::{Duration, Instant};

use base::{Actor, Clock, GuildId, Risk, UserId, Way, gate::Request};
use store::{
    Store,
    audit::{NewEntry, STARTED},
};

/// Rows that are verified.
const ROWS: u64 = 1_000_000;
/// Who fills the log: as many as one transaction takes.
const FILLING: u64 = 256;
/// How long rows are appended for each figure.
const APPENDING: Duration = Duration::from_secs(5);
const VERIFIED: usize = 5;

pub(crate) async fn print() {
    println!("\n| the audit log | SQLite | PostgreSQL |\n|---|---|---|");
    let home = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite://{}", home.path().join("nebula.db").display());
    let sqlite = Store::open(&sqlite, Clock::system()).await.unwrap();
    let postgres = Store::open(&peers::postgres::database(), Clock::system()).await.unwrap();
    for writers in [1, 100] {
        let [sqlite, postgres] = [append(&sqlite, writers).await, append(&postgres, writers).await];
        let writers = if writers == 1 { "1 writer".to_owned() } else { format!("{writers} writers at once") };
        println!("| rows a second, {writers} | {:.0} | {:.0} |", sqlite.a_second(), postgres.a_second());
        println!("| a row on record, {writers}, p50 and p99 | {} | {} |", sqlite.waits(), postgres.waits());
    }
    let [sqlite, postgres] = [verify(&sqlite).await, verify(&postgres).await];
    println!("| {ROWS} rows verified, p50 and most | {sqlite} | {postgres} |");
}

/// How long each waited for its row, and how long all took.
struct Appended {
    waited: Vec<Duration>,
    took: Duration,
}

impl Appended {
    #[expect(clippy::cast_precision_loss, reason = "a figure")]
    fn a_second(&self) -> f64 {
        self.waited.len() as f64 / self.took.as_secs_f64()
    }

    fn waits(&self) -> String {
        let at = |percent: usize| self.waited[(self.waited.len() - 1) * percent / 100].as_secs_f64() * 1e3;
        format!("{:.2} ms · {:.2} ms", at(50), at(99))
    }
}

/// Rows as an action's beginning and end write them.
async fn append(store: &Store, writers: u64) -> Appended {
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for user in 0..writers {
        let store = store.clone();
        tasks.spawn(async move {
            let (actor, request) = (actor(user), request());
            let mut waited = Vec::new();
            while began.elapsed() < APPENDING {
                let asked = Instant::now();
                let (id, _) = store.write_audit(entry(&actor, &request, STARTED)).await.unwrap();
                waited.push(asked.elapsed());
                let asked = Instant::now();
                assert!(store.complete_audit(id, "done", Some("exit 0 after 38 ms".to_owned())).await.unwrap());
                waited.push(asked.elapsed());
            }
            waited
        });
    }
    let mut waited: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
    waited.sort_unstable();
    Appended { waited, took: began.elapsed() }
}

/// Fills the log to a million rows, and verifies it.
async fn verify(store: &Store) -> String {
    let there = u64::try_from(store.verify_audit().await.unwrap().unwrap().rows).unwrap();
    let missing = ROWS.saturating_sub(there);
    let mut tasks = tokio::task::JoinSet::new();
    for user in 0..FILLING {
        let store = store.clone();
        let share = missing / FILLING + u64::from(user < missing % FILLING);
        tasks.spawn(async move {
            let (actor, request) = (actor(user), request());
            for _ in 0..share {
                store.write_audit(entry(&actor, &request, "refused")).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    let mut times = Vec::new();
    for _ in 0..VERIFIED {
        let began = Instant::now();
        let verified = store.verify_audit().await.unwrap().unwrap();
        times.push(began.elapsed());
        assert!(verified.rows >= i64::try_from(ROWS).unwrap());
    }
    times.sort_unstable();
    format!("{:.2} s · {:.2} s", times[VERIFIED / 2].as_secs_f64(), times[VERIFIED - 1].as_secs_f64())
}

fn entry<'a>(actor: &'a Actor, request: &'a Request, outcome: &'static str) -> NewEntry<'a> {
    NewEntry { actor, request, approval: None, outcome, detail: None, id: None, run: None }
}

fn actor(user: u64) -> Actor {
    Actor {
        guild: GuildId(1_200_000_000_000_000_001),
        user: UserId(1_200_000_000_000_000_100 + user),
        name: "somebody".to_owned(),
        administrator: true,
        roles: Vec::new(),
        agent: None,
        way: Way::Command,
        reply_to: None,
    }
}

fn request() -> Request {
    let arguments =
        serde_json::json!({ "server": "web-1", "command": "systemctl restart caddy && journalctl -n 20 -u caddy" });
    Request {
        name: "server.run",
        risk: Risk::Change,
        why: None,
        free_form: false,
        plan: "Run `systemctl restart caddy && journalctl -n 20 -u caddy` on `web-1`".to_owned(),
        refusal: "run commands on `web-1`".to_owned(),
        target: Some("web-1".to_owned()),
        tags: Vec::new(),
        own: false,
        also: Vec::new(),
        each: Vec::new(),
        exact: arguments.clone(),
        sealed: None,
        digest: base::gate::digest("server.run", &arguments, Some("web-1")),
        arguments,
        durable: None,
    }
}
