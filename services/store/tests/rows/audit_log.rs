//! The audit log is a chain that shows every change to it, on SQLite and on PostgreSQL alike.

use base::{Actor, GuildId, Risk, Secret, UserId, Way, gate::Request};
use sqlx::Executor;
use store::{
    Kind, Store,
    audit::{Break, Filter, NewEntry, Page, STARTED, Verified, Wrong},
};

use crate::fresh::Fresh;

const CREW: GuildId = GuildId(1);
const OTHERS: GuildId = GuildId(2);

impl Fresh {
    /// Takes the guard away, as whoever owns the database can.
    async fn unguarded(&self) {
        let sql: &[&'static str] = match self.store.kind() {
            Kind::Sqlite => &["drop trigger audit_log_is_not_changed", "drop trigger audit_log_is_not_deleted"],
            Kind::Postgres => &["alter table audit_log disable trigger user"],
        };
        for sql in sql {
            self.raw.execute(*sql).await.unwrap();
        }
    }

    async fn write(&self, outcome: &'static str) -> (uuid::Uuid, String) {
        write(&self.store, &actor(1), outcome).await
    }

    async fn verified(&self) -> Result<Verified, Break> {
        self.store.verify_audit().await.unwrap()
    }

    /// What is said of the log once this was done to it.
    async fn after(&self, sql: &[&'static str]) -> String {
        self.unguarded().await;
        for sql in sql {
            self.raw.execute(*sql).await.unwrap();
        }
        let mut broken = self.verified().await.expect_err("nobody saw it");
        let sql = "select reference from audit_log where seq = $1";
        let reference: Option<String> =
            sqlx::query_scalar(sql).bind(broken.seq).fetch_optional(&self.raw).await.unwrap();
        assert_eq!(broken.reference, reference);
        broken.reference = reference.map(|_| "its own".to_owned());
        broken.to_string()
    }
}

async fn write(store: &Store, actor: &Actor, outcome: &'static str) -> (uuid::Uuid, String) {
    let request = request("uptime");
    store
        .write_audit(NewEntry { actor, request: &request, approval: None, outcome, detail: None, id: None, run: None })
        .await
        .unwrap()
}

fn actor(user: u64) -> Actor {
    Actor {
        guild: CREW,
        user: UserId(user),
        name: format!("user{user}"),
        administrator: true,
        roles: Vec::new(),
        agent: None,
        way: Way::Command,
        reply_to: None,
    }
}

fn request(command: &str) -> Request {
    let arguments = serde_json::json!({ "server": "box", "command": command });
    Request {
        name: "server.run",
        risk: Risk::Change,
        why: None,
        free_form: false,
        plan: format!("Run `{command}` on `box`"),
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

on_both! {
    a_fresh_log_verifies
    what_runs_has_two_rows_and_what_does_not_has_one
    every_column_of_every_row_is_covered
    a_row_that_is_gone_is_missed
    rows_that_changed_places_are_found
    a_row_put_between_others_is_found
    a_log_whose_end_was_cut_off_is_found
    a_row_put_at_the_end_is_found
    a_replaced_row_with_a_hash_of_its_own_is_found_by_the_next
    a_head_that_is_gone_is_found
    the_database_refuses_to_change_or_delete_a_row
    many_writers_in_two_stores_make_one_chain
    no_text_a_person_types_loses_a_row
    an_entry_that_cannot_be_written_takes_no_other_with_it
    what_older_versions_recorded_is_brought_over_once
    a_search_finds_what_was_asked_for_and_nothing_of_others
}

async fn a_fresh_log_verifies(fresh: Fresh) {
    let verified = fresh.verified().await.unwrap();
    assert_eq!((verified.rows, verified.head), (0, "0".repeat(64)));
}

async fn what_runs_has_two_rows_and_what_does_not_has_one(fresh: Fresh) {
    let (ran, reference) = fresh.write(STARTED).await;
    fresh.write("refused").await;
    fresh.clock.advance(std::time::Duration::from_millis(1_500));
    assert!(fresh.store.complete_audit(ran, "failed", Some("exit 3".to_owned())).await.unwrap());
    assert!(!fresh.store.complete_audit(ran, "done", None).await.unwrap(), "it had ended");

    let entry = fresh.store.audit_entry(&ran.to_string()).await.unwrap().unwrap();
    assert_eq!((entry.first_seq, entry.seq, entry.duration_ms), (1, 3, Some(1_500)));
    assert_eq!(
        (entry.outcome.as_str(), entry.detail.as_deref(), entry.reference),
        ("failed", Some("exit 3"), reference)
    );
    assert_eq!((entry.risk.as_deref(), entry.plan.as_str()), (Some("change"), "Run `uptime` on `box`"));
    let refused = &fresh.store.audit(CREW, 10).await.unwrap()[0];
    assert_eq!((refused.first_seq, refused.seq, refused.duration_ms), (2, 2, None));
    let verified = fresh.verified().await.unwrap();
    assert_eq!((verified.rows, verified.head), (3, entry.hash));
}

async fn three(fresh: &Fresh) {
    for _ in 0..3 {
        let (id, _) = fresh.write(STARTED).await;
        fresh.store.complete_audit(id, "done", Some("well".to_owned())).await.unwrap();
    }
    assert_eq!(fresh.verified().await.unwrap().rows, 6);
}

const TEXTS: [&str; 16] = [
    "entry_id",
    "reference",
    "guild_id",
    "actor_id",
    "actor_name",
    "agent",
    "way",
    "risk",
    "action",
    "target",
    "arguments",
    "plan",
    "digest",
    "approval_id",
    "outcome",
    "detail",
];

async fn every_column_of_every_row_is_covered(fresh: Fresh) {
    three(&fresh).await;
    fresh.unguarded().await;
    let text = |column| format!("concat({column}, 'x')");
    let changes: Vec<_> = TEXTS.into_iter().map(|column| (column, text(column), "text")).collect();
    let numbers = [("at", "at + 1".to_owned(), "bigint"), ("duration_ms", "duration_ms + 1".to_owned(), "bigint")];
    for (seq, (column, change, kind)) in
        [3, 4].into_iter().flat_map(|seq| changes.iter().chain(&numbers).map(move |change| (seq, change)))
    {
        if (seq, *column) == (3, "duration_ms") {
            continue;
        }
        let sql =
            |value: &str| sqlx::AssertSqlSafe(format!("update audit_log set {column} = {value} where seq = {seq}"));
        let kept = sqlx::AssertSqlSafe(format!("select cast({column} as text) from audit_log where seq = {seq}"));
        let kept: Option<String> = sqlx::query_scalar(kept).fetch_one(&fresh.raw).await.unwrap();
        fresh.raw.execute(sql(change)).await.unwrap();
        let broken = fresh.verified().await.expect_err(column);
        assert_eq!((broken.seq, broken.wrong), (seq, Wrong::Altered), "{column}");
        sqlx::query(sql(&format!("cast($1 as {kind})"))).bind(kept).execute(&fresh.raw).await.unwrap();
        fresh.verified().await.unwrap_or_else(|broken| panic!("{column} is as it was: {broken}"));
    }
    // Null is not the same as nothing, and the same letters in other columns are another row.
    for change in ["agent = ''", "agent = 'x', way = 'y'", "previous = hash", "hash = previous"] {
        let sql = format!("update audit_log set {change} where seq = 3");
        let kept: (Option<String>, String, String, String) =
            sqlx::query_as("select agent, way, previous, hash from audit_log where seq = 3")
                .fetch_one(&fresh.raw)
                .await
                .unwrap();
        fresh.raw.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        assert_eq!(fresh.verified().await.expect_err(change).seq, 3, "{change}");
        let sql = "update audit_log set agent = $1, way = $2, previous = $3, hash = $4 where seq = 3";
        sqlx::query(sql).bind(kept.0).bind(kept.1).bind(kept.2).bind(kept.3).execute(&fresh.raw).await.unwrap();
    }
    fresh.verified().await.unwrap();
}

async fn a_row_that_is_gone_is_missed(fresh: Fresh) {
    three(&fresh).await;
    assert_eq!(fresh.after(&["delete from audit_log where seq = 4"]).await, "row 4 is missing");
}

async fn rows_that_changed_places_are_found(fresh: Fresh) {
    three(&fresh).await;
    let swap = [
        "update audit_log set seq = 99 where seq = 2",
        "update audit_log set seq = 2 where seq = 5",
        "update audit_log set seq = 5 where seq = 99",
    ];
    assert_eq!(fresh.after(&swap).await, "row 2 (ref its own) is out of order: it was written as row 5");
}

async fn a_row_put_between_others_is_found(fresh: Fresh) {
    three(&fresh).await;
    let push = [
        "update audit_log set seq = seq + 100 where seq > 3",
        "update audit_log set seq = seq - 99 where seq > 100",
        "insert into audit_log select 4, entry_id, reference, guild_id, at, actor_id, actor_name, agent, way, risk, action,
            target, arguments, plan, digest, approval_id, 'refused', detail, null, hash, 'made up' from audit_log where seq = 3",
        "update audit_head set seq = 7",
    ];
    assert_eq!(fresh.after(&push).await, "row 4 (ref its own) was altered");
}

async fn a_log_whose_end_was_cut_off_is_found(fresh: Fresh) {
    three(&fresh).await;
    let cut = ["delete from audit_log where seq > 4"];
    assert_eq!(fresh.after(&cut).await, "row 6 was the last, and the log ends with row 4: the end was cut off");
    fresh.raw.execute("delete from audit_log").await.unwrap();
    let broken = fresh.verified().await.unwrap_err();
    assert_eq!((broken.seq, broken.wrong), (6, Wrong::CutOff(0)));
}

async fn a_row_put_at_the_end_is_found(fresh: Fresh) {
    three(&fresh).await;
    let add =
        ["insert into audit_log select 7, entry_id, reference, guild_id, at, actor_id, actor_name, agent, way, risk,
        action, target, arguments, plan, digest, approval_id, 'refused', detail, null, hash, 'made up'
        from audit_log where seq = 6"];
    assert_eq!(fresh.after(&add).await, "row 7 (ref its own) comes after the last that was written: it was inserted");
}

/// An entry's id, its reference, the hash before it and its own.
type Kept = (String, String, String, String);

async fn a_replaced_row_with_a_hash_of_its_own_is_found_by_the_next(fresh: Fresh) {
    // The same row in another log has a right hash, and hangs on what was before it there.
    let (id, _) = fresh.write(STARTED).await;
    fresh.write("refused").await;
    fresh.store.complete_audit(id, "done", None).await.unwrap();
    let kind = fresh.store.kind();
    let other = Fresh::of(kind).await;
    let (id, _) = other.write(STARTED).await;
    other.write("refused").await;
    other.store.complete_audit(id, "done", None).await.unwrap();
    fresh.unguarded().await;
    let kept: Kept = sqlx::query_as("select entry_id, reference, previous, hash from audit_log where seq = 1")
        .fetch_one(&other.raw)
        .await
        .unwrap();
    let sql = "update audit_log set entry_id = $1, reference = $2, previous = $3, hash = $4 where seq = 1";
    sqlx::query(sql).bind(kept.0).bind(kept.1).bind(kept.2).bind(kept.3).execute(&fresh.raw).await.unwrap();
    let broken = fresh.verified().await.unwrap_err();
    assert_eq!((broken.seq, broken.wrong), (2, Wrong::Unlinked));

    // The last has no next; the head knows its hash.
    fresh.raw.execute("delete from audit_log where seq > 1").await.unwrap();
    fresh.raw.execute("update audit_head set seq = 1").await.unwrap();
    let broken = fresh.verified().await.unwrap_err();
    assert_eq!((broken.seq, broken.wrong), (1, Wrong::NotTheHead));
}

async fn a_head_that_is_gone_is_found(fresh: Fresh) {
    three(&fresh).await;
    assert_eq!(
        fresh.after(&["delete from audit_head"]).await,
        "row 0 cannot be compared: what remembers the last row is gone"
    );
}

async fn the_database_refuses_to_change_or_delete_a_row(fresh: Fresh) {
    three(&fresh).await;
    for sql in [
        "update audit_log set detail = 'x' where seq = 2",
        "delete from audit_log where seq = 6",
        "delete from audit_log",
    ] {
        let refused = fresh.raw.execute(sql).await.unwrap_err().to_string();
        assert!(refused.contains("the audit log is append-only"), "{refused}");
    }
    // Opened again, it stands again.
    fresh.unguarded().await;
    if fresh.store.kind() == Kind::Sqlite {
        Store::open(&fresh.url, fresh.clock.clone()).await.unwrap();
        assert!(fresh.raw.execute("delete from audit_log").await.is_err());
    }
    assert_eq!(fresh.verified().await.unwrap().rows, 6);
}

async fn many_writers_in_two_stores_make_one_chain(fresh: Fresh) {
    const WRITERS: u64 = 60;
    let second = Store::open(&fresh.url, fresh.clock.clone()).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for user in 0..WRITERS {
        let store = if user % 2 == 0 { fresh.store.clone() } else { second.clone() };
        writers.spawn(async move {
            for _ in 0..4 {
                let (id, _) = write(&store, &actor(user), STARTED).await;
                assert!(store.complete_audit(id, "done", None).await.unwrap());
                write(&store, &actor(user), "refused").await;
            }
        });
    }
    // Somebody verifies while they write.
    while !writers.is_empty() {
        fresh.verified().await.unwrap();
        writers.try_join_next().transpose().unwrap();
    }
    assert_eq!(fresh.verified().await.unwrap().rows, i64::try_from(WRITERS * 4 * 3).unwrap());
    for user in 0..WRITERS {
        let filter = Filter { person: Some(UserId(user)), ..Filter::default() };
        let found = fresh.store.search_audit(CREW, &filter, Page::Newest, 100).await.unwrap().entries;
        assert_eq!(found.iter().filter(|entry| entry.outcome == "done").count(), 4);
        assert_eq!(found.iter().filter(|entry| entry.outcome == "refused").count(), 4);
    }
    assert!(fresh.store.interrupt_audit().await.unwrap().is_empty());
}

async fn no_text_a_person_types_loses_a_row(fresh: Fresh) {
    let mut asked = request("a\0b 🦀 `x` \u{fffd} 1:2:3 ' \"");
    asked.target = Some("\0".to_owned());
    let who = Actor { name: "\0null\u{202e}".to_owned(), agent: Some("J\0".to_owned()), ..actor(1) };
    let entry =
        NewEntry { actor: &who, request: &asked, approval: None, outcome: STARTED, detail: None, id: None, run: None };
    let (id, _) = fresh.store.write_audit(entry).await.unwrap();
    // What JSON escapes as half a character comes in as nothing else than text.
    let half = String::from_utf8_lossy(&[0xed, 0xa0, 0x80]).into_owned() + "\0";
    assert!(fresh.store.complete_audit(id, "done", Some(half)).await.unwrap());
    let kept = fresh.store.audit_entry(&id.to_string()).await.unwrap().unwrap();
    assert_eq!((kept.target.as_deref(), kept.agent.as_deref()), (Some("␀"), Some("J␀")));
    assert!(serde_json::from_str::<serde_json::Value>(&kept.arguments).is_ok());
    assert_eq!(fresh.verified().await.unwrap().rows, 2);
}

async fn an_entry_that_cannot_be_written_takes_no_other_with_it(fresh: Fresh) {
    // A row beyond the head stands where the next would go: nothing can be written, and each is told.
    three(&fresh).await;
    fresh
        .raw
        .execute(
            "insert into audit_log select 7, 'x', reference, guild_id, at, actor_id, actor_name, agent, way, risk,
        action, target, arguments, plan, digest, approval_id, 'refused', detail, null, hash, 'made up'
        from audit_log where seq = 6",
        )
        .await
        .unwrap();
    let (who, asked) = (actor(1), request("x"));
    let entry = || NewEntry {
        actor: &who,
        request: &asked,
        approval: None,
        outcome: "refused",
        detail: None,
        id: None,
        run: None,
    };
    let (one, two) = tokio::join!(fresh.store.write_audit(entry()), fresh.store.write_audit(entry()));
    assert!(one.is_err() && two.is_err());
    fresh.unguarded().await;
    fresh.raw.execute("delete from audit_log where seq = 7").await.unwrap();
    fresh.store.write_audit(entry()).await.unwrap();
    assert_eq!(fresh.verified().await.unwrap().rows, 7);
}

const OLD_ROWS: &str = "insert into audit (id, reference, guild_id, actor_id, actor_name, way, action, target, arguments, plan,
        digest, approval_id, reply_to, outcome, detail, started_at, finished_at) values
    ('01-done', 'AAAAAA', '1', '7', 'ann', 'command', 'server.run', 'box', '{}', 'Run', 'd', null, null, 'done', 'exit 0', 1000, 3500),
    ('02-refused', 'BBBBBB', '1', '8', 'bob', 'command', 'server.run', 'box', '{}', 'Run', 'd', null, null, 'refused', 'no', 4000, 4000),
    ('03-unsaid', 'CCCCCC', '1', '7', 'ann', 'press', 'server.run', null, '{}', 'Run', 'd', 'ap', 'token', 'failed', null, 5000, 6000),
    ('04-open', 'DDDDDD', '1', '7', 'ann', 'command', 'server.run', 'box', '{}', 'Run', 'd', null, 'token', 'started', null, 7000, null)";

async fn what_older_versions_recorded_is_brought_over_once(fresh: Fresh) {
    fresh.raw.execute(OLD_ROWS).await.unwrap();
    let card =
        "insert into live_cards (audit_id, channel_id, message_id, created_at) values ('04-open', '5', '6', 7001)";
    fresh.raw.execute(card).await.unwrap();
    assert_eq!(fresh.store.adopt_audit().await.unwrap(), 4);
    assert_eq!(fresh.store.adopt_audit().await.unwrap(), 0);
    assert_eq!(fresh.verified().await.unwrap().rows, 6);

    let interrupted = fresh.store.interrupt_audit().await.unwrap();
    assert_eq!(interrupted.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(), ["04-open"]);
    let told = |entry: store::audit::Entry| (entry.reference, entry.outcome, entry.duration_ms);
    let entries: Vec<_> = fresh.store.audit(CREW, 10).await.unwrap().into_iter().map(told).collect();
    let said = |reference: &str, outcome: &str, took| (reference.to_owned(), outcome.to_owned(), took);
    let took = Some(fresh.clock.now().0 - 7_000);
    assert_eq!(
        entries,
        [
            said("DDDDDD", "interrupted", took),
            said("CCCCCC", "failed", Some(1_000)),
            said("BBBBBB", "refused", None),
            said("AAAAAA", "done", Some(2_500)),
        ]
    );
    let unsaid = fresh.store.unanswered_audit(fresh.clock.now()).await.unwrap();
    assert_eq!(unsaid.iter().map(|left| left.entry.id.as_str()).collect::<Vec<_>>(), ["03-unsaid"]);
    let cards = fresh.store.live_cards().await.unwrap();
    assert_eq!((cards[0].entry.id.as_str(), cards[0].reply_to.as_deref()), ("04-open", Some("token")));
    let kept: i64 = sqlx::query_scalar("select count(*) from audit").fetch_one(&fresh.raw).await.unwrap();
    assert_eq!(kept, 4);
    assert_eq!(fresh.verified().await.unwrap().rows, 7);
}

async fn a_search_finds_what_was_asked_for_and_nothing_of_others(fresh: Fresh) {
    let (store, model) = (&fresh.store, Actor { way: Way::Model, agent: Some("Jarvis".to_owned()), ..actor(2) });
    for _ in 0..5 {
        write(store, &actor(1), "refused").await;
    }
    fresh.clock.advance(std::time::Duration::from_mins(1));
    let (open, _) = write(store, &model, STARTED).await;
    let other = Actor { guild: OTHERS, reply_to: Some(Secret::new("token")), ..actor(1) };
    let (_, elsewhere) = write(store, &other, "refused").await;

    let count =
        async |filter: Filter| store.search_audit(CREW, &filter, Page::Newest, 100).await.unwrap().entries.len();
    let all = Filter::default;
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(count(all()).await, 6);
    for (filter, found) in [
        (Filter { person: Some(UserId(2)), ..all() }, 1),
        (Filter { action: text("server.*"), ..all() }, 6),
        (Filter { action: text("server.run"), ..all() }, 6),
        (Filter { action: text("server.r"), ..all() }, 0),
        (Filter { action: text("s%"), ..all() }, 0),
        (Filter { target: text("box"), ..all() }, 6),
        (Filter { target: text("bo"), ..all() }, 0),
        (Filter { outcome: text("started"), ..all() }, 1),
        (Filter { way: text("model"), ..all() }, 1),
        (Filter { since: Some(fresh.clock.now()), ..all() }, 1),
        (Filter { until: Some(fresh.clock.now()), ..all() }, 5),
        (Filter { except: Some(open.to_string()), ..all() }, 5),
    ] {
        assert_eq!(count(filter.clone()).await, found, "{filter:?}");
    }
    store.complete_audit(open, "done", None).await.unwrap();
    assert_eq!(count(Filter { outcome: text("started"), ..all() }).await, 0);

    let newest = store.search_audit(CREW, &all(), Page::Newest, 4).await.unwrap();
    assert!(newest.more && newest.entries.len() == 4 && newest.entries[0].id == open.to_string());
    let older = store.search_audit(CREW, &all(), Page::Before(newest.entries[3].seq), 4).await.unwrap();
    assert!(!older.more && older.entries.len() == 2);
    let newer = store.search_audit(CREW, &all(), Page::After(older.entries[0].seq), 4).await.unwrap();
    assert_eq!(
        newer.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(),
        newest.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>()
    );

    assert!(store.audit_entries(CREW, &elsewhere).await.unwrap().is_empty(), "guilds are walls");
    assert_eq!(store.audit_entries(OTHERS, &elsewhere).await.unwrap().len(), 1);
    assert!(store.audit_references(CREW, &elsewhere, 25).await.unwrap().is_empty());
    assert_eq!(store.audit_references(CREW, "", 3).await.unwrap().len(), 3);
    assert_eq!(store.audit_targets(CREW).await.unwrap(), ["box"]);
    assert!(store.audit_targets(GuildId(3)).await.unwrap().is_empty());
}
