//! Commands that must end: cancelled, late, abandoned, or cut off.

use std::time::{Duration, Instant};

use hosts::ssh::{Ended, Exec, Process};
use tokio_util::sync::CancellationToken;

use crate::world::{World, until};

/// A cancelled command is dead within this time, whatever it does.
const DEAD_WITHIN: Duration = Duration::from_secs(3);

/// Cancels `command` while it runs, and finds nothing of it a moment later.
async fn cancel_kills(command: &str) -> Duration {
    let world = World::start();
    let long = world.start_long(command, None).await;
    assert!(!world.sshd.processes("sleep 600").is_empty());
    let began = Instant::now();
    long.cancel.cancel();
    let exit = long.end().await;
    let took = began.elapsed();
    assert_eq!(exit.ended, Ended::Cancelled { confirmed: true }, "{command}");
    assert!(world.sshd.processes("sleep 600").is_empty(), "{command}: {:?}", world.sshd.processes("sleep 600"));
    assert!(took < DEAD_WITHIN, "{command}: {took:?}");
    println!("cancelled in {took:?}: {command}");
    // The connection is as good as before.
    assert_eq!(world.run("echo on").await.stdout, b"on\n");
    took
}

#[tokio::test]
async fn cancel_kills_a_sleeping_command() {
    assert!(cancel_kills("echo ready; sleep 600").await < Duration::from_secs(1));
}

#[tokio::test]
async fn cancel_kills_what_ignores_term() {
    cancel_kills(r#"sh -c "trap '' TERM; echo ready; sleep 600; sleep 600""#).await;
}

#[tokio::test]
async fn cancel_kills_what_runs_in_the_background() {
    cancel_kills("sleep 600 & sleep 600 & echo ready; wait").await;
}

#[tokio::test]
async fn cancel_kills_every_part_of_a_pipeline() {
    cancel_kills("{ echo ready; sleep 600; } | tee /dev/stderr | { cat; sleep 600; }").await;
}

#[tokio::test]
async fn cancel_kills_what_made_a_group_of_its_own() {
    cancel_kills("set -m; { trap '' TERM; sleep 600; } & timeout 600 sleep 600 & echo ready; wait").await;
}

#[tokio::test]
async fn cancel_kills_what_closed_its_output() {
    cancel_kills("sleep 600 >/dev/null 2>&1 & echo ready; exec sleep 600 >/dev/null 2>&1").await;
}

#[tokio::test]
async fn cancel_kills_what_floods_its_output() {
    cancel_kills("echo ready; sleep 600 & yes").await;
}

#[tokio::test]
async fn the_last_words_of_a_cancelled_command_are_heard() {
    let world = World::start();
    let long = world.start_long("trap 'echo bye; exit 3' TERM; echo ready; sleep 600 & wait", None).await;
    long.cancel.cancel();
    until(|| long.heard().contains("bye")).await;
    assert_eq!(long.end().await.ended, Ended::Cancelled { confirmed: true });
}

#[tokio::test]
async fn a_command_is_killed_at_its_deadline() {
    let world = World::start();
    world.run("true").await;
    let began = Instant::now();
    let long = world.start_long("echo ready; sleep 600", Some(Duration::from_secs(1))).await;
    let exit = long.end().await;
    assert_eq!(exit.ended, Ended::TimedOut { confirmed: true });
    assert!((Duration::from_secs(1)..Duration::from_secs(3)).contains(&began.elapsed()));
    assert!(world.sshd.processes("sleep 600").is_empty());
}

#[tokio::test]
async fn what_was_cancelled_before_it_started_never_starts() {
    let world = World::start();
    let cancel = CancellationToken::new();
    cancel.cancel();
    let exec = Exec { cancel, ..Exec::new(|_, _: &[u8]| panic!("it printed")) };
    let exit = world.pool.exec("web", &world.target, "echo hi", exec).await.unwrap();
    assert_eq!(exit.ended, Ended::Cancelled { confirmed: true });
    assert_eq!(world.logins(), 0);
}

#[tokio::test]
async fn a_command_nobody_waits_for_is_killed() {
    let world = World::start();
    let long = world.start_long("echo ready; sleep 600", None).await;
    long.task.abort();
    let took = world.none_left("sleep 600").await;
    println!("an aborted command was gone after {took:?}");
    assert!(took < DEAD_WITHIN);
}

#[tokio::test]
async fn a_command_that_is_dropped_while_it_starts_is_killed() {
    let world = World::start();
    world.run("true").await;
    for pause in 0..8 {
        let command = Exec::new(|_, _: &[u8]| {});
        let run = world.pool.exec("web", &world.target, "sleep 600", command);
        // Somewhere between the first packet and the announcement.
        assert!(tokio::time::timeout(Duration::from_millis(pause), run).await.is_err());
    }
    // What starts late starts within a moment: the connection answers in order, so this one comes after all of them.
    assert_eq!(world.run("echo on").await.stdout, b"on\n");
    world.none_left("sleep 600").await;
}

#[tokio::test]
async fn a_lost_connection_says_that_it_is_not_known_how_it_ended() {
    let world = World::start();
    let long = world.start_long("echo ready; exec sleep 600", None).await;
    let process = long.process;
    world.sshd.cut_connections();
    let exit = long.end().await;
    assert_eq!(exit.ended, Ended::Lost);
    assert_eq!(exit.process, Some(process));

    // It still runs, and can be found and killed over a new connection.
    assert_eq!(world.sshd.processes("sleep 600"), [process.pid()]);
    assert!(world.pool.kill("web", &world.target, process).await.unwrap());
    assert!(world.sshd.processes("sleep 600").is_empty());
}

#[tokio::test]
async fn a_connection_that_is_lost_when_it_is_cancelled_is_made_again() {
    let world = World::start();
    let long = world.start_long("echo ready; sleep 600", None).await;
    long.cancel.cancel();
    world.sshd.cut_connections();
    let exit = long.end().await;
    assert!(matches!(exit.ended, Ended::Cancelled { confirmed: true } | Ended::Lost), "{exit:?}");
    if exit.ended != Ended::Lost {
        assert!(world.sshd.processes("sleep 600").is_empty());
    }
}

#[tokio::test]
async fn eight_commands_are_cancelled_at_once_although_every_channel_is_taken() {
    let world = World::start();
    let mut running = Vec::new();
    for _ in 0..8 {
        running.push(world.start_long("echo ready; sleep 600", None).await);
    }
    let began = Instant::now();
    for long in &running {
        long.cancel.cancel();
    }
    for long in running {
        assert_eq!(long.end().await.ended, Ended::Cancelled { confirmed: true });
    }
    println!("eight cancelled in {:?}", began.elapsed());
    assert!(began.elapsed() < DEAD_WITHIN);
    assert!(world.sshd.processes("sleep 600").is_empty());
    assert_eq!(world.logins(), 1, "the spare channels were enough");
}

#[tokio::test]
async fn a_process_that_has_the_number_of_another_is_left_alone() {
    let world = World::start();
    let long = world.start_long("echo ready; sleep 600", None).await;
    let (pid, started) = (long.process.pid(), long.process.started().unwrap());
    let earlier: Process = format!("{pid}@{}", started - 1).parse().unwrap();
    assert!(world.pool.kill("web", &world.target, earlier).await.unwrap(), "the one that was meant is gone");
    assert!(!world.sshd.processes("sleep 600").is_empty());
    long.cancel.cancel();
    assert_eq!(long.end().await.ended, Ended::Cancelled { confirmed: true });
}

#[tokio::test]
async fn what_is_left_in_the_background_does_not_hold_up_the_answer() {
    let world = World::start();
    let said = world.run("sleep 600 & echo started").await;
    assert_eq!(said.stdout, b"started\n");
    assert_eq!(said.exit.ended, Ended::Exited(0));
    assert!(said.exit.left_behind);
    assert_eq!(world.sshd.processes("sleep 600").len(), 1, "it was asked for, so it goes on");
}
