//! Work that outlives the bot: killed, stopped, cut off from its server, cancelled, and told truly at the end.

use std::process::{Child, Stdio};

use crate::{people::Shown, world::World};

on_both_worlds! {
    killed_in_mid_run_the_command_goes_on_and_its_card_with_it
    what_ended_while_no_bot_was_there_is_told_by_the_next
    a_run_cancelled_after_a_restart_leaves_no_process_and_stays_cancelled
    asked_to_stop_it_lets_the_command_go_on
    jobs_are_listed_shown_and_asked_for_again
}

/// A command that prints a line, waits until its file is there, and prints another.
fn waits_for(world: &World, name: &str) -> String {
    let file = world.path(name).display().to_string();
    format!("/server run server:box command:echo first; while [ ! -e {file} ]; do sleep 0.05; done; echo second")
}

fn let_go(world: &World, name: &str) {
    std::fs::write(world.path(name), "").unwrap();
}

async fn killed_in_mid_run_the_command_goes_on_and_its_card_with_it(mut world: World) {
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let run = admin.ask(&waits_for(&world, "go")).await;
    run.until("first").await;
    world.kill_bot();
    assert!(world.audited().await.pop().unwrap().ends_with("server.run box: started"));
    world.start_bot().await;
    world.until("it is taken up", |world| world.log().contains("going on with a run that was left")).await;
    let_go(&world, "go");
    run.until("exit 0").await;
    let text = run.text();
    assert!(text.contains("first\nsecond"), "{text}");
    assert!(world.audited().await.pop().unwrap().ends_with("server.run box: done"));
    world.end().await;
}

async fn what_ended_while_no_bot_was_there_is_told_by_the_next(mut world: World) {
    let sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let run = admin.ask(&format!("{}; exit 7", waits_for(&world, "go"))).await;
    run.until("first").await;
    world.kill_bot();
    let_go(&world, "go");
    world.until("it has ended there", |_| sshd.processes("echo first").is_empty()).await;
    world.start_bot().await;
    run.until("exit 7 after").await;
    assert!(run.text().contains("first\nsecond"), "{}", run.text());
    assert!(world.audited().await.pop().unwrap().ends_with("server.run box: failed"));
    world.end().await;
}

async fn a_run_cancelled_after_a_restart_leaves_no_process_and_stays_cancelled(mut world: World) {
    let sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let run = admin.ask("/server run server:box command:sleep 601.5").await;
    run.until("running").await;
    world.until("it runs there", |_| !sshd.processes("sleep 601.5").is_empty()).await;
    world.kill_bot();
    world.start_bot().await;
    run.until("running").await;
    let reference = world.audit().await.pop().unwrap().reference;
    admin.ask(&format!("/job cancel reference:{reference}")).await.until("Cancelling").await;
    run.until("cancelled after").await;
    assert!(sshd.processes("sleep 601.5").is_empty());
    assert_shown!(admin.ask("/job list state:cancelled").await.masked().replace(&reference, "REFERENCE"), @r"
    **Jobs** 0 open
    1 job
    – cancelled Run `sleep 601.5` on `box` · <@…> · <t:…:R> · `REFERENCE`
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    world.end().await;
}

async fn asked_to_stop_it_lets_the_command_go_on(mut world: World) {
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let run = admin.ask(&waits_for(&world, "go")).await;
    run.until("first").await;
    assert!(world.stop_bot().await);
    assert_shown!(run.masked().replace(&world.path("").display().to_string(), "HOME/"), @r"
    ◐ **Goes on** Run `echo first; while [ ! -e HOME/go ]; do sleep 0.05; done; echo second` on `box`
    I am being stopped for a moment. It goes on without me, and this card does when I am back.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    world.start_bot().await;
    let_go(&world, "go");
    run.until("exit 0").await;
    world.end().await;
}

async fn jobs_are_listed_shown_and_asked_for_again(mut world: World) {
    let _sshd = world.with_server("box").await;
    let (admin, member) = (world.admin().await, world.member().await);
    assert_shown!(admin.ask("/job list").await.masked(), @r"
    – **Jobs** none
    A job is what may last, such as `/server run`. `/audit search` shows everything else.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let run = admin.ask("/server run server:box command:echo once").await;
    run.until("exit 0").await;
    let reference = world.audit().await.pop().unwrap().reference;
    let shown = |shown: Shown| shown.masked().replace(&reference, "REFERENCE");
    assert_shown!(shown(admin.ask("/job list").await), @r"
    **Jobs** 0 open
    1 job
    ✓ Run `echo once` on `box` · <@…> · <t:…:R> · `REFERENCE`
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(shown(admin.ask(&format!("/job show reference:{reference}")).await), @r"
    ✓ **Job REFERENCE** Run `echo once` on `box`
    succeeded · took TIME
    exit 0 after TIME · 1 line
    asked by <@…> <t:…:R> · begun <t:…:R> · ended <t:…:R>
    ```ansi
    once
    ```
    box-REFERENCE.log
    -# ref REFERENCE · by <@…> · <t:…:R>
    box-REFERENCE.log
    ");
    assert_shown!(admin.ask(&format!("/job cancel reference:{reference}")).await.masked(), @r"
    ! **Not now**
    That has already ended.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask(&format!("/job retry reference:{reference}")).await.until("exit 0").await;
    // Nobody sees what they might not do themselves, nor hears that it exists.
    assert_shown!(member.ask("/job list").await.masked(), @r"
    – **Jobs** none
    A job is what may last, such as `/server run`. `/audit search` shows everything else.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    for (line, said) in [
        ("show", "You may not** look at what others run"),
        ("cancel", "You may not** cancel what others run"),
        ("retry", "No such job"),
    ] {
        for reference in [&reference[..], "222222"] {
            let refused = member.ask(&format!("/job {line} reference:{reference}")).await;
            assert!(refused.is_private() && refused.text().contains(said), "{line} {reference}: {}", refused.text());
        }
    }
    world.end().await;
}

/// A process that does jobs beside the bot, and dies as by a power cut when it is dropped.
struct Worker(Child);

impl Worker {
    fn start(world: &World) -> Self {
        let worker = world.program("worker").env("NEBULA_JOBS", "8").stderr(Stdio::null()).spawn();
        Self(worker.unwrap())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself, which the story then shows.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_does_what_the_bot_leaves_to_it_and_either_may_be_killed() {
    let mut world = World::on_postgres().await;
    let _sshd = world.with_server("box").await;
    assert!(world.stop_bot().await);
    world.set("NEBULA_JOBS", "0");
    world.start_bot().await;
    let admin = world.admin().await;

    let run = admin.ask(&waits_for(&world, "one")).await;
    run.until("waits for a free place").await;
    let worker = Worker::start(&world);
    run.until("first").await;
    world.kill_bot();
    let_go(&world, "one");
    world.start_bot().await;
    run.until("exit 0 after").await;

    let run = admin.ask(&waits_for(&world, "two")).await;
    run.until("first").await;
    drop(worker);
    let _another = Worker::start(&world);
    let_go(&world, "two");
    run.until("exit 0 after").await;
    assert!(run.text().contains("first\nsecond"), "{}", run.text());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_shares_no_database_says_so() {
    let world = World::start().await;
    let worker = world.program("worker").env("NEBULA_LOG", "off").output().unwrap();
    assert!(!worker.status.success());
    let said = String::from_utf8_lossy(&worker.stderr);
    assert!(said.contains("set DATABASE_URL to postgres://"), "{said}");
    world.end().await;
}
