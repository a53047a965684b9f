//! Guilds are walls to tickets and overlays, whatever is done with them: a walk along the very hub that runs, so an action nobody thought of here is
//! walked too.

use base::{Actor, Clock, GuildId, Redactor, RoleId, UserId, card::Answer};
use hub::{Decided, Hub, Outcome};
use serde_json::{Value, json};
use store::{
    Store,
    events::{Kind, NewEvent},
    overlays::{NewOverlay, OverlayKind},
    tickets::{
        CategoryChange, LineKind, NewCategory, NewLine, NewPanel, NewTicket, Opened, Place, SavedReply, Style, Ticket,
        Wanted,
    },
};

use crate::record::{CREW, actor, arguments, wired};

const ELSEWHERE: GuildId = GuildId(2);
/// What makes or shows something of the guild that asks, and nothing of another's.
const OF_ITS_OWN: [&str; 11] = [
    "ticket.block",
    "ticket.category-list",
    "ticket.forget",
    "ticket.list",
    "ticket.panel-create",
    "ticket.saved-list",
    "ticket.saved-set",
    "ticket.search",
    "ticket.settings",
    "ticket.stats",
    "ticket.unblock",
];

/// A panel, a category, a saved reply and a ticket of the crew.
async fn desk(store: &Store) -> Ticket {
    let new = NewPanel { name: "help", title: "Help", text: "Ask", colour: None, style: Style::Buttons };
    assert!(store.add_ticket_panel(CREW, new, 20).await.unwrap());
    let panel = store.ticket_panel(CREW, "help").await.unwrap().unwrap();
    let rest = CategoryChange { escalate_to: Some(RoleId(4)), ..CategoryChange::default() };
    let new = NewCategory { panel: &panel.id, name: "Billing", staff: RoleId(3), rest: &rest };
    assert!(store.add_ticket_category(CREW, new, 25).await.unwrap());
    store.send_ticket_panel(&panel, 11).await.unwrap();
    let reply = SavedReply { name: "hello".to_owned(), text: "Hello".to_owned(), by: UserId(7) };
    assert!(store.set_saved_reply(CREW, &reply, 100).await.unwrap());
    let category = store.ticket_categories(CREW).await.unwrap().remove(0);
    let course = tickets::machine::begin(&category, "It is broken".to_owned(), Clock::system().now());
    let line = NewLine { kind: LineKind::Step, by: None, text: "opened it".to_owned() };
    let (guild, member) = (CREW, UserId(5));
    let new = NewTicket {
        guild,
        key: "k",
        member,
        answers: &[],
        about: None,
        course: &course,
        parent: 11,
        place: Place::Thread,
        forum_post: None,
        incident: None,
        line,
    };
    let event = |_| NewEvent::in_guild(Kind::TicketOpened, CREW, &Redactor::default());
    let Opened::New(ticket) = store.open_ticket(new, |_| Ok(()), event).await.unwrap() else { panic!("it is new") };
    ticket
}

/// Everything that the crew has of tickets.
async fn all(store: &Store, ticket: &Ticket) -> String {
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        store.tickets(CREW, &Wanted::default(), 100).await.unwrap(),
        store.ticket_lines(ticket, 100).await.unwrap(),
        store.ticket_people(ticket).await.unwrap(),
        store.ticket_panels(CREW).await.unwrap(),
        store.ticket_categories(CREW).await.unwrap(),
        store.saved_replies(CREW).await.unwrap(),
        store.ticket_rating(ticket).await.unwrap(),
    )
}

/// Names of ours in place of whatever an action asks for.
fn aimed(name: &str, schema: &Value, ticket: &Ticket) -> Value {
    let mut arguments = arguments(schema, schema);
    for field in schema["properties"].as_object().into_iter().flatten().map(|(field, _)| field) {
        let ours = match field.as_str() {
            "ticket" => json!(ticket.number),
            "category" => json!(ticket.course.category),
            "panel" => json!("help"),
            // What they make there has a name of its own.
            "name" if OF_ITS_OWN.contains(&name) => json!("theirs"),
            "name" => json!("hello"),
            "member" | "person" | "owner" | "to" => json!(5),
            "reason" | "text" | "title" | "comment" => json!("theirs"),
            "stars" => json!(1),
            _ => continue,
        };
        arguments[field] = ours;
    }
    arguments
}

/// What comes of it, also where it is asked twice.
async fn outcome(hub: &Hub, actor: &Actor, name: &str, arguments: &Value) -> Outcome {
    let mut performing = hub
        .perform_named(actor.clone(), name, arguments.clone())
        .unwrap_or_else(|error| panic!("{name} does not take {arguments}: {error}"));
    match performing.ended().await.outcome {
        Outcome::Waits(waiting) => {
            match hub.decide(actor.clone(), waiting.approval, Answer::Yes, None).await.unwrap() {
                Decided::Granted { mut performing, .. } => performing.ended().await.outcome,
                _ => panic!("{name}: their own yes is enough"),
            }
        }
        outcome => outcome,
    }
}

#[tokio::test]
async fn nothing_of_a_guilds_tickets_can_be_reached_from_another_whatever_is_done() {
    let home = tempfile::tempdir().unwrap();
    let (hub, store) = wired(home.path()).await;
    let ticket = desk(&store).await;
    let before = all(&store, &ticket).await;
    // An administrator there, also one with the very number of whose ticket it is.
    let mut walked = 0;
    for user in [UserId(7), ticket.member] {
        let stranger = Actor { guild: ELSEWHERE, user, roles: vec![RoleId(3), RoleId(4)], ..actor(true) };
        for entry in hub.actions().filter(|entry| entry.name.starts_with("ticket.")) {
            let aimed = aimed(entry.name, &entry.schema, &ticket);
            let outcome = outcome(&hub, &stranger, entry.name, &aimed).await;
            let is_own = OF_ITS_OWN.contains(&entry.name);
            assert!(is_own || matches!(outcome, Outcome::Failed(_)), "{} {aimed} did something", entry.name);
            if let Outcome::Done { card, .. } = &outcome {
                let shown = format!("{card:?}");
                for hidden in ["It is broken", "Billing", "Hello"] {
                    assert!(!shown.contains(hidden), "{} tells of {hidden}: {shown}", entry.name);
                }
            }
            assert_eq!(all(&store, &ticket).await, before, "{} {aimed} changed something of ours", entry.name);
            walked += 1;
        }
    }
    assert!(walked > 60, "only {walked} were walked");
}

#[tokio::test]
async fn nothing_of_a_ticket_is_done_by_whoever_is_not_to_do_it() {
    let home = tempfile::tempdir().unwrap();
    let (hub, store) = wired(home.path()).await;
    let ticket = desk(&store).await;
    let before = all(&store, &ticket).await;
    // Somebody who holds nothing: neither its staff nor whose it is.
    let outsider = Actor { user: UserId(8), ..actor(false) };
    for entry in hub.actions().filter(|entry| entry.name.starts_with("ticket.") && entry.name != "ticket.open") {
        let aimed = aimed(entry.name, &entry.schema, &ticket);
        let outcome = outcome(&hub, &outsider, entry.name, &aimed).await;
        assert!(matches!(outcome, Outcome::Failed(_)), "{} {aimed} was done", entry.name);
        assert_eq!(all(&store, &ticket).await, before, "{} {aimed} changed something", entry.name);
    }
}

/// What makes or shows something of overlays of the guild that asks, and nothing of another's.
const OVERLAYS_OF_ITS_OWN: [&str; 3] = ["overlay.create", "overlay.list", "overlay.source-list"];

#[tokio::test]
async fn nothing_of_a_guilds_overlays_can_be_reached_from_another_whatever_is_done() {
    let home = tempfile::tempdir().unwrap();
    let (hub, store) = wired(home.path()).await;
    for kind in OverlayKind::ALL {
        let (settings, state) = (r#"{"values":{"label":"ours alone"}}"#, r#"{"words":["ours alone"]}"#);
        let (name, by) = (kind.as_str(), UserId(7));
        let new = NewOverlay { name, kind, by, settings, state, key_hash: name };
        let made = store.add_overlay(CREW, new, 50).await.unwrap().unwrap();
        // One that can be undone, and that takes donations.
        let made = store.set_overlay_settings(&made, settings).await.unwrap().unwrap();
        store.set_overlay_hook(&made, Some(&format!("hook of {name}"))).await.unwrap();
    }
    let all =
        async || format!("{:?} {:?}", store.overlays(CREW).await.unwrap(), store.overlay_latest(CREW).await.unwrap());
    let before = all().await;
    let (mut walked, stranger) = (0, Actor { guild: ELSEWHERE, ..actor(true) });
    for kind in OverlayKind::ALL {
        for entry in hub.actions().filter(|entry| entry.name.starts_with("overlay.")) {
            let mut aimed = arguments(&entry.schema, &entry.schema);
            for (field, ours) in [
                ("overlay", json!(kind.as_str())),
                ("name", json!("theirs")),
                ("kind", json!(kind)),
                ("value", json!("5")),
            ] {
                if !entry.schema["properties"][field].is_null() {
                    aimed[field] = ours;
                }
            }
            let outcome = outcome(&hub, &stranger, entry.name, &aimed).await;
            let is_own = OVERLAYS_OF_ITS_OWN.contains(&entry.name);
            assert!(is_own || matches!(outcome, Outcome::Failed(_)), "{} {aimed} did something", entry.name);
            if let Outcome::Done { card, .. } = &outcome {
                assert!(!format!("{card:?}").contains("ours alone"), "{} tells of ours", entry.name);
            }
            assert_eq!(all().await, before, "{} {aimed} changed something of ours", entry.name);
            walked += 1;
        }
    }
    assert!(walked > 140, "only {walked} were walked");
    // What happens there is shown there.
    let overlays = overlays::Overlays::new(store.clone(), Clock::system(), Redactor::default());
    overlays.show(ELSEWHERE, overlays::Event::new(overlays::Happened::Follow, "theirs")).await.unwrap();
    assert_eq!(all().await, before);
    for overlay in store.overlays(CREW).await.unwrap() {
        assert!(store.overlay_events(ELSEWHERE, &overlay.id, -1).await.unwrap().is_empty());
        assert!(store.overlay_of_row(ELSEWHERE, &overlay.id).await.unwrap().is_none());
        assert!(store.overlay_file(ELSEWHERE, &overlay.id, "hash").await.unwrap().is_none());
    }
}

#[tokio::test]
async fn nothing_that_a_guild_shares_in_the_status_can_be_reached_from_another_whatever_is_done() {
    let home = tempfile::tempdir().unwrap();
    let (hub, store) = wired(home.path()).await;
    store.share_presence(CREW, [Some(true); 3], UserId(7)).await.unwrap();
    assert!(store.lend_lanyard(CREW, UserId(9), 10).await.unwrap());
    let vault = store::Vault::new(store.clone(), Some("a passphrase of a test".into()));
    let (at, token) = (("http://ours.alone:32400", "ours alone"), base::Secret::new("a token of ours"));
    vault.set_plex(CREW, at, &token, UserId(7)).await.unwrap();
    let all = async || {
        let (shares, plexes) = (store.presence_shares().await.unwrap(), store.plexes().await.unwrap());
        format!("{shares:?} {plexes:?} {:?}", store.lanyards().await.unwrap())
    };
    let (before, stranger, mut walked) = (all().await, Actor { guild: ELSEWHERE, ..actor(true) }, 0);
    // What somebody lends is theirs, and is walked where it is taken back again.
    for entry in
        hub.actions().filter(|entry| entry.name.starts_with("presence.") && entry.name != "presence.lanyard-on")
    {
        let outcome = outcome(&hub, &stranger, entry.name, &arguments(&entry.schema, &entry.schema)).await;
        if let Outcome::Done { card, .. } = &outcome {
            assert!(!format!("{card:?}").contains("ours"), "{} tells of ours", entry.name);
        }
        assert_eq!(all().await, before, "{} changed something of ours", entry.name);
        walked += 1;
    }
    assert!(walked > 5, "only {walked} were walked");
}
