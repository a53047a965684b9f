//! A runbook, from its file to its last word.

use super::{file, import, tell_ops};
use crate::world::World;

on_both_worlds! {
    a_runbook_is_imported_shown_and_run_as_whoever_asks
    a_step_that_changes_something_waits_for_a_yes_and_a_no_fails_it
    a_kill_in_the_middle_doubles_no_step
}

const LOOK: &str = "name: Look around
description: Looks, and says so.
steps:
  - name: Say
    type: log
    params: {message: \"looking at {{server}}\"}
  - name: Look
    type: ssh
    action: run
    params: {server: \"{{server}}\", command: \"echo all is well on {{server}}\"}
    timeout: 1m
  - name: Never
    type: wait
    params: {duration: 1h}
    condition: steps.look.failed
  - name: Tell
    type: notify
    params: {message: \"{{server}} was looked at\"}
    condition: steps.look.ok and {{server}} == box
";

async fn a_runbook_is_imported_shown_and_run_as_whoever_asks(mut world: World) {
    let _sshd = world.with_server("box").await;
    let (admin, member) = (world.admin().await, world.member().await);
    tell_ops(&world).await;
    assert_shown!(admin.ask("/runbook list").await.masked(), @r"
    **Runbooks** none yet
    `/runbook import sample:restart-unhealthy` shows one to begin with; `/runbook import file:…` takes your own.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let path = file(&world, LOOK);
    let refused = member.ask(&format!("/runbook import file:@{}", path.display())).await;
    assert!(refused.is_private() && refused.text().contains("You may not"), "{}", refused.text());
    let shown = admin.ask(&format!("/runbook import file:@{}", path.display())).await;
    assert_shown!(shown.until("Import?").await.masked(), @r"
    ! **Import?** runbook `look-around`
    version `1` · 4 steps
    `Looks, and says so.`
    1. `Say`: log `looking at {{server}}`
    2. `Look`: `server.run` `server:{{server}} command:echo all is well on {{server}}`
    3. `Never`: wait 1 h
    4. `Tell`: `runbook.notify` `message:{{server}} was looked at`
    To be given when it is run: `server`
    Each step is asked for in the name of whoever runs it, and what changes something waits for a yes.
    Import
    -# file 83294e88e341 · ref REFERENCE · by <@…> · <t:…:R>
    ");
    shown.press(&admin, "Import").await;
    assert_shown!(shown.until("Imported").await.masked(), @r"
    ✓ **Imported** runbook `look-around`
    version `1` · 4 steps
    `Looks, and says so.`
    To be given when it is run: `server`
    `/runbook dry-run` shows what each step would do; nothing runs by itself before an alert rule names it.
    -# file 83294e88e341 · ref REFERENCE · by <@…> · <t:…:R>
    ");

    let dry = admin.ask("/runbook dry-run name:look-around vars:server=box").await;
    assert_shown!(dry.until("Dry run").await.masked(), @r"
    **Dry run** of runbook `look-around`
    4 steps
    ✓ 1. `Say`: log `looking at box`
    ✓ 2. `Look`: Run `echo all is well on box` on `box` for at most 1 min
    ✓ 3. `Never`: wait 1 h · only on its condition
    ✓ 4. `Tell`: Say `box was looked at` in <#…> · only on its condition
    Nothing was done.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let missing = admin.ask("/runbook run name:look-around").await;
    assert!(missing.text().contains("It takes more: `vars:server=…`"), "{}", missing.text());
    let ran = admin.ask("/runbook run name:look-around vars:server=box").await;
    assert_shown!(ran.until("Completed").await.masked(), @r"
    ✓ **Completed** runbook `look-around`
    3 of 4 steps done · after TIME
    ✓ `Say`  `looking at box`
    ✓ `Look`  exit 0 after TIME · 1 line
    – `Never`  left out: its condition does not hold
    ✓ `Tell`  in <#…>
    Run again
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(admin.sees("was looked at").await.masked(), @r"
    – **Note** `box was looked at`
    -# `Runbook look-around` for <@…>
    ");
    assert_shown!(admin.ask("/runbook show name:look-around").await.masked(), @r"
    **Runbook** `look-around`
    version `1` · 4 steps
    `Looks, and says so.`
    1. `Say`: log `looking at {{server}}`
    2. `Look`: `server.run` `server:{{server}} command:echo all is well on {{server}}`
    3. `Never`: wait 1 h · only on its condition
    4. `Tell`: `runbook.notify` `message:{{server}} was looked at` · only on its condition
    To be given when it is run: `server`
    ✓ <t:…:R>  completed · ref REFERENCE · 
    Export
    -# imported by <@…> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(admin.ask("/runbook export name:look-around").await.file().await, LOOK.as_bytes());

    // What fills a variable stays one word, whatever is in it: this is no server's name.
    let ran = admin.ask("/runbook run name:look-around vars:server=\"box; touch /tmp/never\"").await;
    ran.until("Failed").await;
    admin.ask("/runbook remove name:look-around").await.until("Removed").await;
    world.end().await;
}

const CHANGE: &str = "name: Change
steps:
  - name: Write
    type: ssh
    params: {server: box, command: \"touch {{file}}\"}
    onFailure: escalate
";

async fn a_step_that_changes_something_waits_for_a_yes_and_a_no_fails_it(mut world: World) {
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    tell_ops(&world).await;
    import(&world, &admin, CHANGE).await;
    let home = tempfile::tempdir().unwrap();
    std::fs::set_permissions(home.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let (done, never) = (home.path().join("done"), home.path().join("never"));

    let run = admin.ask(&format!("/runbook run name:change vars:file={}", done.display())).await;
    run.until("waits for a yes").await;
    let question = admin.sees("Approve?").await;
    assert!(question.text().contains("asked by `Runbook change` for"), "{}", question.text());
    assert!(!done.exists(), "nothing is done before the yes");
    question.press(&admin, "Approve").await;
    run.until("Completed").await;
    assert!(done.exists(), "a step that is said to be done was done");

    let run = admin.ask(&format!("/runbook run name:change vars:file={}", never.display())).await;
    let question =
        admin.sees_where("the second question", |text| text.contains("Approve?") && text.contains("never")).await;
    let form = question.try_press(&admin, "Deny").await.unwrap().form();
    form.submit(&[("Reason", "not today")]).await;
    run.until("Escalated").await;
    let text = run.masked().replace(home.path().to_str().unwrap(), "HOME");
    assert_shown!(text, @r"
    ! **Escalated** runbook `change`
    0 of 1 step done · after TIME · ended at `Write`
    ✕ `Write`  denied by <@…>: `not today`
    Run again
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let told = admin.sees("A person is needed").await;
    assert!(told.text().contains("not today"), "{}", told.text());
    assert!(!never.exists());
    world.end().await;
}

const COUNT: &str = "name: Count
steps:
  - name: First
    type: ssh
    params: {server: box, command: 'sh -c \"echo one >> FILE\"'}
  - name: Slow
    type: ssh
    params: {server: box, command: 'sh -c \"echo two >> FILE; sleep 3; echo three >> FILE\"'}
  - name: Rest
    type: wait
    params: {duration: 3s}
  - name: Last
    type: ssh
    params: {server: box, command: 'sh -c \"echo four >> FILE\"'}
";

async fn a_kill_in_the_middle_doubles_no_step(mut world: World) {
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    admin
        .ask("/policy set need:never action:server.run target:box risk:change asker:automation")
        .await
        .until("Policy set")
        .await;
    let home = tempfile::tempdir().unwrap();
    std::fs::set_permissions(home.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let written = home.path().join("written");
    let lines = || std::fs::read_to_string(&written).unwrap_or_default();
    import(&world, &admin, &COUNT.replace("FILE", written.to_str().unwrap())).await;

    let run = admin.ask("/runbook run name:count").await;
    run.until("running").await;
    world.until("the slow step goes on", |_| lines().contains("two")).await;
    world.kill_bot();
    // A runbook takes no place from what it waits for.
    world.set_environment("NEBULA_JOBS", "1");
    world.start_bot().await;
    world.until("it rests", |_| lines().contains("three")).await;
    run.until("Rest`  goes on").await;
    world.kill_bot();
    world.start_bot().await;
    run.until("Completed").await;
    assert_eq!(lines(), "one\ntwo\nthree\nfour\n", "each step was done, and once");
    let runs: Vec<String> = world.audited().await.into_iter().filter(|row| row.contains("server.run")).collect();
    assert_eq!(runs.len(), 3, "{runs:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_is_done_only_where_its_action_was_and_nothing_counts_as_queued() {
    let mut world = World::start().await;
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let fails = "name: Fails
steps:
  - {name: Gone, type: docker, action: logs, params: {server: nowhere, container: web}, onFailure: continue, timeout: 30s}
  - {name: Web, type: http, action: GET, params: {url: 'http://169.254.169.254/latest/'}, onFailure: continue, timeout: 5s}
  - {name: Model, type: ai, action: analyse, params: {prompt: why}, onFailure: continue}
  - {name: Slow, type: ssh, params: {server: box, command: sleep 600.77}, timeout: 1s, onFailure: continue}
  - {name: Exit, type: ssh, params: {server: box, command: ls /nothing-is-there}}
  - {name: After, type: log, params: {message: never}}
";
    admin
        .ask("/policy set need:never action:server.run target:box risk:change asker:automation")
        .await
        .until("Policy set")
        .await;
    import(&world, &admin, fails).await;
    let ran = admin.ask("/runbook run name:fails").await;
    insta::assert_snapshot!(ran.until("Failed").await.masked(), @r"
    ✕ **Failed** runbook `fails`
    0 of 6 steps done · after TIME · ended at `Exit`
    ✕ `Gone`  I know no server called `nowhere`.
    ✕ `Web`  Could not ask `169.254.169.254`. `169.254.169.254` is where a cloud tells its machines their secrets, or no address of a single machine: it is never asked.
    ✕ `Model`  there is no assistant yet, so nobody was asked
    ✕ `Slow`  stopped: it took longer than 1.0 s
    ✕ `Exit`  exit 2 after TIME · 1 line
    – `After`  not begun
    ```
    ls: cannot access '/nothing-is-there': No such file or directory
    ```
    Run again
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_with_mistakes_is_refused_with_each_of_its_lines() {
    let world = World::start().await;
    let admin = world.admin().await;
    let wrong = "name: Cleanup
setps: []
triggers:
  - {type: log_pattern, target: web, operator: matches, value: panic}
steps:
  - {name: Clean, type: docker, action: volume-prune, params: {server: box}}
  - {name: Quote, type: ssh, params: {server: box, command: \"echo '{{x}}'\"}}
  - {name: Late, type: wait, params: {duration: 30s}, timeout: 300000}
";
    let refused = admin.ask(&format!("/runbook import file:@{}", file(&world, wrong).display())).await;
    insta::assert_snapshot!(refused.masked(), @r"
    ✕ **Not imported**: the file has mistakes
    line 2: `setps` is not known here; did you mean `steps`?
    line 6: a runbook never prunes volumes: what is in them is gone for good, and nobody looks. Use `/container prune` by hand
    line 7: `{{x}}` stands inside of quotes; give it as a word of its own
    line 8: `timeout` is in seconds, at most 86400; if it was milliseconds, write `300`
    Nothing was imported. Mend them and import it again.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let unknown = admin.ask("/runbook import sample:nothing").await;
    assert!(unknown.text().contains("I bring no runbook called `nothing`"), "{}", unknown.text());
    world.end().await;
}
