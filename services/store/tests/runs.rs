//! What the database guarantees of durable runs by itself, on SQLite and on PostgreSQL alike.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]

use base::{
    Actor, Clock, GuildId, Millis, Risk, UserId, Way,
    gate::{Durable, Request},
};
use sqlx::AnyPool;
use store::{
    Kind, Store,
    audit::{NewEntry, STARTED},
    runs::{Kept, NewRun, RunEnd, State},
};
use uuid::Uuid;

const CREW: GuildId = GuildId(1);

struct Fresh {
    store: Store,
    raw: AnyPool,
    _home: tempfile::TempDir,
}

impl Fresh {
    async fn of(kind: Kind) -> Self {
        let home = tempfile::tempdir().unwrap();
        let url = match kind {
            Kind::Sqlite => format!("sqlite://{}", home.path().join("nebula.db").display()),
            Kind::Postgres => peers::postgres::database(),
        };
        let store = Store::open(&url, Clock::manual(Millis(1_800_000_000_000))).await.unwrap();
        Self { store, raw: AnyPool::connect(&url).await.unwrap(), _home: home }
    }

    /// A run that changes this.
    async fn ask(&self, lease: &str) -> Uuid {
        let actor = Actor {
            guild: CREW,
            user: UserId(7),
            name: "somebody".to_owned(),
            administrator: true,
            roles: Vec::new(),
            agent: None,
            way: Way::Command,
            reply_to: None,
        };
        let arguments = serde_json::json!({});
        let request = Request {
            name: "mill.grind",
            risk: Risk::Change,
            why: None,
            free_form: false,
            plan: "Grind".to_owned(),
            refusal: "grind".to_owned(),
            target: None,
            tags: Vec::new(),
            own: false,
            also: Vec::new(),
            each: Vec::new(),
            exact: arguments.clone(),
            sealed: None,
            digest: base::gate::digest("mill.grind", &arguments, None),
            arguments,
            durable: Some(Durable { lease: Some(lease.to_owned()), deadline: std::time::Duration::from_mins(1) }),
        };
        let run = NewRun::of(&actor, &request, None, self.store.now());
        let entry = NewEntry {
            actor: &actor,
            request: &request,
            approval: None,
            outcome: STARTED,
            detail: None,
            id: None,
            run,
        };
        self.store.write_audit(entry).await.unwrap().0
    }

    async fn end(&self, id: Uuid, worker: &str, fence: i64, outcome: &str) -> Kept {
        let (card, report) = ("{}".to_owned(), "{}".to_owned());
        let end = RunEnd { worker: worker.to_owned(), fence, card, report, file: None, sealed: None };
        self.store.end_run(id, outcome, None, end).await.unwrap()
    }
}

macro_rules! on_both {
    ($($test:ident)*) => {$(
        mod $test {
            #[tokio::test]
            async fn on_sqlite() {
                super::$test(super::Fresh::of(super::Kind::Sqlite).await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                super::$test(super::Fresh::of(super::Kind::Postgres).await).await;
            }
        }
    )*};
}
on_both! {
    the_database_refuses_a_second_run_of_one_lease_by_itself
    an_end_counts_once_and_only_with_the_right_fence
    what_was_cancelled_can_only_end_as_cancelled
}

async fn the_database_refuses_a_second_run_of_one_lease_by_itself(fresh: Fresh) {
    fresh.ask("wheel").await;
    let second = fresh.ask("wheel").await;
    let taken = fresh.store.claim_runs("me", 64).await.unwrap().runs;
    assert_eq!(taken.len(), 1, "only the first in line");
    assert!(fresh.store.claim_runs("me", 64).await.unwrap().runs.is_empty());
    // Whoever goes around the code fares no better.
    let sql = "update runs set state = 'running', worker = 'somebody' where id = $1";
    let forced = sqlx::query(sql).bind(second.to_string()).execute(&fresh.raw).await.unwrap_err();
    assert!(forced.as_database_error().unwrap().is_unique_violation(), "{forced}");
    assert_eq!(fresh.end(taken[0].id, "me", 1, "done").await, Kept::Yes);
    assert_eq!(fresh.store.claim_runs("me", 64).await.unwrap().runs[0].id, second);
}

async fn an_end_counts_once_and_only_with_the_right_fence(fresh: Fresh) {
    let id = fresh.ask("wheel").await;
    fresh.store.claim_runs("one", 64).await.unwrap();
    // Another takes it over: the worker is on no list.
    assert!(fresh.store.adopt_runs("two").await.unwrap().is_empty(), "who is on no list takes nothing");
    fresh.store.add_worker("two", "worker").await.unwrap();
    assert_eq!(fresh.store.adopt_runs("two").await.unwrap()[0].fence, 2);
    let due = fresh.store.now();
    assert!(fresh.store.note_run_step((id, "one", 1), "step", "1").await.is_err());
    assert!(!fresh.store.requeue_run(id, "one", 1, due, "").await.unwrap());
    fresh.store.show_run(id, "one", 1, "shown").await.unwrap();
    fresh.store.leave_run(id, "one", 1).await.unwrap();
    assert_eq!(fresh.end(id, "one", 1, "done").await, Kept::No);
    assert_eq!(fresh.end(id, "two", 1, "done").await, Kept::No);
    let row = fresh.store.run(id).await.unwrap().unwrap();
    assert_eq!((row.state, row.worker.as_deref(), row.card), (State::Running, Some("two"), None));
    assert_eq!(fresh.end(id, "two", 2, "failed").await, Kept::Yes);
    assert_eq!(fresh.end(id, "two", 2, "done").await, Kept::No);
    assert_eq!(fresh.store.audit_entry(&id.to_string()).await.unwrap().unwrap().outcome, "failed");
    assert_eq!(fresh.store.verify_audit().await.unwrap().unwrap().rows, 2);
}

async fn what_was_cancelled_can_only_end_as_cancelled(fresh: Fresh) {
    let id = fresh.ask("wheel").await;
    fresh.store.claim_runs("me", 64).await.unwrap();
    assert_eq!(fresh.store.cancel_run(GuildId(2), id, UserId(9)).await.unwrap(), None, "not from another guild");
    assert_eq!(fresh.store.cancel_run(CREW, id, UserId(9)).await.unwrap(), Some(State::Running));
    assert!(!fresh.store.requeue_run(id, "me", 1, fresh.store.now(), "").await.unwrap());
    for outcome in ["done", "failed", "timed_out", "interrupted", "refused"] {
        assert_eq!(fresh.end(id, "me", 1, outcome).await, Kept::Cancelled);
    }
    assert_eq!(fresh.store.audit_entry(&id.to_string()).await.unwrap().unwrap().outcome, STARTED);
    assert_eq!(fresh.end(id, "me", 1, "cancelled").await, Kept::Yes);
    assert_eq!(fresh.store.audit_entry(&id.to_string()).await.unwrap().unwrap().outcome, "cancelled");
    assert_eq!(fresh.store.cancel_run(CREW, id, UserId(9)).await.unwrap(), None, "it has ended");
}
