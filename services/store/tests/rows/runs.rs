//! What the database guarantees of durable runs by itself, on SQLite and on PostgreSQL alike.

use base::{
    Actor, GuildId, Risk, UserId, Way,
    gate::{Durable, Request},
};
use store::{
    audit::{NewEntry, STARTED},
    runs::{Kept, NewRun, RunEnd, State},
};
use uuid::Uuid;

use crate::fresh::Fresh;

const CREW: GuildId = GuildId(1);

impl Fresh {
    /// A run that changes this.
    pub(crate) async fn ask(&self, lease: &str) -> Uuid {
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

    pub(crate) async fn end(&self, id: Uuid, worker: &str, fence: i64, outcome: &str) -> Kept {
        let (card, report) = ("{}".to_owned(), "{}".to_owned());
        let end = RunEnd { worker: worker.to_owned(), fence, card, report, file: None, sealed: None };
        self.store.end_run(id, outcome, None, end).await.unwrap()
    }
}

on_both! {
    the_database_refuses_a_second_run_of_one_lease_by_itself
    an_end_counts_once_and_only_with_the_right_fence
    what_was_cancelled_can_only_end_as_cancelled
    what_a_run_holds_is_changed_by_no_other_until_it_lets_go_or_ends
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

async fn what_a_run_holds_is_changed_by_no_other_until_it_lets_go_or_ends(fresh: Fresh) {
    let store = &fresh.store;
    let (many, other) = (fresh.ask("all of them").await, fresh.ask("some of them").await);
    assert_eq!(store.claim_runs("me", 64).await.unwrap().runs.len(), 2);
    // However many ask at once, one of them has it.
    let asking = (0..20).map(|turn| store.hold_for_run(CREW, "wheel", if turn % 2 == 0 { many } else { other }));
    let held: Vec<bool> = futures::future::join_all(asking).await.into_iter().map(Result::unwrap).collect();
    let has_many = held.iter().step_by(2).any(|held| *held);
    assert_ne!(has_many, held.iter().skip(1).step_by(2).any(|held| *held), "{held:?}");
    let (holder, waiter) = if has_many { (many, other) } else { (other, many) };
    assert!(store.hold_for_run(CREW, "wheel", holder).await.unwrap(), "it has it already");
    assert!(store.hold_for_run(GuildId(2), "wheel", waiter).await.unwrap(), "another guild's is another thing");
    // A run whose lease it is waits in line, and is told for whom.
    let single = fresh.ask("wheel").await;
    assert!(store.claim_runs("me", 64).await.unwrap().runs.is_empty());
    let row = store.run(single).await.unwrap().unwrap();
    let behind = store.run(holder).await.unwrap().unwrap().reference;
    assert_eq!(store.run_in_the_way(&row).await.unwrap(), Some(behind));
    store.let_go_of(CREW, "wheel", waiter).await.unwrap();
    assert!(store.claim_runs("me", 64).await.unwrap().runs.is_empty(), "nobody lets go of what is another's");
    store.let_go_of(CREW, "wheel", holder).await.unwrap();
    assert_eq!(store.claim_runs("me", 64).await.unwrap().runs[0].id, single);
    assert!(!store.hold_for_run(CREW, "wheel", waiter).await.unwrap(), "it is changed by the single one");
    // Whoever ended holds nothing, whether it said so or not.
    assert!(store.hold_for_run(CREW, "millstone", holder).await.unwrap());
    assert_eq!(fresh.end(holder, "me", 1, "failed").await, Kept::Yes);
    assert!(store.hold_for_run(CREW, "millstone", waiter).await.unwrap());
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
