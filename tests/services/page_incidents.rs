//! Incidents on the page for everybody: of what is on it, under its public name.

use base::{GuildId, Redactor};
use store::{
    Store,
    events::{Kind, NewEvent},
};

use super::Rack;
use crate::{people::Person, world::World};

on_both_worlds! {
    a_page_shows_incidents_of_what_is_on_it_under_its_public_name_and_nothing_of_others
}

/// An alert about a server, as its service tells of it.
async fn tell(store: &Store, guild: GuildId, kind: Kind, server: (&str, &str), text: &str) {
    let (name, id) = server;
    let level = if kind == Kind::AlertClosed { "fine" } else { "critical" };
    let event = NewEvent::in_guild(kind, guild, &Redactor::default())
        .about(name)
        .with("alert", &format!("alert-{name}-{guild}"))
        .with("level", level)
        .with("text", text)
        .with("subject", name)
        .with("subject_kind", "server")
        .with("subject_id", id)
        .with("server", name)
        .with("server_id", id);
    store.emit(event).await.unwrap();
}

/// The number of the open incident of whose line this is part, once there is one.
async fn number(admin: &Person, part: &str) -> String {
    let listed = tokio::time::timeout(crate::world::SOON, async {
        loop {
            let list = admin.ask("/incident list").await.text();
            if let Some(line) = list.lines().find(|line| line.contains(part)) {
                return line.split('`').nth(1).unwrap().to_owned();
            }
        }
    });
    listed.await.unwrap_or_else(|_| panic!("no incident of {part}"))
}

async fn a_page_shows_incidents_of_what_is_on_it_under_its_public_name_and_nothing_of_others(mut world: World) {
    let rack = Rack::set(&mut world).await;
    let (admin, store, guild) = (&rack.admin, world.store().await, world.guild());
    admin.ask("/service publish as:Machine server:box").await.until("Published").await;
    admin.ask("/service page word:our-crew").await.until("It shows the incidents of what is on it").await;
    let address = format!("{}/status/our-crew", world.web());
    // What a stranger reads, once this stands in it.
    let page = async |stands: &str, times: usize| {
        let read = tokio::time::timeout(crate::world::SOON, async {
            loop {
                let html = reqwest::get(&address).await.unwrap().text().await.unwrap();
                let html = html.split("</style>").nth(1).unwrap().to_owned();
                if html.matches(stands).count() == times {
                    return html;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        });
        read.await.unwrap_or_else(|_| panic!("{stands} never stood there"))
    };
    let quiet = page("None that ended.", 1).await;
    assert!(!quiet.contains("open incident"), "{quiet}");

    let own = store.servers().await.unwrap().into_iter().find(|server| server.name == "box").unwrap().id;
    let hidden = ["vault-9", "id-9", "10.9.8.7", "box", "127.0.0.1", "unreachable"];
    // Another guild's alert about a server of the same id is nothing here.
    tell(&store, GuildId(42), Kind::AlertOpened, ("box", &own), "elsewhere is unreachable").await;
    tell(&store, guild, Kind::AlertOpened, ("vault-9", "id-9"), "the disk of 10.9.8.7 is full").await;
    number(admin, "vault-9").await;
    let quiet = page("None that ended.", 1).await;
    assert!(!quiet.contains("open incident") && !quiet.contains("✕ critical"), "{quiet}");

    tell(&store, guild, Kind::AlertOpened, ("box", &own), "box is unreachable at 127.0.0.1").await;
    let open = page("· 1 open incident<", 1).await;
    assert_eq!((open.matches("<b>Machine</b>").count(), open.matches("nobody has it yet").count()), (2, 1), "{open}");
    let number = number(admin, "unreachable").await;
    admin.ask(&format!("/incident acknowledge incident:{number}")).await;
    let taken = page("somebody has it", 1).await;
    for html in [&quiet, &open, &taken] {
        for hidden in hidden {
            assert!(!html.contains(hidden), "{hidden}: {html}");
        }
        assert!(!html.contains("admin"), "{html}");
    }

    // Where the guild wants it, there is something else, and no more than that.
    let wider = admin.ask(r#"/service page incidents:"others too""#).await;
    wider.until("of others that there is one, and nothing more").await;
    let both = page("· 2 open incidents<", 1).await;
    assert!(both.contains("<b>Something that is not listed here</b>"), "{both}");
    assert!(!hidden.iter().any(|hidden| both.contains(hidden)), "{both}");
    admin.ask("/service page incidents:none").await.until("It shows no incidents").await;
    assert!(!page("Incidents of the last", 0).await.contains("open incident"));
    admin.ask("/service page incidents:published").await.until("nothing else").await;

    let programs = |open: &'static str, over: &'static str| {
        let mut node = std::process::Command::new("node");
        node.args(["--test", "status.mjs"])
            .current_dir(peers::page::PROGRAMS)
            .env("STATUS_URL", &address)
            .env("NAMES", r#"["Machine"]"#)
            .env("PRIVATE", r#"["vault-9", "id-9", "10.9.8.7", "127.0.0.1"]"#)
            .env("OPEN", open)
            .env("OVER", over)
            .env("MODULES", peers::page::MODULES);
        tokio::task::spawn_blocking(move || node.output())
    };
    let played = programs(r#"["Machine"]"#, "[]").await.unwrap().unwrap();
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stdout));

    tell(&store, guild, Kind::AlertClosed, ("box", &own), "box answers").await;
    let over = page("✓ over", 1).await;
    assert!(over.contains("critical, lasted less than 1 min") && !over.contains("open incident"), "{over}");
    assert!(!hidden.iter().any(|hidden| over.contains(hidden)), "{over}");
    store.close().await;
    world.end().await;
}
