//! The event log loses nothing and doubles nothing, on SQLite and on PostgreSQL alike.

use std::{collections::BTreeSet, time::Duration};

use base::{Actor, GuildId, Redactor, Risk, UserId, Way, gate::Request};
use sqlx::Executor;
use store::{
    Kind as Database, Store,
    audit::NewEntry,
    events::{Event, Heard, Kind, NewEvent, Retention, Subscription},
};

use crate::fresh::Fresh;

const CREW: GuildId = GuildId(1);
const OTHERS: GuildId = GuildId(2);
/// Longest wait for what happens at once.
const SOON: Duration = Duration::from_secs(30);

on_both! {
    what_an_audit_row_tells_is_an_event_of_the_same_transaction
    looking_is_no_event_unless_it_goes_wrong_or_waits
    eight_writers_at_once_leave_no_gap_and_a_subscriber_hears_each_once_and_in_order
    a_subscriber_goes_on_where_it_was
    one_that_falls_behind_reads_what_it_missed
    no_event_is_changed_and_only_retention_deletes
    retention_keeps_what_is_young_and_what_a_living_subscriber_has_not_read
    whoever_was_left_behind_is_told_what_it_missed
    a_claim_is_made_once_and_stands_until_it_is_done
    a_guild_reads_no_events_of_another
    a_bot_that_never_said_that_it_stops_was_killed
    a_blocked_server_is_an_event_once_for_each_key
}

fn happened(number: usize) -> NewEvent {
    NewEvent::in_guild(Kind::ServerBlocked, CREW, &Redactor::default()).about(&format!("box-{number}"))
}

async fn heard(subscription: &mut Subscription) -> Event {
    match tokio::time::timeout(SOON, subscription.next()).await.expect("it is heard").unwrap() {
        Heard::Event(event) => Event::clone(&event),
        missed @ Heard::Missed { .. } => panic!("{missed:?}"),
    }
}

fn actor(user: u64) -> Actor {
    Actor {
        guild: CREW,
        user: UserId(user),
        name: format!("user{user}"),
        administrator: true,
        roles: Vec::new(),
        agent: Some("Jarvis".to_owned()),
        way: Way::Command,
        reply_to: None,
    }
}

fn request(name: &'static str, risk: Risk) -> Request {
    let arguments = serde_json::json!({ "server": "box" });
    Request {
        name,
        risk,
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

async fn write(store: &Store, name: &'static str, risk: Risk, outcome: &'static str) -> uuid::Uuid {
    let (actor, request) = (actor(7), request(name, risk));
    let entry =
        NewEntry { actor: &actor, request: &request, approval: None, outcome, detail: None, id: None, run: None };
    store.write_audit(entry).await.unwrap().0
}

async fn kinds(store: &Store) -> Vec<&'static str> {
    let events = store.events_of(CREW, 0, i64::MAX, 1_000).await.unwrap();
    events.iter().map(|event| event.kind.as_str()).collect()
}

async fn what_an_audit_row_tells_is_an_event_of_the_same_transaction(fresh: Fresh) {
    let store = &fresh.store;
    let id = write(store, "server.run", Risk::Change, "started").await;
    assert!(store.complete_audit(id, "failed", Some("exit 3 after 0.2 s".to_owned())).await.unwrap());
    assert!(!store.complete_audit(id, "done", None).await.unwrap(), "it has ended");
    write(store, "approval.approve", Risk::Change, "done").await;
    write(store, "approval.deny", Risk::Change, "done").await;
    write(store, "approval.deny", Risk::Change, "refused").await;
    let killed = write(store, "server.run", Risk::Destroy, "started").await;
    store.interrupt_audit().await.unwrap();
    assert_eq!(
        kinds(store).await,
        [
            "action.started",
            "action.failed",
            "approval.approved",
            "approval.denied",
            "action.refused",
            "action.started",
            "action.interrupted"
        ]
    );
    let event = store.events_of(CREW, 1, 2, 10).await.unwrap().remove(0);
    assert_eq!((event.seq, event.guild, event.subject.as_deref()), (2, Some(CREW), Some("box")));
    assert_eq!((event.actor, event.at), (Some(UserId(7)), fresh.clock.now()));
    let reference = store.audit_entry(&id.to_string()).await.unwrap().unwrap().reference;
    let texts = ["action", "reference", "name", "agent", "way", "plan", "detail"].map(|key| event.text(key).unwrap());
    assert_eq!(
        texts,
        ["server.run", &reference, "user7", "Jarvis", "command", "Run `uptime` on `box`", "exit 3 after 0.2 s"]
    );
    // A row that cannot be written takes its event with it: the same entry cannot begin twice.
    let before = store.last_event().await.unwrap();
    fresh.raw.execute("drop table in_flight").await.unwrap();
    assert!(store.complete_audit(killed, "done", None).await.is_err());
    assert_eq!(store.last_event().await.unwrap(), before);
}

async fn looking_is_no_event_unless_it_goes_wrong_or_waits(fresh: Fresh) {
    for outcome in ["started", "done", "cancelled", "failed", "refused", "waiting", "timed_out"] {
        write(&fresh.store, "server.list", Risk::Observe, outcome).await;
    }
    assert_eq!(kinds(&fresh.store).await, ["action.failed", "action.refused", "action.waiting", "action.timed_out"]);
}

async fn eight_writers_at_once_leave_no_gap_and_a_subscriber_hears_each_once_and_in_order(fresh: Fresh) {
    const EACH: i64 = 60;
    // Two processes on PostgreSQL; SQLite has one.
    let second = match fresh.store.kind() {
        Database::Postgres => Store::open(&fresh.url, fresh.clock.clone()).await.unwrap(),
        Database::Sqlite => fresh.store.clone(),
    };
    let mut subscriptions = [fresh.store.events().after(0), second.events().after(0)];
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let store = if writer % 2 == 0 { fresh.store.clone() } else { second.clone() };
        writers.spawn(async move {
            for number in 0..EACH {
                if number % 2 == 0 {
                    store.emit(happened(usize::try_from(writer * 1_000 + number).unwrap())).await.unwrap();
                } else {
                    write(&store, "server.run", Risk::Change, "refused").await;
                }
            }
        });
    }
    // Whoever reads up to a number sees every one before it, at any moment.
    let reader = tokio::spawn({
        let store = fresh.store.clone();
        async move {
            let mut read = 0;
            while read < 8 * EACH {
                for event in store.events_of(CREW, read, i64::MAX, 10_000).await.unwrap() {
                    assert_eq!(event.seq, read + 1, "one before it came later");
                    read = event.seq;
                }
            }
        }
    });
    for subscription in &mut subscriptions {
        let mut subjects = BTreeSet::new();
        for seq in 1..=8 * EACH {
            let event = heard(subscription).await;
            assert_eq!(event.seq, seq);
            subjects.extend(event.subject.filter(|subject| subject != "box"));
        }
        assert_eq!(i64::try_from(subjects.len()).unwrap(), 8 * EACH / 2, "each once");
    }
    writers.join_all().await;
    tokio::time::timeout(SOON, reader).await.unwrap().unwrap();
}

async fn a_subscriber_goes_on_where_it_was(fresh: Fresh) {
    for number in 0..700 {
        fresh.store.emit(happened(number)).await.unwrap();
    }
    let mut first = fresh.store.events().after(0);
    for seq in 1..=650 {
        assert_eq!(heard(&mut first).await.seq, seq);
    }
    drop(first);
    let again = Store::open(&fresh.url, fresh.clock.clone()).await.unwrap();
    let mut second = again.events().after(650);
    for seq in 651..=700 {
        assert_eq!(heard(&mut second).await.seq, seq);
    }
    again.emit(happened(700)).await.unwrap();
    assert_eq!(heard(&mut second).await.subject.as_deref(), Some("box-700"));
}

async fn one_that_falls_behind_reads_what_it_missed(fresh: Fresh) {
    const MANY: i64 = 3_000;
    let mut slow = fresh.store.events().after(0);
    fresh.store.emit(happened(0)).await.unwrap();
    assert_eq!(heard(&mut slow).await.seq, 1);
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let store = fresh.store.clone();
        writers.spawn(async move {
            for number in 0..MANY / 30 {
                store.emit(happened(usize::try_from(number).unwrap())).await.unwrap();
            }
        });
    }
    // It hears nothing until far more has happened than is kept for it.
    writers.join_all().await;
    for seq in 2..=MANY + 1 {
        assert_eq!(heard(&mut slow).await.seq, seq);
    }
}

async fn no_event_is_changed_and_only_retention_deletes(fresh: Fresh) {
    for number in 0..3 {
        fresh.store.emit(happened(number)).await.unwrap();
    }
    for sql in ["update events set kind = 'bot.stopped'", "delete from events", "delete from events where seq = 1"] {
        let refused = fresh.raw.execute(sql).await.unwrap_err().to_string();
        assert!(refused.contains("append-only") || refused.contains("only retention"), "{refused}");
    }
    assert_eq!(kinds(&fresh.store).await.len(), 3);
}

/// Keeps an hour and ten events, and nothing for longer than three.
fn keep() -> Retention {
    Retention { age: Duration::from_hours(1), number: 10, at_most: Duration::from_hours(3) }
}

async fn emit(fresh: &Fresh, events: usize) {
    for number in 0..events {
        fresh.store.emit(happened(number)).await.unwrap();
    }
}

async fn first(fresh: &Fresh) -> i64 {
    let sql = "select coalesce(min(seq), 0) from events";
    sqlx::query_scalar(sql).fetch_one(&fresh.raw).await.unwrap()
}

async fn retention_keeps_what_is_young_and_what_a_living_subscriber_has_not_read(fresh: Fresh) {
    let store = &fresh.store;
    emit(&fresh, 5).await;
    let slow = store.subscriber("slow", None).await.unwrap();
    assert_eq!(slow.seq, 5, "it begins at the end");
    emit(&fresh, 3).await;
    assert_eq!(store.trim_events(&keep()).await.unwrap(), 0, "few and young");
    emit(&fresh, 10).await;
    assert_eq!(store.trim_events(&keep()).await.unwrap(), 5, "too many, but three of them were not read");
    assert_eq!(first(&fresh).await, 6);
    assert!(store.advance_cursor(&slow, 18).await.unwrap());
    assert_eq!(store.trim_events(&keep()).await.unwrap(), 3);
    fresh.clock.advance(Duration::from_mins(61));
    emit(&fresh, 2).await;
    assert_eq!(store.trim_events(&keep()).await.unwrap(), 10, "what is too old goes");
    assert_eq!(first(&fresh).await, 19);
    // A clock that was wrong for a moment takes nothing young with it.
    fresh.clock.turn_back(Duration::from_hours(50));
    emit(&fresh, 1).await;
    fresh.clock.advance(Duration::from_hours(50));
    assert_eq!(store.trim_events(&keep()).await.unwrap(), 0);
    assert_eq!(first(&fresh).await, 19);
}

async fn whoever_was_left_behind_is_told_what_it_missed(fresh: Fresh) {
    let store = &fresh.store;
    store.subscriber("crew", Some(CREW)).await.unwrap();
    store.subscriber("others", Some(OTHERS)).await.unwrap();
    emit(&fresh, 1_500).await;
    let mut behind = store.events().after(2);
    fresh.clock.advance(Duration::from_hours(4));
    assert_eq!(store.trim_events(&keep()).await.unwrap(), 1_500, "also what nobody has read, in strides");
    let left = store.cursor("crew").await.unwrap().unwrap();
    assert_eq!((left.seq, left.missed), (1_500, 1_500));
    assert_eq!(store.cursor("others").await.unwrap().unwrap().missed, 0, "they were another guild's");
    let missed = tokio::time::timeout(SOON, behind.next()).await.unwrap().unwrap();
    assert_eq!(missed, Heard::Missed { first: 3, last: 1_500 });
    emit(&fresh, 1).await;
    assert_eq!(heard(&mut behind).await.seq, 1_501);
    assert!(store.advance_cursor(&left, 1_501).await.unwrap());
    assert_eq!(store.cursor("crew").await.unwrap().unwrap().missed, 0, "it was told");
}

async fn a_claim_is_made_once_and_stands_until_it_is_done(fresh: Fresh) {
    let store = &fresh.store;
    let cursor = store.subscriber("log", None).await.unwrap();
    emit(&fresh, 9).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (store, cursor) = (store.clone(), cursor.clone());
        tasks.spawn(async move { store.claim_events(&cursor, 9).await.unwrap() });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|claimed| *claimed).count(), 1);
    // A process that was killed here leaves the same piece to the next.
    let again = Store::open(&fresh.url, fresh.clock.clone()).await.unwrap();
    let left = again.subscriber("log", None).await.unwrap();
    assert_eq!((left.seq, left.claimed), (0, Some(9)));
    assert!(!again.claim_events(&left, 9).await.unwrap(), "it is claimed");
    assert!(!again.advance_cursor(&left, 8).await.unwrap(), "not another piece");
    assert!(again.advance_cursor(&left, 9).await.unwrap());
    assert!(!store.advance_cursor(&cursor, 9).await.unwrap(), "once");
    assert_eq!(again.cursor("log").await.unwrap().unwrap().claimed, None);
}

async fn a_guild_reads_no_events_of_another(fresh: Fresh) {
    emit(&fresh, 2).await;
    fresh.store.bot_began().await.unwrap();
    let theirs = fresh.store.events_of(OTHERS, 0, i64::MAX, 10).await.unwrap();
    assert_eq!(
        theirs.iter().map(|event| event.kind).collect::<Vec<_>>(),
        [Kind::BotStarted],
        "only what is everybody's"
    );
}

async fn a_bot_that_never_said_that_it_stops_was_killed(fresh: Fresh) {
    let store = &fresh.store;
    assert!(!store.bot_began().await.unwrap(), "the first one");
    store.bot_stops().await.unwrap();
    assert!(!store.bot_began().await.unwrap());
    assert!(store.bot_began().await.unwrap(), "it never said that it stops");
    store.bot_stops().await.unwrap();
    assert_eq!(
        kinds(store).await,
        ["bot.started", "bot.stopped", "bot.started", "bot.killed", "bot.started", "bot.stopped"]
    );
}

async fn a_blocked_server_is_an_event_once_for_each_key(fresh: Fresh) {
    use store::servers::{Offer, State};
    let (store, redactor) = (&fresh.store, Redactor::default());
    let vault = store::Vault::new(store.clone(), Some(secrecy::SecretString::from("a long passphrase")));
    let secret = vault.seal(CREW, &base::Secret::new("pw")).await.unwrap();
    let offer = Offer {
        guild: CREW,
        name: "box",
        host: "127.0.0.1",
        port: 22,
        user: "root",
        secret: &secret,
        offered_key: "a",
        note: "",
        jump: None,
        added_by: UserId(7),
    };
    let server = store.offer_server(&offer).await.unwrap().unwrap();
    assert_eq!(store.offer_key(&server, "b", &redactor).await.unwrap().unwrap().state, State::Offered);
    let server = store.pin_server(&server, "b").await.unwrap().unwrap();
    for key in ["c", "c", "d", "d"] {
        let blocked = store.offer_key(&server, key, &redactor).await.unwrap().unwrap();
        assert_eq!((blocked.state, blocked.offered_key.as_deref()), (State::Blocked, Some(key)));
    }
    assert!(store.offer_key(&server, "b", &redactor).await.unwrap().is_none(), "the pinned one is no question");
    assert_eq!(kinds(store).await, ["server.blocked", "server.blocked"]);
    let event = store.events_of(CREW, 0, 1, 1).await.unwrap().remove(0);
    assert_eq!((event.subject.as_deref(), event.text("detail")), (Some("box"), Some("another host key answered")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_whose_connection_is_cut_misses_nothing() {
    let fresh = Fresh::of(Database::Postgres).await;
    let other = Store::open(&fresh.url, fresh.clock.clone()).await.unwrap();
    let mut subscription = fresh.store.events().after(0);
    other.emit(happened(0)).await.unwrap();
    assert_eq!(heard(&mut subscription).await.seq, 1);
    let mut next = 2;
    for round in 0..5 {
        let sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity
                   where query ilike 'listen%' and datname = current_database()";
        // While it is not there, while it comes back, and once it is there again.
        let cut: i64 = loop {
            other.emit(happened(round)).await.unwrap();
            assert_eq!(heard(&mut subscription).await.seq, next);
            next += 1;
            let cut = sqlx::query_scalar(sql).fetch_one(&fresh.raw).await.unwrap();
            if cut > 0 {
                break cut;
            }
        };
        assert_eq!(cut, 1);
        for _ in 0..3 {
            other.emit(happened(round)).await.unwrap();
        }
        for _ in 0..3 {
            assert_eq!(heard(&mut subscription).await.seq, next);
            next += 1;
        }
    }
}
