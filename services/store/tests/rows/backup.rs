//! A backup of either database restores into either, and nothing else does.

use std::path::{Path, PathBuf};

use base::{Actor, Clock, GuildId, Millis, Need, Risk, Secret, UserId, Way, gate::Request};
use secrecy::SecretString;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor, Row};
use store::{
    Kind, Store, Vault,
    approvals::Question,
    audit::NewEntry,
    backup::{self, Found, Held, Out, Restored},
    runs::{self, NewRun},
    servers::{Offer, State},
};

const CREW: GuildId = GuildId(1);
const PASSWORD: &str = "correct-horse-battery";

/// Two empty databases, one of each kind, and a place for backups.
struct Fresh {
    home: tempfile::TempDir,
    clock: Clock,
    kind: Kind,
}

fn passphrase(text: &str) -> SecretString {
    SecretString::from(format!("{text} passphrase of some length"))
}

impl Fresh {
    fn new(kind: Kind) -> Self {
        sqlx::any::install_default_drivers();
        Self { home: tempfile::tempdir().unwrap(), clock: Clock::manual(Millis(1_800_000_000_000)), kind }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// A database that is not there, or empty.
    fn url(&self, name: &str) -> String {
        self.url_of(self.kind, name)
    }

    fn url_of(&self, kind: Kind, name: &str) -> String {
        match kind {
            Kind::Sqlite => format!("sqlite://{}", self.path(name).display()),
            Kind::Postgres => peers::postgres::database(),
        }
    }

    async fn back_up(&self, url: &str, to: &Path) -> Result<Held, String> {
        let out = Out::new(to, Found::Refuse).map_err(said)?;
        backup::write(url, &self.clock, Some(&passphrase("right")), out).await.map_err(said)
    }

    async fn restore(&self, from: &Path, url: &str, found: Found) -> Result<Restored, String> {
        backup::restore(from, url, &self.clock, Some(&passphrase("right")), found).await.map_err(said)
    }

    /// A database with something in every corner, and its URL.
    async fn lived_in(&self) -> String {
        let url = self.url("lived-in.db");
        let store = Store::open(&url, self.clock.clone()).await.unwrap();
        let vault = Vault::new(store.clone(), Some(passphrase("right")));
        let secret = vault.seal(CREW, &Secret::new(PASSWORD)).await.unwrap();
        let offer = Offer {
            guild: CREW,
            name: "box",
            host: "192.0.2.1",
            port: 22,
            user: "root",
            secret: &secret,
            offered_key: "ssh-ed25519 AAAA",
            note: "",
            jump: None,
            added_by: UserId(7),
        };
        store.offer_server(&offer).await.unwrap();
        for number in 0..450 {
            vault.name(CREW, &format!("S{number}"), &Secret::new(format!("value {number}")), UserId(7)).await.unwrap();
        }
        let (actor, request) = (actor(), request());
        for outcome in ["started", "done", "refused", "waiting"] {
            let entry = NewEntry {
                actor: &actor,
                request: &request,
                approval: None,
                outcome,
                detail: None,
                id: None,
                run: None,
            };
            store.write_audit(entry).await.unwrap();
        }
        let mut long = request.clone();
        long.durable = Some(base::gate::Durable { lease: None, deadline: std::time::Duration::from_mins(5) });
        let run = NewRun::of(&actor, &long, None, self.clock.now());
        assert!(run.is_some());
        let entry =
            NewEntry { actor: &actor, request: &long, approval: None, outcome: "started", detail: None, id: None, run };
        store.write_audit(entry).await.unwrap();
        let question = Question {
            actor: &actor,
            request: &request,
            sealed: None,
            need: Need::Approve,
            why: "it changes something\n with \"quotes\" and ✓ and a \\",
            policy_version: 0,
            lasts: std::time::Duration::from_hours(1),
            remind_after: None,
            most: 10,
        };
        let (id, _) = store.ask(&question).await.unwrap().unwrap();
        store.place_approval(CREW, id, (1, 2), None).await.unwrap();
        store.close().await;
        url
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn said(error: anyhow::Error) -> String {
    format!("{error:#}")
}

fn actor() -> Actor {
    Actor {
        guild: CREW,
        user: UserId(7),
        name: "user7 ✓".to_owned(),
        administrator: true,
        roles: Vec::new(),
        agent: None,
        way: Way::Command,
        reply_to: Some(Secret::new("a token")),
    }
}

fn request() -> Request {
    let arguments = serde_json::json!({ "server": "box", "command": "uptime" });
    Request {
        name: "server.run",
        risk: Risk::Change,
        why: None,
        free_form: false,
        plan: "Run `uptime` on `box`".to_owned(),
        refusal: "run".to_owned(),
        target: Some("box".to_owned()),
        tags: Vec::new(),
        own: false,
        also: Vec::new(),
        each: Vec::new(),
        exact: arguments.clone(),
        sealed: None,
        arguments,
        digest: "d".to_owned(),
        durable: None,
    }
}

/// Every table there is, but sqlx's own.
async fn tables(url: &str) -> Vec<String> {
    let mut raw = AnyConnection::connect(url).await.unwrap();
    let mut tables: Vec<String> = sqlx::query_scalar(if url.starts_with("sqlite") {
        "select name from sqlite_master where type = 'table' and name not like 'sqlite%' and name not like '%sqlx%'"
    } else {
        "select tablename::text from pg_tables where schemaname = 'public' and tablename not like '%sqlx%'"
    })
    .fetch_all(&mut raw)
    .await
    .unwrap();
    raw.close().await.unwrap();
    tables.sort();
    tables
}

/// Every row of every table there is, as text.
async fn rows(url: &str) -> Vec<String> {
    let mut raw = AnyConnection::connect(url).await.unwrap();
    let mut all = Vec::new();
    for table in tables(url).await {
        let found = sqlx::query(AssertSqlSafe(format!("select * from \"{table}\""))).fetch_all(&mut raw).await.unwrap();
        let mut rows: Vec<String> = found.iter().map(|row| format!("{table} {}", shown(row))).collect();
        rows.sort();
        all.extend(rows);
    }
    raw.close().await.unwrap();
    all
}

fn shown(row: &sqlx::any::AnyRow) -> String {
    let value = |place| {
        let text = row.try_get::<Option<String>, _>(place).map(|text| format!("{text:?}"));
        let number = || row.try_get::<Option<i64>, _>(place).map(|number| format!("{number:?}"));
        let bytes = || row.try_get::<Option<Vec<u8>>, _>(place).map(|bytes| format!("{bytes:?}"));
        text.or_else(|_| number()).or_else(|_| bytes()).unwrap()
    };
    (0..row.len()).map(value).collect::<Vec<_>>().join(" ")
}

macro_rules! on_both {
    ($($story:ident)*) => {$(
        mod $story {
            #[tokio::test]
            async fn of_sqlite() {
                super::$story(super::Fresh::new(store::Kind::Sqlite)).await;
            }

            #[tokio::test]
            async fn of_postgres() {
                super::$story(super::Fresh::new(store::Kind::Postgres)).await;
            }
        }
    )*};
}

on_both! {
    a_backup_restores_into_either_database_and_back_with_the_same_rows
    what_was_in_flight_is_not_done_again
    a_backup_has_every_table_there_is
    only_an_empty_database_is_restored_into_unless_told
    an_older_backup_is_brought_up_to_date
    what_is_damaged_is_refused_and_nothing_is_changed
}

async fn a_backup_restores_into_either_database_and_back_with_the_same_rows(fresh: Fresh) {
    let first = fresh.lived_in().await;
    // What a restore settles is settled before, so that all the rest must be the same.
    let settled = fresh.url("settled.db");
    fresh.back_up(&first, &fresh.path("first.backup")).await.unwrap();
    fresh.restore(&fresh.path("first.backup"), &settled, Found::Refuse).await.unwrap();
    let before = rows(&settled).await;
    let other = match fresh.kind {
        Kind::Sqlite => Kind::Postgres,
        Kind::Postgres => Kind::Sqlite,
    };
    let (there, back) = (fresh.url_of(other, "there.db"), fresh.url("back.db"));
    let held = fresh.back_up(&settled, &fresh.path("there.backup")).await.unwrap();
    let restored = fresh.restore(&fresh.path("there.backup"), &there, Found::Refuse).await.unwrap();
    assert_eq!((restored.held.rows, restored.into, restored.kept), (held.rows, other, None));
    fresh.back_up(&there, &fresh.path("back.backup")).await.unwrap();
    fresh.restore(&fresh.path("back.backup"), &back, Found::Refuse).await.unwrap();
    assert_eq!(rows(&there).await, before);
    assert_eq!(rows(&back).await, before);

    let store = Store::open(&back, fresh.clock.clone()).await.unwrap();
    store.verify_audit().await.unwrap().unwrap();
    let vault = Vault::new(store.clone(), Some(passphrase("right")));
    let server = store.servers().await.unwrap().remove(0);
    assert_eq!(server.state, State::Offered);
    assert_eq!(vault.open(CREW, &server.secret).await.unwrap().expose(), PASSWORD);
    // The log goes on where it was, and nobody may change it there either.
    let (actor, request) = (actor(), request());
    let entry = NewEntry {
        actor: &actor,
        request: &request,
        approval: None,
        outcome: "done",
        detail: None,
        id: None,
        run: None,
    };
    store.write_audit(entry).await.unwrap();
    store.verify_audit().await.unwrap().unwrap();
    store.close().await;
    let mut raw = AnyConnection::connect(&back).await.unwrap();
    assert!(raw.execute("update audit_log set actor_name = 'nobody'").await.is_err());
}

async fn what_was_in_flight_is_not_done_again(fresh: Fresh) {
    let url = fresh.lived_in().await;
    let (backup, restored) = (fresh.path("a.backup"), fresh.url("restored.db"));
    fresh.back_up(&url, &backup).await.unwrap();
    let told = fresh.restore(&backup, &restored, Found::Refuse).await.unwrap();
    assert_eq!(
        told.settled,
        [
            "1 question was open, ended: ask again",
            "2 actions were running, recorded as interrupted at the next start",
            "1 run was queued or going on, ended as interrupted: run again what is still wanted"
        ]
    );
    let store = Store::open(&restored, fresh.clock.clone()).await.unwrap();
    assert!(store.claim_runs("worker", 10).await.unwrap().runs.is_empty());
    assert!(store.adopt_runs("worker").await.unwrap().is_empty());
    // As the bot's start does it.
    assert_eq!(store.interrupt_audit().await.unwrap().len(), 2);
    assert_eq!(store.reopen_approvals().await.unwrap(), 0);
    assert!(store.untold_ends().await.unwrap().is_empty() && store.live_cards().await.unwrap().is_empty());
    assert!(store.unanswered_audit(Millis(i64::MAX)).await.unwrap().is_empty());
    let run = store.runs(CREW, None, 10).await.unwrap().remove(0);
    assert_eq!(run.state, runs::State::Interrupted);
    store.close().await;
    let ended: Vec<String> = rows(&restored)
        .await
        .into_iter()
        .filter(|row| row.starts_with("approvals ") && row.contains("restored from a backup"))
        .collect();
    assert_eq!(ended.len(), 1, "{ended:?}");
}

async fn a_backup_has_every_table_there_is(fresh: Fresh) {
    let url = fresh.lived_in().await;
    let held = fresh.back_up(&url, &fresh.path("a.backup")).await.unwrap();
    assert_eq!(held.tables, tables(&url).await.len());
    assert_eq!(held.rows, rows(&url).await.len() as u64);
}

async fn only_an_empty_database_is_restored_into_unless_told(fresh: Fresh) {
    let (url, backup) = (fresh.lived_in().await, fresh.path("a.backup"));
    fresh.back_up(&url, &backup).await.unwrap();
    let before = rows(&url).await;
    let refused = fresh.restore(&backup, &url, Found::Refuse).await.unwrap_err();
    assert!(refused.contains("is not empty") && refused.contains("--replace"), "{refused}");
    assert_eq!(rows(&url).await, before);

    // While a bot works on it, nothing is.
    let store = Store::open(&url, fresh.clock.clone()).await.unwrap();
    let lock = store.lock().await.unwrap();
    let refused = fresh.restore(&backup, &url, Found::Replace).await.unwrap_err();
    assert!(refused.starts_with("stop Nebula first: another Nebula is already running"), "{refused}");
    drop(lock);
    store.close().await;
    // Nor while a worker does, which only shares one.
    if fresh.kind == Kind::Postgres {
        let store = Store::open(&url, fresh.clock.clone()).await.unwrap();
        let locks = [store.lock_for_work().await.unwrap(), store.lock_for_work().await.unwrap()];
        let refused = fresh.restore(&backup, &url, Found::Replace).await.unwrap_err();
        assert!(refused.starts_with("stop Nebula first: a worker is running"), "{refused}");
        drop(locks);
        store.close().await;
    }

    let restored = fresh.restore(&backup, &url, Found::Replace).await.unwrap();
    let kept = restored.kept.unwrap();
    let after = rows(&url).await;
    assert_eq!(after.iter().filter(|row| row.starts_with("secrets ")).count(), 451);
    let mut raw = match fresh.kind {
        Kind::Sqlite => AnyConnection::connect(&format!("sqlite://{kept}")).await.unwrap(),
        Kind::Postgres => AnyConnection::connect(&url).await.unwrap(),
    };
    if let Some(schema) = kept.strip_prefix("schema ") {
        raw.execute(AssertSqlSafe(format!("set search_path to {schema}"))).await.unwrap();
    }
    let open: i64 =
        sqlx::query_scalar("select count(*) from approvals where state = 'open'").fetch_one(&mut raw).await.unwrap();
    assert_eq!(open, 1, "what was there is kept as it was");

    // One that was started and never used is as good as empty.
    let started = fresh.url("started.db");
    Store::open(&started, fresh.clock.clone()).await.unwrap().close().await;
    assert_eq!(fresh.restore(&backup, &started, Found::Refuse).await.unwrap().kept, None);
    assert_eq!(rows(&started).await, after);
}

async fn an_older_backup_is_brought_up_to_date(fresh: Fresh) {
    // As an older Nebula left it.
    let url = fresh.url("old.db");
    let make = format!("{url}{}", if fresh.kind == Kind::Sqlite { "?mode=rwc" } else { "" });
    let mut old = AnyConnection::connect(&make).await.unwrap();
    sqlx::migrate!("../../migrations").run_to(2, &mut old).await.unwrap();
    for sql in [
        "insert into policies values ('1', 5)",
        "insert into approvals (id, guild_id, action, arguments, digest, plan, asked_by, state, created_at, expires_at)
         values ('a', '1', 'server.run', '{}', 'd', 'plan', '7', 'open', 1, 2)",
    ] {
        old.execute(sql).await.unwrap();
    }
    old.close().await.unwrap();
    let backup = fresh.path("old.backup");
    let held = fresh.back_up(&url, &backup).await.unwrap();
    assert_eq!(held.rows, 2);
    // A backup changes nothing, not even the version.
    let mut old = AnyConnection::connect(&url).await.unwrap();
    let version: i64 =
        sqlx::query_scalar("select max(version) from _sqlx_migrations").fetch_one(&mut old).await.unwrap();
    assert_eq!(version, 2);
    let restored = fresh.url("new.db");
    fresh.restore(&backup, &restored, Found::Refuse).await.unwrap();
    let store = Store::open(&restored, fresh.clock.clone()).await.unwrap();
    assert_eq!(store.policy_version(CREW).await.unwrap(), 5);
    assert!(rows(&restored).await.iter().any(|row| row.starts_with("approvals ") && row.contains("expired")));
}

async fn what_is_damaged_is_refused_and_nothing_is_changed(fresh: Fresh) {
    let (url, backup) = (fresh.lived_in().await, fresh.path("a.backup"));
    fresh.back_up(&url, &backup).await.unwrap();
    let bytes = std::fs::read(&backup).unwrap();
    let damaged = fresh.path("damaged.backup");
    let target = fresh.url("target.db");
    let mut seen = std::collections::BTreeSet::new();
    let wrong = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = bytes.clone();
        change(&mut bytes);
        std::fs::write(&damaged, bytes).unwrap();
    };
    let length = bytes.len();
    for place in [3, 20, 200, 330, length / 3, length / 2, length - 40, length - 1] {
        wrong(&|bytes| bytes[place] ^= 4);
        seen.insert(fresh.restore(&damaged, &target, Found::Refuse).await.unwrap_err());
    }
    for keep in [0, 10, 300, length / 2, length - 1] {
        wrong(&|bytes| bytes.truncate(keep));
        seen.insert(fresh.restore(&damaged, &target, Found::Refuse).await.unwrap_err());
    }
    wrong(&|bytes| bytes.push(0));
    seen.insert(fresh.restore(&damaged, &target, Found::Refuse).await.unwrap_err());
    for (text, other) in [("wrong", "a.backup"), ("right", "none.backup")] {
        let wrong = Some(passphrase(text));
        let refused = backup::restore(&fresh.path(other), &target, &fresh.clock, wrong.as_ref(), Found::Refuse).await;
        seen.insert(said(refused.unwrap_err()));
    }
    let unset = backup::restore(&backup, &target, &fresh.clock, None, Found::Refuse).await;
    seen.insert(said(unset.unwrap_err()));
    let home = fresh.home.path().display().to_string();
    for sentence in &seen {
        assert!(!sentence.contains('\n') && sentence.starts_with(&home), "{sentence}");
    }
    let all = seen.into_iter().collect::<Vec<_>>().join("\n");
    for said in [
        "it is no backup of Nebula's",
        "its first lines are not what was written",
        "part 1 of it is not what was written",
        "it was cut off: its end is missing",
        "something was added to its end",
        "NEBULA_SECRET is not the passphrase this backup was made with",
        "NEBULA_SECRET is not set",
        "could not be opened",
    ] {
        assert!(all.contains(said), "{said} is not in:\n{all}");
    }
    match fresh.kind {
        Kind::Sqlite => assert!(!fresh.path("target.db").exists()),
        Kind::Postgres => assert!(rows(&target).await.is_empty()),
    }
    // The whole one still is one.
    fresh.restore(&backup, &target, Found::Refuse).await.unwrap();
}
