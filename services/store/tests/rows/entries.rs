//! An entry of the audit log is completed once, and what a dead process left open is ended by the next.

use base::{Actor, gate::Request};
use store::audit::NewEntry;

use crate::{
    crew::{CREW, OTHERS, actor, request},
    fresh::Fresh,
};

on_both! {
    an_audit_row_is_completed_once
    what_a_dead_process_left_open_is_interrupted
}

fn entry<'a>(actor: &'a Actor, request: &'a Request, outcome: &'static str) -> NewEntry<'a> {
    NewEntry { actor, request, approval: None, outcome, detail: None, id: None, run: None }
}

async fn an_audit_row_is_completed_once(fresh: Fresh) {
    let (store, actor, request) = (&fresh.store, actor(CREW, 1), request("d"));
    let (id, reference) = store.write_audit(entry(&actor, &request, "started")).await.unwrap();
    assert_eq!(reference.len(), 6);
    assert!(store.complete_audit(id, "done", None).await.unwrap());
    assert!(!store.complete_audit(id, "failed", None).await.unwrap());
    let rows = store.audit(CREW, 10).await.unwrap();
    assert_eq!((rows[0].outcome.as_str(), rows[0].reference.as_str()), ("done", reference.as_str()));
    assert!(store.audit(OTHERS, 10).await.unwrap().is_empty());
}

async fn what_a_dead_process_left_open_is_interrupted(fresh: Fresh) {
    let (store, actor, request) = (&fresh.store, actor(CREW, 1), request("d"));
    let (open, _) = store.write_audit(entry(&actor, &request, "started")).await.unwrap();
    let (done, _) = store.write_audit(entry(&actor, &request, "started")).await.unwrap();
    store.complete_audit(done, "done", None).await.unwrap();
    store.write_audit(entry(&actor, &request, "refused")).await.unwrap();
    store.keep_live_card(open, 5, 6).await.unwrap();

    let interrupted = store.interrupt_audit().await.unwrap();
    assert_eq!(interrupted.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(), [open.to_string()]);
    assert!(store.interrupt_audit().await.unwrap().is_empty());

    let cards = store.live_cards().await.unwrap();
    assert_eq!(cards[0].card, Some(("5".to_owned(), "6".to_owned())));
    assert_eq!(cards[0].entry.outcome, "interrupted");
    store.answered_audit(&cards[0].entry.id).await.unwrap();
    assert!(store.live_cards().await.unwrap().is_empty());
}
