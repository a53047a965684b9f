//! The store keeps what it promises, on SQLite and on PostgreSQL alike.

use std::time::Duration;

use base::{Actor, Clock, GuildId, Millis, Need, Redactor, Secret, UserId, Way, gate::Request};
use secrecy::SecretString;
use store::{
    Kind, Store, Vault,
    approvals::{self, Question},
    audit::NewEntry,
    harmless::Change,
    servers::{Offer, Server, State},
};

const CREW: GuildId = GuildId(1);
const OTHERS: GuildId = GuildId(2);

/// A fresh database of one kind.
struct Fresh {
    store: Store,
    clock: Clock,
    url: String,
    _home: tempfile::TempDir,
}

async fn fresh(kind: Kind) -> Fresh {
    let home = tempfile::tempdir().unwrap();
    let url = match kind {
        Kind::Sqlite => format!("sqlite://{}", home.path().join("nebula.db").display()),
        Kind::Postgres => peers::postgres::database(),
    };
    let clock = Clock::manual(Millis(1_800_000_000_000));
    Fresh { store: Store::open(&url, clock.clone()).await.unwrap(), clock, url, _home: home }
}

/// Each story is told on both databases.
macro_rules! on_both {
    ($($story:ident)*) => {$(
        mod $story {
            #[tokio::test]
            async fn on_sqlite() {
                super::$story(super::fresh(store::Kind::Sqlite).await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                super::$story(super::fresh(store::Kind::Postgres).await).await;
            }
        }
    )*};
}

on_both! {
    two_hundred_new_commands_a_day_are_counted_in_each_guild
    a_guild_is_welcomed_once_for_each_time_it_is_joined
    a_server_goes_from_offered_to_ready_to_blocked_and_back
    a_name_is_taken_once_and_only_in_its_guild
    an_id_of_one_guild_finds_nothing_in_another
    an_audit_row_is_completed_once
    what_a_dead_process_left_open_is_interrupted
    a_yes_is_spent_once_for_exactly_what_was_asked
    a_reminder_is_handed_out_once_and_only_while_it_waits
    one_person_may_have_so_many_questions_open_and_no_more
    a_thousand_answers_at_once_count_once
    a_button_is_forgotten_when_it_expires
    a_secret_opens_only_with_its_passphrase_in_its_guild
    a_named_secret_is_kept_with_its_value_before_and_only_in_its_guild
    what_something_uses_is_never_swept
    a_thousand_rotations_at_once_leave_one_value_and_the_one_before
    a_second_bot_is_kept_off_the_database
    opening_again_keeps_everything
    a_change_of_the_harmless_commands_is_made_once_and_raises_the_version
    tags_stay_with_a_server_and_go_with_another_in_its_place
}

fn actor(guild: GuildId, user: u64) -> Actor {
    Actor {
        guild,
        user: UserId(user),
        name: format!("user{user}"),
        administrator: true,
        roles: Vec::new(),
        agent: None,
        way: Way::Command,
        reply_to: None,
    }
}

fn request(digest: &str) -> Request {
    Request {
        name: "server.remove",
        risk: base::Risk::Destroy,
        why: None,
        free_form: false,
        plan: "Remove".to_owned(),
        refusal: "remove".to_owned(),
        target: Some("box".to_owned()),
        tags: Vec::new(),
        own: false,
        also: Vec::new(),
        each: Vec::new(),
        arguments: serde_json::json!({ "server": "box" }),
        exact: serde_json::json!({ "server": "box" }),
        sealed: None,
        digest: digest.to_owned(),
        durable: None,
    }
}

async fn offer(fresh: &Fresh, guild: GuildId, name: &str, key: &str) -> Option<Server> {
    let vault = Vault::new(fresh.store.clone(), Some(SecretString::from("a long passphrase")));
    let secret = vault.seal(guild, &Secret::new("pw")).await.unwrap();
    let offer = Offer {
        guild,
        name,
        host: "127.0.0.1",
        port: 22,
        user: "root",
        secret: &secret,
        offered_key: key,
        note: "",
        added_by: UserId(7),
        jump: None,
    };
    fresh.store.offer_server(&offer).await.unwrap()
}

async fn a_server_goes_from_offered_to_ready_to_blocked_and_back(fresh: Fresh) {
    let store = &fresh.store;
    let server = offer(&fresh, CREW, "box", "key-a").await.unwrap();
    assert_eq!((server.state, server.seen), (State::Offered, None));
    assert!(store.pin_server(&server, "key-b").await.unwrap().is_none(), "only the key that was shown can be pinned");

    let server = store.pin_server(&server, "key-a").await.unwrap().unwrap();
    assert_eq!(
        (server.state, server.host_key.as_deref(), server.offered_key.as_deref()),
        (State::Ready, Some("key-a"), None)
    );
    assert!(
        store.offer_key(&server, "key-a", &Redactor::default()).await.unwrap().is_none(),
        "the pinned key changes nothing"
    );

    let server = store.offer_key(&server, "key-b", &Redactor::default()).await.unwrap().unwrap();
    assert_eq!((server.state, server.host_key.as_deref()), (State::Blocked, Some("key-a")));
    let server = store.server_answered(&server).await.unwrap().unwrap();
    assert_eq!((server.state, server.offered_key.as_deref()), (State::Ready, None));
    assert_eq!(server.seen, Some(fresh.clock.now()));

    assert!(store.remove_server(&server).await.unwrap());
    assert!(!store.remove_server(&server).await.unwrap());
    assert!(store.servers().await.unwrap().is_empty());
}

async fn a_name_is_taken_once_and_only_in_its_guild(fresh: Fresh) {
    let first = offer(&fresh, CREW, "box", "key-a").await.unwrap();
    let again = offer(&fresh, CREW, "box", "key-b").await.expect("an offer is replaced by a newer one");
    assert_ne!(first.id, again.id);
    fresh.store.pin_server(&again, "key-b").await.unwrap().unwrap();
    assert!(offer(&fresh, CREW, "box", "key-c").await.is_none());
    assert!(offer(&fresh, OTHERS, "box", "key-c").await.is_some());
    assert_eq!(fresh.store.servers().await.unwrap().len(), 2);
}

async fn an_id_of_one_guild_finds_nothing_in_another(fresh: Fresh) {
    let store = &fresh.store;
    let mut server = offer(&fresh, CREW, "box", "key-a").await.unwrap();
    server.guild = OTHERS;
    assert!(store.pin_server(&server, "key-a").await.unwrap().is_none());
    assert!(store.offer_key(&server, "key-b", &Redactor::default()).await.unwrap().is_none());
    assert!(!store.remove_server(&server).await.unwrap());

    let (question, _) = ask(&fresh, "d", Duration::from_mins(1)).await;
    assert!(store.approval(OTHERS, question).await.unwrap().is_none());
    assert!(!store.grant_approval(OTHERS, question, "d", 0).await.unwrap());

    let key = store.keep_button(CREW, "{}", Duration::from_mins(1)).await.unwrap();
    assert!(store.button(OTHERS, &key).await.unwrap().is_none());
    assert!(store.button(CREW, &key).await.unwrap().is_some());
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

async fn ask(fresh: &Fresh, digest: &str, lasts: Duration) -> (uuid::Uuid, Millis) {
    ask_as(fresh, 1, digest, lasts).await.expect("there is room")
}

async fn ask_as(fresh: &Fresh, user: u64, digest: &str, lasts: Duration) -> Option<(uuid::Uuid, Millis)> {
    let question = Question {
        actor: &actor(CREW, user),
        request: &request(digest),
        sealed: None,
        need: Need::Approve,
        why: "destroys something",
        policy_version: 0,
        lasts,
        remind_after: Some(lasts / 2),
        most: 3,
    };
    fresh.store.ask(&question).await.unwrap()
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

async fn a_secret_opens_only_with_its_passphrase_in_its_guild(fresh: Fresh) {
    let vault = |passphrase: &str| Vault::new(fresh.store.clone(), Some(SecretString::from(passphrase.to_owned())));
    let id = vault("the right passphrase").seal(CREW, &Secret::new("correct horse")).await.unwrap();
    assert_eq!(vault("the right passphrase").open(CREW, &id).await.unwrap().expose(), "correct horse");
    assert!(vault("the right passphrase").open(OTHERS, &id).await.is_err());
    let wrong = vault("the wrong passphrase").open(CREW, &id).await.unwrap_err().to_string();
    assert!(wrong.contains("is not the one this database was sealed with"), "{wrong}");
    let none = Vault::new(fresh.store.clone(), None).seal(CREW, &Secret::new("x")).await.unwrap_err().to_string();
    assert!(none.contains("`NEBULA_SECRET` is not set"), "{none}");
}

fn vault(fresh: &Fresh) -> Vault {
    Vault::new(fresh.store.clone(), Some(SecretString::from("a long passphrase")))
}

async fn a_named_secret_is_kept_with_its_value_before_and_only_in_its_guild(fresh: Fresh) {
    let (store, vault) = (&fresh.store, vault(&fresh));
    let first = vault.name(CREW, "Token", &Secret::new("value 1"), UserId(7)).await.unwrap().unwrap();
    assert!(vault.name(CREW, "TOKEN", &Secret::new("other"), UserId(7)).await.unwrap().is_none());
    vault.name(OTHERS, "token", &Secret::new("of others"), UserId(8)).await.unwrap().unwrap();

    fresh.clock.advance(Duration::from_mins(1));
    let second = vault.rotate(&first, &Secret::new("value 2"), UserId(9)).await.unwrap().unwrap();
    assert!(vault.rotate(&first, &Secret::new("late"), UserId(9)).await.unwrap().is_none(), "it was read before that");
    let third = vault.rotate(&second, &Secret::new("value 3"), UserId(9)).await.unwrap().unwrap();
    assert_eq!((third.versions, third.set, third.rotated), (3, first.set, Some(fresh.clock.now())));
    assert_eq!(third.secret, first.secret, "whatever uses it has the new value");
    assert_eq!(vault.open(CREW, &third.secret).await.unwrap().expose(), "value 3");
    assert!(vault.open(OTHERS, &third.secret).await.is_err());
    let mut opened: Vec<_> = vault.open_named().await.unwrap();
    opened.sort_by_key(|(guild, _, value)| (*guild, value.as_ref().unwrap().expose().to_owned()));
    let opened: Vec<_> = opened.iter().map(|(guild, _, value)| (*guild, value.as_ref().unwrap().expose())).collect();
    assert_eq!(opened, [(CREW, "value 2"), (CREW, "value 3"), (OTHERS, "of others")]);

    let elsewhere = store::named_secrets::NamedSecret { guild: OTHERS, ..third.clone() };
    assert!(!store.remove_named_secret(&elsewhere).await.unwrap());
    assert!(vault.rotate(&elsewhere, &Secret::new("x"), UserId(8)).await.is_err());
    assert!(store.named_secret_of(OTHERS, &third.secret).await.unwrap().is_none());
    assert!(store.remove_named_secret(&third).await.unwrap());
    assert_eq!(vault.open_named().await.unwrap().len(), 1);
}

async fn what_something_uses_is_never_swept(fresh: Fresh) {
    let (store, vault) = (&fresh.store, vault(&fresh));
    let login = vault.name(CREW, "login", &Secret::new("value 1"), UserId(7)).await.unwrap().unwrap();
    let login = vault.rotate(&login, &Secret::new("value 2"), UserId(7)).await.unwrap().unwrap();
    let own = offer(&fresh, CREW, "own", "key-a").await.unwrap();
    let nobodys = vault.seal(CREW, &Secret::new("left behind")).await.unwrap();
    let uses = Offer {
        guild: CREW,
        name: "uses",
        host: "127.0.0.1",
        port: 22,
        user: "root",
        secret: &login.secret,
        offered_key: "key-a",
        note: "",
        added_by: UserId(7),
        jump: None,
    };
    let uses = store.offer_server(&uses).await.unwrap().unwrap();

    for used in [&login.secret, login.previous.as_ref().unwrap(), &own.secret] {
        vault.forget(CREW, used).await.unwrap();
    }
    vault.sweep().await.unwrap();
    for used in [&login.secret, login.previous.as_ref().unwrap(), &own.secret] {
        assert!(vault.open(CREW, used).await.is_ok());
    }
    assert!(vault.open(CREW, &nobodys).await.is_err());

    assert!(!store.remove_named_secret(&login).await.unwrap(), "a server logs in with it");
    assert_eq!(store.logins_by_secret(CREW).await.unwrap(), [(login.secret.clone(), "uses".to_owned())]);
    assert!(store.logins_by_secret(OTHERS).await.unwrap().is_empty());
    assert!(store.remove_server(&uses).await.unwrap());
    assert_eq!(vault.open(CREW, &login.secret).await.unwrap().expose(), "value 2", "it is not the server's");
    assert!(store.remove_server(&own).await.unwrap());
    assert!(vault.open(CREW, &own.secret).await.is_err());
    assert!(store.remove_named_secret(&login).await.unwrap());
}

async fn a_thousand_rotations_at_once_leave_one_value_and_the_one_before(fresh: Fresh) {
    let vault = std::sync::Arc::new(vault(&fresh));
    let named = vault.name(CREW, "token", &Secret::new("first value"), UserId(7)).await.unwrap().unwrap();
    let mut rotations = tokio::task::JoinSet::new();
    for number in 0..1_000 {
        let (vault, named) = (std::sync::Arc::clone(&vault), named.clone());
        rotations.spawn(async move {
            let value = Secret::new(format!("value {number}"));
            vault.rotate(&named, &value, UserId(7)).await.unwrap().is_some()
        });
    }
    assert_eq!(rotations.join_all().await.into_iter().filter(|counted| *counted).count(), 1);
    assert_eq!(vault.open_named().await.unwrap().len(), 2);
}

async fn a_second_bot_is_kept_off_the_database(fresh: Fresh) {
    let other = Store::open(&fresh.url, fresh.clock.clone()).await.unwrap();
    let lock = fresh.store.lock().await.unwrap();
    assert!(other.lock().await.unwrap_err().to_string().contains("another Nebula"));
    drop(lock);
    fresh.store.close().await;
    // PostgreSQL sees a moment later that its holder is gone.
    let free = async {
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        while other.lock().await.is_err() {
            looks.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), free).await.expect("the lock goes with its holder");
}

async fn opening_again_keeps_everything(fresh: Fresh) {
    offer(&fresh, CREW, "box", "key-a").await.unwrap();
    fresh.store.close().await;
    let again = Store::open(&fresh.url, fresh.clock.clone()).await.unwrap();
    assert_eq!(again.servers().await.unwrap()[0].name, "box");
}

async fn a_change_of_the_harmless_commands_is_made_once_and_raises_the_version(fresh: Fresh) {
    let store = &fresh.store;
    assert_eq!(store.policy_version(CREW).await.unwrap(), 0);
    assert!(store.change_harmless(CREW, UserId(1), "uptime -p", Change::Removed).await.unwrap());
    assert!(store.change_harmless(CREW, UserId(2), "restic snapshots", Change::Added).await.unwrap());
    assert!(!store.change_harmless(CREW, UserId(3), "restic snapshots", Change::Added).await.unwrap());
    assert_eq!(store.policy_version(CREW).await.unwrap(), 2, "what changed nothing raises nothing");

    let changes = store.harmless_changes(CREW).await.unwrap();
    let told: Vec<_> = changes.iter().map(|it| (it.rule.as_str(), it.change, it.by.as_str(), it.at)).collect();
    let now = fresh.clock.now();
    assert_eq!(told, [("restic snapshots", Change::Added, "2", now), ("uptime -p", Change::Removed, "1", now)]);

    assert!(store.harmless_changes(OTHERS).await.unwrap().is_empty());
    assert!(!store.undo_harmless(OTHERS, "uptime -p", Change::Removed).await.unwrap());
    assert!(!store.undo_harmless(CREW, "uptime -p", Change::Added).await.unwrap());
    assert!(store.undo_harmless(CREW, "uptime -p", Change::Removed).await.unwrap());
    assert!(!store.undo_harmless(CREW, "uptime -p", Change::Removed).await.unwrap());
    assert_eq!((store.policy_version(CREW).await.unwrap(), store.policy_version(OTHERS).await.unwrap()), (3, 0));
    assert_eq!(store.harmless_changes(CREW).await.unwrap().len(), 1);
}

async fn tags_stay_with_a_server_and_go_with_another_in_its_place(fresh: Fresh) {
    let store = &fresh.store;
    let offered = offer(&fresh, CREW, "box", "key-a").await.unwrap();
    assert!(offered.tags.is_empty());
    let tags = ["prod".to_owned(), "web".to_owned()];
    let tagged = store.tag_server(&offered, &tags).await.unwrap().unwrap();
    assert_eq!(tagged.tags, tags);
    assert_eq!(store.pin_server(&tagged, "key-a").await.unwrap().unwrap().tags, tags);
    assert_eq!(store.servers().await.unwrap()[0].tags, tags);
    assert!(store.tag_server(&tagged, &[]).await.unwrap().unwrap().tags.is_empty());
    assert_eq!(store.policy_version(CREW).await.unwrap(), 2);
    let elsewhere = Server { guild: OTHERS, ..tagged };
    assert!(store.tag_server(&elsewhere, &tags).await.unwrap().is_none());

    let offered = offer(&fresh, CREW, "new", "key-a").await.unwrap();
    store.tag_server(&offered, &tags).await.unwrap().unwrap();
    let replaced = offer(&fresh, CREW, "new", "key-b").await.unwrap();
    assert!(replaced.tags.is_empty(), "another machine was tagged");
}

async fn two_hundred_new_commands_a_day_are_counted_in_each_guild(fresh: Fresh) {
    let Fresh { store, clock, .. } = &fresh;
    assert_eq!(store.claim_creations(CREW, 150, 200).await.unwrap(), 150);
    clock.advance(Duration::from_hours(1));
    assert_eq!(store.claim_creations(CREW, 100, 200).await.unwrap(), 50, "as many as still fit");
    assert_eq!(store.claim_creations(CREW, 1, 200).await.unwrap(), 0);
    assert_eq!(store.claim_creations(OTHERS, 1, 200).await.unwrap(), 1, "another guild's are its own");
    let again = store.creations_again(CREW).await.unwrap().unwrap();
    assert_eq!(again, clock.now().plus(Duration::from_hours(23)));
    clock.advance(Duration::from_hours(23));
    assert_eq!(store.claim_creations(CREW, 200, 200).await.unwrap(), 150, "the first have stopped counting");

    store.keep_command_digest(CREW, "one").await.unwrap();
    store.keep_command_digest(CREW, "two").await.unwrap();
    assert_eq!(store.command_digest(CREW).await.unwrap().as_deref(), Some("two"));
    assert_eq!(store.command_digest(OTHERS).await.unwrap(), None);
    store.forget_command_digest(CREW).await.unwrap();
    assert_eq!(store.command_digest(CREW).await.unwrap(), None);
}

async fn a_guild_is_welcomed_once_for_each_time_it_is_joined(fresh: Fresh) {
    let Fresh { store, clock, .. } = &fresh;
    let joined = clock.now();
    store.set_ops_channel(CREW, Some(9)).await.unwrap();
    let claims = (0..20).map(|_| store.claim_welcome(CREW, joined));
    let claimed = futures::future::join_all(claims).await.into_iter().filter(|claim| *claim.as_ref().unwrap()).count();
    assert_eq!(claimed, 1, "however many processes hear of it");
    clock.advance(Duration::from_hours(1));
    assert!(!store.claim_welcome(CREW, joined).await.unwrap(), "a restart tells of it again");
    assert!(store.claim_welcome(CREW, clock.now()).await.unwrap(), "it was thrown out and let in again");
    assert!(store.claim_welcome(OTHERS, joined).await.unwrap());
    assert_eq!(store.guild_settings(CREW).await.unwrap().ops_channel, Some(9), "the rest stays");
    assert_eq!(store.guild_settings(OTHERS).await.unwrap().ops_channel, None);
}
