//! `/audit`, as people use it, and `nebula check --audit`, as whoever owns the machine does.

use std::process::Output;

use insta::assert_snapshot;
use serde_json::Value;

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_is_found_shown_and_exported_on_sqlite() {
    what_was_done_is_found_shown_and_exported(World::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_is_found_shown_and_exported_on_postgres() {
    what_was_done_is_found_shown_and_exported(World::on_postgres().await).await;
}

async fn what_was_done_is_found_shown_and_exported(mut world: World) {
    let _sshd = world.with_server("box").await;
    let (admin, member) = (world.admin().await, world.member().await);
    admin.ask("/server run server:box command:\"echo one; exit 3\"").await.until("exit 3 after").await;
    member.ask("/server run server:box command:id").await.until("You may not").await;
    admin.ask("/server remove server:box").await.until("Really?").await;

    let page = admin.ask("/audit search").await;
    page.until("newest first").await;
    assert_snapshot!("audit_search", unreferenced(&page.masked()));
    let narrow = "/audit search person:admin action:server.* target:box outcome:failed way:command within:1h";
    let narrow = admin.ask(narrow).await;
    narrow.until("newest first").await;
    assert_snapshot!("audit_search_narrow", unreferenced(&narrow.masked()));
    let nothing =
        admin.ask("/audit search action:server.run outcome:timed_out since:2020-01-01 until:2020-12-31").await;
    nothing.until("nothing matches").await;
    assert_snapshot!("audit_search_nothing", nothing.masked());

    let ran = world.audit().await.into_iter().find(|row| row.action == "server.run").unwrap();
    let shown = admin.ask(&format!("/audit show reference:{}", ran.reference.to_lowercase())).await;
    shown.until("Entry").await;
    assert_snapshot!("audit_show", anonymous(&shown.masked(), &ran));
    let unknown = admin.ask("/audit show reference:222222").await;
    unknown.until("No such entry").await;
    assert_snapshot!("audit_show_nothing", unknown.masked());

    let export = admin.ask("/audit export action:server.*").await;
    export.until("Exported").await;
    let lines = String::from_utf8(export.file().await).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<String> =
        lines.iter().map(|line| format!("{} {}", line["action"], line["outcome"]).replace('"', "")).collect();
    assert_eq!(
        told,
        ["server.add done", "server.pin done", "server.run failed", "server.run refused", "server.remove waiting"]
    );
    let line = &lines[2];
    assert_eq!(line["arguments"]["command"], "echo one; exit 3");
    assert_eq!(
        (line["reference"].as_str(), line["hash"].as_str()),
        (Some(ran.reference.as_str()), Some(ran.hash.as_str()))
    );
    assert!(line["began_at"].as_str().unwrap().ends_with('Z') && line["duration_ms"].is_number(), "{line}");
    let masked = regex::Regex::new(r"[\d.]+ kB").unwrap().replace(&export.masked(), "SIZE").into_owned();
    assert_snapshot!("audit_export", masked);
    admin.ask("/audit export target:nowhere").await.until("nothing to export").await;
    world.end().await;
}

/// A list without its references.
fn unreferenced(card: &str) -> String {
    regex::Regex::new(r"`[2-9A-Z]{6}`").unwrap().replace_all(card, "`REFERENCE`").into_owned()
}

/// A card without what is another one each time.
fn anonymous(card: &str, entry: &store::audit::Entry) -> String {
    let masks = [(r"took [\d.]+ m?s", "took TIME"), (r"hash  `\w{16}`", "hash  `…`"), (r"hash `\w{16}`", "hash `…`")];
    let card = card.replace(&entry.reference, "REFERENCE");
    masks
        .into_iter()
        .fold(card, |text, (from, to)| regex::Regex::new(from).unwrap().replace_all(&text, to).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_go_back_and_forth_and_stay_as_they_were_while_more_is_done() {
    let world = World::start().await;
    let admin = world.admin().await;
    for _ in 0..18 {
        admin.ask("/server list").await.until("Servers").await;
    }
    let references = |text: &str| -> Vec<String> {
        let reference = regex::Regex::new(r"`([2-9A-Z]{6})`").unwrap();
        reference.captures_iter(text).map(|found| found[1].to_owned()).collect()
    };
    let all: Vec<String> = world.audit().await.into_iter().rev().map(|row| row.reference).collect();

    let page = admin.ask("/audit search action:server.list").await;
    page.until("newest first").await;
    assert_eq!(references(&page.text()), all[..8]);
    assert_eq!(page.buttons(), ["Older", "Export"]);
    admin.ask("/server list").await.until("Servers").await;

    let turned = async |button: &str, shows: &[String], buttons: &[&str]| {
        page.press(&admin, button).await;
        world.until("the page is turned", |_| references(&page.text()) == shows).await;
        assert_eq!(page.buttons(), buttons);
    };
    turned("Older", &all[8..16], &["Newer", "Older", "Export"]).await;
    turned("Older", &all[16..], &["Newer", "Export"]).await;
    turned("Newer", &all[8..16], &["Newer", "Older", "Export"]).await;
    turned("Newer", &all[..8], &["Newer", "Older", "Export"]).await;
    // Back at the newest it is a whole page, with what was done meanwhile.
    let newest = world.audit().await.into_iter().rev().find(|row| row.action == "server.list").unwrap().reference;
    turned("Newer", &[&[newest], &all[..7]].concat(), &["Older", "Export"]).await;
    page.press(&admin, "Export").await;
    world
        .until("the export is there", |world| {
            let messages = world.sandbox.messages(&world.sandbox.channel_id("ops").unwrap());
            messages.iter().any(|message| message.to_string().contains(".jsonl"))
        })
        .await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_read_only_by_who_may_and_its_names_complete_for_them_alone() {
    let mut world = World::start().await;
    let _sshd = world.with_server("box").await;
    let (admin, member) = (world.admin().await, world.member().await);
    let added = world.audit().await.into_iter().find(|row| row.action == "server.add").unwrap();
    for line in ["/audit search", "/audit show reference:222222", "/audit export"] {
        let refusal = member.ask(line).await;
        assert!(refusal.is_private() && refusal.text().contains("You may not"), "{line}: {}", refusal.text());
    }
    assert_eq!(admin.offered("/audit search target:b").await, ["box"]);
    assert_eq!(admin.offered("/audit search action:server.rem").await, ["server.remove"]);
    assert_eq!(
        admin.offered("/audit export action:audit").await,
        ["audit.export", "audit.search", "audit.show", "audit.*"]
    );
    let offered = admin.offered(&format!("/audit show reference:{}", added.reference)).await;
    assert!(offered[0].starts_with(&format!("{}  Add server box", added.reference)), "{offered:?}");
    for line in ["/audit search target:", "/audit search action:", "/audit show reference:"] {
        assert!(member.offered(line).await.is_empty(), "{line}");
    }
    for (line, sentence) in [
        ("/audit search since:yesterday", "A time is `2026-11-21`"),
        ("/audit search within:soon", "A span is a number"),
        ("/audit export within:1h since:2026-11-21", "both say where to begin"),
    ] {
        admin.ask(line).await.until(sentence).await;
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_verifies_the_log_while_the_bot_runs_and_finds_one_changed_word() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    admin.ask("/server list").await.until("Servers").await;
    admin.ask("/server show server:violet").await.until("No such").await;
    admin.ask("/server list").await.until("Servers").await;

    let verified = verify(&world);
    assert_eq!(verified.status.code(), Some(0));
    let head = world.audit().await.pop().unwrap().hash;
    assert_snapshot!(said(&verified).replace(&head, "HASH"), @r"
    ✓ audit log      6 rows, none altered, missing or out of order, in TIME
      head           HASH
    ");

    // An editor knows nothing of triggers.
    assert!(world.stop_bot().await);
    let path = world.path("nebula.db");
    let file = std::fs::read(&path).unwrap();
    let (from, to) = (b"Show server `violet`", b"Show server `orange`");
    let places: Vec<usize> =
        file.windows(from.len()).enumerate().filter(|(_, bytes)| bytes == from).map(|(at, _)| at).collect();
    assert!(!places.is_empty(), "the plan stands in the file as text");
    let mut changed = file.clone();
    for at in places {
        changed[at..at + to.len()].copy_from_slice(to);
    }
    std::fs::write(&path, &changed).unwrap();
    let broken = verify(&world);
    assert_eq!(broken.status.code(), Some(1));
    let reference = world.audit().await.into_iter().find(|row| row.action == "server.show").unwrap().reference;
    assert_snapshot!(said(&broken).replace(&reference, "REFERENCE"), @"✕ audit log      row 3 (ref REFERENCE) was altered; looked for TIME");
    std::fs::write(&path, &file).unwrap();
    assert_eq!(verify(&world).status.code(), Some(0));

    let mut nowhere = world.program("check");
    nowhere.arg("--audit").env("DATABASE_URL", "sqlite://nowhere.db");
    assert_snapshot!(String::from_utf8_lossy(&nowhere.output().unwrap().stderr).trim(), @"nebula: nowhere.db is not there: there is no audit log to verify");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_verifies_the_log_on_postgres() {
    let world = World::on_postgres().await;
    world.admin().await.ask("/server list").await.until("Servers").await;
    let verified = verify(&world);
    assert_eq!(verified.status.code(), Some(0), "{}", said(&verified));
    assert!(said(&verified).starts_with("✓ audit log      2 rows,"), "{}", said(&verified));
    world.end().await;
}

fn verify(world: &World) -> Output {
    world.program("check").arg("--audit").output().unwrap()
}

fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    regex::Regex::new(r"(in|for) [\d.]+ m?s").unwrap().replace_all(&text, "$1 TIME").into_owned()
}
