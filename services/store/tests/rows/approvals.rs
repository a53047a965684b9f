//! A question is answered once, for exactly what was asked.

use std::time::Duration;

use base::UserId;
use store::{
    approvals,
    audit::NewEntry,
    conversations::{NewConversation, Step},
};
use uuid::Uuid;

use crate::{
    crew::{CREW, OTHERS, actor, ask, ask_as, request},
    fresh::Fresh,
};

on_both! {
    a_yes_is_spent_once_for_exactly_what_was_asked
    a_reminder_is_handed_out_once_and_only_while_it_waits
    one_person_may_have_so_many_questions_open_and_no_more
    a_thousand_answers_at_once_count_once
    a_button_is_forgotten_when_it_expires
    a_question_that_stood_nowhere_ends_with_its_process_unless_a_conversation_waits_for_it
    a_question_of_a_run_that_goes_on_waits_for_it
}

async fn a_yes_is_spent_once_for_exactly_what_was_asked(fresh: Fresh) {
    let (store, minute) = (&fresh.store, Duration::from_mins(1));
    let (question, expires) = ask(&fresh, "d", minute).await;
    assert_eq!(expires, fresh.clock.now().plus(minute));
    let spend = |question, digest, version| store.grant_approval(CREW, question, digest, version);
    assert!(!spend(question, "another", 0).await.unwrap(), "another thing");
    assert!(!spend(question, "d", 1).await.unwrap(), "another policy");
    assert!(!store.grant_approval(OTHERS, question, "d", 0).await.unwrap(), "another guild");
    assert!(spend(question, "d", 0).await.unwrap());
    assert!(!spend(question, "d", 0).await.unwrap(), "twice");
    assert!(
        !store.close_approval(CREW, question, approvals::State::Dismissed, None, "no").await.unwrap(),
        "and not denied after"
    );

    let (late, _) = ask(&fresh, "d", minute).await;
    fresh.clock.advance(minute);
    assert!(!spend(late, "d", 0).await.unwrap(), "an expired question counts no answer");
    store.end_overdue().await.unwrap();
    let over = store.untold_ends().await.unwrap();
    assert_eq!(over.iter().map(|asked| asked.id).collect::<Vec<_>>(), [late]);
    store.told_end(CREW, late).await.unwrap();
    assert!(store.untold_ends().await.unwrap().is_empty(), "what was told is told");
}

async fn a_reminder_is_handed_out_once_and_only_while_it_waits(fresh: Fresh) {
    let minute = Duration::from_mins(1);
    let (waits, _) = ask(&fresh, "d", minute).await;
    let (denied, _) = ask(&fresh, "e", minute).await;
    fresh.store.close_approval(CREW, denied, approvals::State::Dismissed, None, "no").await.unwrap();
    assert!(fresh.store.due_reminders().await.unwrap().is_empty());
    fresh.clock.advance(minute / 2);
    let due = fresh.store.due_reminders().await.unwrap();
    assert_eq!(due.iter().map(|asked| asked.id).collect::<Vec<_>>(), [waits]);
    assert!(fresh.store.due_reminders().await.unwrap().is_empty());
}

async fn one_person_may_have_so_many_questions_open_and_no_more(fresh: Fresh) {
    for digest in ["a", "b", "c"] {
        ask(&fresh, digest, Duration::from_mins(1)).await;
    }
    assert!(ask_as(&fresh, 1, "d", Duration::from_mins(1)).await.is_none());
    assert!(ask_as(&fresh, 2, "d", Duration::from_mins(1)).await.is_some(), "somebody else still may");
}

async fn a_thousand_answers_at_once_count_once(fresh: Fresh) {
    let (question, _) = ask(&fresh, "d", Duration::from_mins(1)).await;
    let mut answers = tokio::task::JoinSet::new();
    for person in 0..1_000 {
        let store = fresh.store.clone();
        answers.spawn(async move {
            store.vote(&actor(CREW, person % 10), question).await.unwrap();
            store.grant_approval(CREW, question, "d", 0).await.unwrap()
        });
    }
    assert_eq!(answers.join_all().await.into_iter().filter(|counted| *counted).count(), 1);
    assert!(fresh.store.votes(CREW, question).await.unwrap().len() <= 10);
    assert!(fresh.store.votes(OTHERS, question).await.unwrap().is_empty());
}

async fn a_button_is_forgotten_when_it_expires(fresh: Fresh) {
    let key = fresh.store.keep_button(CREW, "{}", Duration::from_mins(1)).await.unwrap();
    assert_eq!(fresh.store.button(CREW, &key).await.unwrap().as_deref(), Some("{}"));
    fresh.clock.advance(Duration::from_mins(1));
    assert!(fresh.store.button(CREW, &key).await.unwrap().is_none());
    fresh.store.forget_buttons().await.unwrap();

    assert!(fresh.store.button(CREW, &key).await.unwrap().is_none());
}

async fn a_question_that_stood_nowhere_ends_with_its_process_unless_a_conversation_waits_for_it(fresh: Fresh) {
    let (store, minute) = (&fresh.store, Duration::from_mins(1));
    let (awaited, _) = ask(&fresh, "d", minute).await;
    let (orphan, _) = ask(&fresh, "e", minute).await;
    let (entry, asker) = (Uuid::from_u128(7), actor(CREW, 1));
    for (question, digest, id) in [(awaited, "d", Some(entry)), (orphan, "e", None)] {
        let (approval, request) = (Some(question), request(digest));
        let outcome = "waiting";
        let entry = NewEntry { actor: &asker, request: &request, approval, outcome, detail: None, id, run: None };
        store.write_audit(entry).await.unwrap();
    }
    let (id, title, mode) = (Uuid::from_u128(8), "talk", "ask");
    let new = NewConversation {
        id,
        guild: CREW,
        channel: 5,
        title,
        mode,
        agent: None,
        by: UserId(1),
        body: "{}",
        below: None,
    };
    store.begin_conversation(new).await.unwrap();
    let step = |busy, version| async move {
        let body = format!("{{\"entry\":\"{entry}\"}}");
        let step = Step { body, busy, heard: Vec::new(), stopped: false, answers: Vec::new() };
        assert!(store.step_conversation(CREW, id, version, &step).await.unwrap());
    };
    let state = async |question| store.approval(CREW, question).await.unwrap().unwrap().state;
    step(true, 0).await;
    store.end_unasked().await.unwrap();
    assert_eq!((state(awaited).await, state(orphan).await), (approvals::State::Open, approvals::State::Expired));
    step(false, 1).await;
    store.end_unasked().await.unwrap();
    assert_eq!(state(awaited).await, approvals::State::Expired, "nobody waits for it any more");
}

async fn a_question_of_a_run_that_goes_on_waits_for_it(fresh: Fresh) {
    let (store, minute) = (&fresh.store, Duration::from_mins(1));
    let run = fresh.ask("wheel").await;
    assert_eq!(store.claim_runs("me", 64).await.unwrap().runs[0].id, run);
    let (awaited, _) = ask(&fresh, "d", minute).await;
    let (orphan, _) = ask(&fresh, "e", minute).await;
    let (entry, asker) = (Uuid::from_u128(7), actor(CREW, 1));
    let waiting = NewEntry {
        actor: &asker,
        request: &request("d"),
        approval: Some(awaited),
        outcome: "waiting",
        detail: None,
        id: Some(entry),
        run: None,
    };
    store.write_audit(waiting).await.unwrap();
    let state = async |question| store.approval(CREW, question).await.unwrap().unwrap().state;
    // First it knows under which entry it asked, then what it was told.
    for noted in [entry, awaited] {
        store.note_run_step((run, "me", 1), "1", &format!("{{\"at\":\"{noted}\"}}")).await.unwrap();
        store.end_unasked().await.unwrap();
        assert_eq!((state(awaited).await, state(orphan).await), (approvals::State::Open, approvals::State::Expired));
    }
    fresh.end(run, "me", 1, "failed").await;
    store.end_unasked().await.unwrap();
    assert_eq!(state(awaited).await, approvals::State::Expired, "nobody waits for it any more");
}
