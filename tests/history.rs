//! `/history`, as people use it.

use crate::{people::Person, world::World};

on_both_worlds! {
    what_was_run_is_found_again_with_what_it_printed
    only_who_may_run_there_sees_what_was_run_there
    what_ran_while_no_bot_was_there_is_in_the_history_once
}

/// Runs it to its end; the answer is its reference.
async fn run(world: &World, person: &Person, server: &str, command: &str) -> String {
    let run = person.ask(&format!("/server run server:{server} command:{command}")).await;
    run.until("exit ").await;
    world.audit().await.pop().unwrap().reference
}

#[expect(clippy::too_many_lines, reason = "a story reads best whole")]
async fn what_was_run_is_found_again_with_what_it_printed(mut world: World) {
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    assert_shown!(admin.ask("/history search").await.until("History").await.masked(), @r"
    – **History** nothing fits
    You see what you ran, and what was run where you may run the like.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    let form = admin.slash("/secret set name:DEPLOY").await.form();
    form.fill(&[("Value", "correct-horse-battery-staple")]).await.until("Set").await;
    world.never_show("correct-horse-battery-staple");
    run(&world, &admin, "box", "seq 1 300; exit 3").await;
    let quiet = run(&world, &admin, "box", "true").await;
    let told = run(&world, &admin, "box", r"printf 'token %s-staple\n' correct-horse-battery").await;

    let all = admin.ask("/history search").await;
    all.until("newest first").await;
    assert_shown!(unreferenced(&all.masked()), @r"
    **History** newest first
    ✓ `printf 'token %s-staple\n' correct-horse-battery` on `box` · exit 0 after TIME · 1 line · <@…> · <t:…:R> · `REFERENCE`
    Output
    ✓ `true` on `box` · exit 0 after TIME · 0 lines · <@…> · <t:…:R> · `REFERENCE`
    ✕ `seq 1 300; exit 3` on `box` · exit 3 after TIME · 300 lines · <@…> · <t:…:R> · `REFERENCE`
    Output
    Export
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    all.press(&admin, "Output").await;
    let shown = admin.sees("**Ran** `printf").await;
    assert_shown!(unreferenced(&shown.masked()), @r"
    ✓ **Ran** `printf 'token %s-staple\n' correct-horse-battery` on `box`
    exit 0 after TIME · 1 line
    by <@…> · <t:…:R>
    ```ansi
    token ‹secret›
    ```
    box-REFERENCE.log
    Run again
    -# ref REFERENCE · by <@…> · <t:…:R>
    box-REFERENCE.log
    ");
    assert!(!String::from_utf8(shown.file().await).unwrap().contains("horse"));

    let found = admin.ask("/history search server:box person:admin text:SEQ outcome:failed within:1h").await;
    found.until("newest first").await;
    assert_shown!(unreferenced(&found.masked()), @r"
    **History** newest first
    on `box` · by <@…> · with `SEQ` · ended `failed` · within `1h`
    ✕ `seq 1 300; exit 3` on `box` · exit 3 after TIME · 300 lines · <@…> · <t:…:R> · `REFERENCE`
    Output
    Export
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    found.press(&admin, "Output").await;
    let shown = admin.sees("**Ran** `seq").await;
    let whole = (1..=300).map(|number| number.to_string()).collect::<Vec<_>>().join("\n") + "\n";
    assert_eq!(shown.file().await, whole.as_bytes());
    assert_eq!(shown.buttons(), ["Run again"]);
    let nothing = admin.ask(&format!("/history show reference:{}", quiet.to_lowercase())).await;
    assert_shown!(unreferenced(&nothing.until("Ran").await.masked()), @r"
    ✓ **Ran** `true` on `box`
    exit 0 after TIME · 0 lines
    by <@…> · <t:…:R>
    Nothing that it printed is kept: it printed nothing, did not begin, or ended more than 30 days ago.
    Run again
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // It is kept in one place, and the job has it from there.
    let job = admin.ask(&format!("/job show reference:{told}")).await;
    job.until("Job").await;
    assert_eq!(job.file().await, shown_log(&world, &told).await);

    let export = admin.ask("/history export text:seq").await;
    assert_shown!(without_sizes(&export.until("Exported").await.masked()), @r"
    ✓ **Exported** 1 command
    SIZE · JSON Lines, oldest first · with `seq`
    history-REFERENCE.jsonl
    -# ref REFERENCE · by <@…> · <t:…:R>
    history-REFERENCE.jsonl
    ");
    let line: serde_json::Value = serde_json::from_slice(&export.file().await).unwrap();
    assert_eq!((line["command"].as_str(), line["server"].as_str()), (Some("seq 1 300; exit 3"), Some("box")));
    assert!(line["output_end"].as_str().unwrap().ends_with("299\n300\n") && line["printed_bytes"] == 1092, "{line}");

    assert_shown!(without_sizes(&admin.ask("/history keep").await.until("Keeping").await.masked()), @r"
    **Keeping** what commands print for 30 days
    2 outputs · SIZE of SIZE, compressed
    The oldest go first where there is no room. Who ran what stays in the audit log.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let fewer = admin.ask("/history keep days:7").await;
    assert_shown!(fewer.until("Really?").await.masked(), @r"
    ! **Really?** Keep what commands print for 7 days
    What was printed more than 7 days ago is deleted.
    Confirm
    Leave it
    -# expires <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    fewer.press(&admin, "Confirm").await;
    assert_shown!(without_sizes(&fewer.until("**Keeping**").await.masked()), @r"
    ✓ **Keeping** what commands print for 7 days
    2 outputs · SIZE of SIZE, compressed
    The oldest go first where there is no room. Who ran what stays in the audit log.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    world.end().await;
}

/// What the store has of it.
async fn shown_log(world: &World, reference: &str) -> Vec<u8> {
    let store = world.store().await;
    let entry = store.audit_entries(world.guild(), reference).await.unwrap().remove(0);
    let (_, bytes) = store.output(world.guild(), &entry.id).await.unwrap().unwrap();
    store.close().await;
    bytes
}

async fn only_who_may_run_there_sees_what_was_run_there(mut world: World) {
    let _sshds = (world.with_server("web-1").await, world.with_server("db-1").await);
    let (admin, member) = (world.admin().await, world.member().await);
    admin.ask("/server run server:web-1, db-1 command:\"echo $SSH_CONNECTION\"").await.until("exit 0").await;
    let on_db = world.audit().await.into_iter().find(|row| row.target.as_deref() == Some("db-1")).unwrap();

    // Nothing is theirs, and nothing may be seen.
    let none = member.ask("/history search").await;
    assert!(none.until("History").await.text().contains("nothing fits"), "{}", none.text());
    admin.ask("/grant person person:@member allow:server.run on:web-*").await.until("Granted").await;
    let one = member.ask("/history search").await;
    one.until("newest first").await;
    assert!(one.text().contains("on `web-1`") && !one.text().contains("db-1"), "{}", one.text());
    one.press(&member, "Output").await;
    let shown = member.sees("**Ran**").await;
    assert_eq!(String::from_utf8(shown.file().await).unwrap().lines().count(), 1, "of their server alone");
    let ran = world.audit().await.into_iter().find(|row| row.action == "server.run" && row.target == on_db.target);
    let hidden = member.ask(&format!("/history show reference:{}", ran.unwrap().reference)).await;
    assert_shown!(unreferenced(&hidden.until("You see no").await.masked()), @r"
    ✕ **That will not work**
    You see no command of the reference `REFERENCE`. It is the six characters after `ref` in a card's small print; `/history search` shows the newest.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert!(member.ask("/history export").await.until("Exported").await.text().contains("1 command"));

    // What they ran themselves stays theirs when they may no longer.
    run(&world, &member, "web-1", "echo mine").await;
    let grants = admin.offered("/grant revoke grant:member").await;
    let store = world.store().await;
    let id = store.grants(world.guild()).await.unwrap().pop().unwrap().id;
    store.close().await;
    assert_eq!(grants.len(), 1);
    admin.ask(&format!("/grant revoke grant:{id}")).await.until("Took back").await;
    let own = member.ask("/history search").await;
    own.until("newest first").await;
    assert!(own.text().contains("echo mine") && !own.text().contains("SSH_CONNECTION"), "{}", own.text());
    let refused = member.ask("/history keep days:90").await;
    assert!(refused.until("You may not").await.is_private());
    world.end().await;
}

async fn what_ran_while_no_bot_was_there_is_in_the_history_once(mut world: World) {
    let sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let go = world.path("go").display().to_string();
    let command = format!("echo first; while [ ! -e {go} ]; do sleep 0.05; done; echo second");
    let run = admin.ask(&format!("/server run server:box command:{command}")).await;
    run.until("first").await;
    world.kill_bot();
    std::fs::write(&go, "").unwrap();
    world.until("it has ended there", |_| sshd.processes("echo first").is_empty()).await;
    world.start_bot().await;
    run.until("exit 0").await;
    let found = admin.ask("/history search text:\"echo first\"").await;
    found.until("newest first").await;
    assert_eq!(found.buttons().iter().filter(|label| *label == "Output").count(), 1, "{}", found.text());
    found.press(&admin, "Output").await;
    assert_eq!(admin.sees("**Ran**").await.file().await, b"first\nsecond\n");
    world.end().await;
}

/// References of what was found differ from run to run.
fn unreferenced(text: &str) -> String {
    regex::Regex::new("`[2-9A-Z]{6}`").unwrap().replace_all(text, "`REFERENCE`").into_owned()
}

fn without_sizes(text: &str) -> String {
    regex::Regex::new(r"[\d.]+ [kM]?B\b").unwrap().replace_all(text, "SIZE").into_owned()
}
