//! What a step does that fails: it is tried again, asks a person, or is stopped; and a question that outlives the bot.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use super::{import, tell_ops};
use crate::{incidents::said, world::World};

on_both_worlds! {
    a_question_of_an_incidents_runbook_stands_in_its_thread_and_outlives_a_kill_and_its_end_is_told_there
}

/// A web server: `/well` answers 200, `/flaky` 500 twice and then 200, anything else 500.
fn web() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, asked) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&asked);
    // It ends with the test's process.
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut head = [0; 1024];
            let length = stream.read(&mut head).unwrap_or_default();
            let line = String::from_utf8_lossy(&head[..length]);
            let path = line.split(' ').nth(1).unwrap_or_default();
            let is_well = match path {
                "/well" => true,
                "/flaky" => counted.fetch_add(1, Ordering::SeqCst) >= 2,
                _ => false,
            };
            let status = if is_well { "200 OK" } else { "500 No" };
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 11\r\nconnection: close\r\n\r\nall is fine");
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (port, asked)
}

/// How long an answer takes differs from run to run.
fn timeless(text: &str) -> String {
    regex::Regex::new(r"· [\d.]+ m?s\b").unwrap().replace_all(text, "· TIME").into_owned()
}

const ASK: &str = "name: Ask
escalationTarget: '<#GENERAL>'
steps:
  - {name: Well, type: http, action: GET, params: {url: 'http://127.0.0.1:PORT/well', contains: is fine}}
  - {name: Flaky, type: http, action: GET, params: {url: 'http://127.0.0.1:PORT/flaky'}, retries: 2}
  - {name: Broken, type: http, action: GET, params: {url: 'http://127.0.0.1:PORT/broken'}, onFailure: escalate}
  - {name: After, type: log, params: {message: never}}
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_fails_twice_is_tried_again_and_one_that_cannot_be_done_asks_whom_the_file_names() {
    let world = World::start().await;
    let admin = world.admin().await;
    let (port, asked) = web();
    let general = world.sandbox.channel_id("general").unwrap();
    tell_ops(&world).await;
    import(&world, &admin, &ASK.replace("PORT", &port.to_string()).replace("GENERAL", &general)).await;
    let run = admin.ask("/runbook run name:ask").await;
    run.until("tried again (1)").await;
    run.until("Escalated").await;
    insta::assert_snapshot!(timeless(&run.masked()), @r"
    ! **Escalated** runbook `ask`
    2 of 4 steps done · after TIME · ended at `Broken`
    ✓ `Well`  GET 200 · 11 B · TIME
    ✓ `Flaky`  GET 200 · 11 B · TIME
    ✕ `Broken`  GET 500 · 11 B · TIME · wanted 200 to 299
    – `After`  not begun
    Run again
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(asked.load(Ordering::SeqCst), 3, "it was asked until it answered well, and no more");
    let told = admin.sees_in(&general, "A person is needed").await;
    insta::assert_snapshot!(timeless(&told.masked()), @r"
    ! **A person is needed** after runbook `ask`
    ✕ `Broken`  GET 500 · 11 B · TIME · wanted 200 to 299
    It could not help, and does nothing more.
    -# ref REFERENCE
    ");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_file_wants_is_offered_as_a_press_that_sets_the_rule() {
    let world = World::start().await;
    let (admin, member) = (world.admin().await, world.member().await);
    let shown = admin.ask("/runbook import sample:disk-cleanup").await;
    assert_eq!(shown.buttons(), ["Import"], "nothing is offered before it is kept");
    shown.press(&admin, "Import").await;
    shown.until("Imported").await;
    insta::assert_snapshot!(shown.masked(), @r"
    ✓ **Imported** runbook `disk-cleanup`
    version `1` · 5 steps
    `Removes cached packages, old journals and unused images, and shows the disk before and after.`
    To be given when it is run: `server`
    Wants to run when `disk gt 90`: a press has it run by itself when disk is 90 % or more.
    `/runbook dry-run` shows what each step would do; nothing runs by itself before an alert rule names it.
    Run it when disk is 90 % or more
    -# file 237ae9badb87 · ref REFERENCE · by <@…> · <t:…:R>
    ");
    let refused = shown.seen_by(&member).await.try_press(&member, "Run it when").await.unwrap().answer().await;
    assert!(refused.is_private() && refused.text().contains("You may not"), "{}", refused.text());
    shown.press(&admin, "Run it when").await;
    insta::assert_snapshot!(admin.sees("rule `disk-cleanup`").await.masked(), @r"
    ✓ **Made** rule `disk-cleanup`
    disk from 90 %, for 1 min · all servers · over after 2 min of calm
    Runs runbook `disk-cleanup` when it opens.
    Rules
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let rules = admin.ask("/alert rules").await.text();
    assert!(rules.contains("`disk`") && rules.contains("`disk-cleanup`"), "what people are warned by stays: {rules}");
    // No probe looks at a certificate here: the file's wish is told, and no button is there.
    let shown = admin.ask("/runbook import sample:certificate-renewal").await;
    shown.press(&admin, "Import").await;
    shown.until("Imported").await;
    assert_eq!(shown.buttons(), [""; 0]);
    world.end().await;
}

const MEND: &str = "name: Mend
steps:
  - {name: Write, type: ssh, params: {server: box, command: 'sh -c \"echo one >> FILE\"'}}
  - {name: Slow, type: ssh, params: {server: box, command: 'sleep 600.8125'}}
  - {name: Never, type: log, params: {message: never}}
";

async fn a_question_of_an_incidents_runbook_stands_in_its_thread_and_outlives_a_kill_and_its_end_is_told_there(
    mut world: World,
) {
    let sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let home = tempfile::tempdir().unwrap();
    std::fs::set_permissions(home.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let written = home.path().join("written");
    tell_ops(&world).await;
    import(&world, &admin, &MEND.replace("FILE", written.to_str().unwrap())).await;
    admin.ask("/incident open title:\"orders hang\" severity:critical").await.until("Opened").await;
    let is_it = |text: &str| text.contains("orders hang") && text.contains("Run a runbook");
    let incident = admin.sees_where("the incident", is_it).await;
    let thread = incident.message().id().to_owned();
    let run = incident.choose(&admin, "Run a runbook", &["mend"]).await.answer().await;

    let question = admin.sees_in(&thread, "Approve?").await;
    run.until("waits for a yes").await;
    // The question is open while the bot is killed, twice.
    for _ in 0..2 {
        world.kill_bot();
        world.start_bot().await;
    }
    assert!(!written.exists(), "nothing was done before the yes");
    question.press(&admin, "Approve").await;
    world.until("it was done", |_| written.exists()).await;
    let second = admin.sees_in(&thread, "sleep 600.8125").await;
    let asked = |world: &World| {
        let of =
            |message: &serde_json::Value| sandbox::client::message_text(message).contains("asked by `Runbook mend`");
        world.sandbox.messages(&thread).iter().filter(|message| of(message)).count()
    };
    assert!(asked(&world) <= 2, "each question is put once");
    second.press(&admin, "Approve").await;
    world.until("it runs there", |_| !sshd.processes("sleep 600.8125").is_empty()).await;

    // It outlives its incident, and is stopped in the middle.
    admin.ask("/incident resolve incident:1 what:\"a lock\"").await.until("Resolved").await;
    world.until("the incident is over", |world| said(world, &thread).contains("resolved after")).await;
    let pressed = Instant::now();
    run.press(&admin, "Cancel").await;
    world.until("nothing of it is left", |_| sshd.processes("sleep 600.8125").is_empty()).await;
    assert!(pressed.elapsed() < Duration::from_secs(3), "it took {:?}", pressed.elapsed());
    run.until("**Cancelled** runbook").await;
    assert_shown!(run.masked(), @r"
    – **Cancelled** runbook `mend`
    1 of 3 steps done · after TIME
    ✓ `Write`  exit 0 after TIME · 0 lines
    – `Slow`  stopped
    – `Never`  not begun
    Run again
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(std::fs::read_to_string(&written).unwrap(), "one\n", "done once");
    world.until("its end is told", |world| said(world, &thread).contains("runbook `mend` ended")).await;
    let told = said(&world, &thread);
    assert_eq!(told.matches("runbook `mend` ended: cancelled").count(), 1, "{told}");
    world.end().await;
}
