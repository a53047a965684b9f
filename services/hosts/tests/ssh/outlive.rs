//! Kept commands whose client goes away, and kept commands that must end.

use std::time::{Duration, Instant};

use hosts::ssh::{Ended, Exec, Followed, Pool, Token};
use tokio_util::sync::CancellationToken;

use crate::world::{Tape, World, fresh_token, seq};

/// Goes on until [`go_on`] is called.
fn waiting(token: Token) -> String {
    format!(
        "echo ready; until [ -e /tmp/nebula-{token} ]; do sleep 0.01; done; rm /tmp/nebula-{token}; echo end; exit 5"
    )
}

async fn go_on(world: &World, token: Token) {
    world.run(&format!("touch /tmp/nebula-{token}")).await;
}

async fn is_found_again(world: &World, token: Token) {
    go_on(world, token).await;
    let said = world.follow(token).await;
    assert_eq!(said.text(), "ready\nend\n");
    assert_eq!(said.exit.ended, Ended::Exited(5));
    world.pool.forget("web", &world.target, &[token]).await.unwrap();
}

#[tokio::test]
async fn a_command_goes_on_when_its_connection_is_cut_and_is_found_again() {
    let world = World::start();
    let token = fresh_token();
    let long = world.start_long_kept(token, &waiting(token)).await;
    world.sshd.cut_connections();
    let (process, exit) = (long.process, long.end().await);
    assert_eq!((exit.ended, exit.process), (Ended::Lost, Some(process)));
    is_found_again(&world, token).await;
}

#[tokio::test]
async fn a_command_goes_on_when_we_are_restarted_and_is_found_again() {
    let mut world = World::start();
    let token = fresh_token();
    let long = world.start_long_kept(token, &waiting(token)).await;
    long.task.abort();
    world.pool.drop_connection("web").await;
    world.pool = Pool::default();
    is_found_again(&world, token).await;
}

#[tokio::test]
async fn a_connection_that_is_cut_while_it_is_followed_lets_it_be_followed_again() {
    let world = World::start();
    let token = fresh_token();
    world.start_long_kept(token, &waiting(token)).await.task.abort();
    for _ in 0..3 {
        let long = world.follow_long(token).await;
        world.sshd.cut_connections();
        assert_eq!(long.end().await.ended, Ended::Lost);
    }
    is_found_again(&world, token).await;
}

#[tokio::test]
async fn a_start_that_is_cut_anywhere_has_run_once_or_never_will() {
    let world = World::start();
    let mut ran = 0;
    for pause in 0..12 {
        world.run("true").await;
        let token = fresh_token();
        let command = format!("echo ran >>/tmp/nebula-{token}; echo hi; exit 3");
        let exec = Exec::new(Tape::default());
        let start = world.pool.start("web", &world.target, &command, token, exec);
        // Somewhere between the first packet and the end.
        let early = tokio::time::timeout(Duration::from_millis(pause * 2), start).await;
        world.sshd.cut_connections();
        let (followed, tape) = world.try_follow(token).await.unwrap();
        let count = world.run(&format!("cat /tmp/nebula-{token} 2>/dev/null | wc -l; rm -f /tmp/nebula-{token}")).await;
        let count = String::from_utf8_lossy(&count.stdout).trim().to_owned();
        match followed {
            Followed::Never => assert_eq!(count, "0", "after {pause}: {early:?}"),
            Followed::Exit(exit) => {
                assert_eq!((exit.ended, tape.text()), (Ended::Exited(3), "hi\n".into()), "after {pause}");
                assert_eq!(count, "1");
                ran += 1;
            }
        }
        world.pool.forget("web", &world.target, &[token]).await.unwrap();
    }
    println!("{ran} of 12 starts had run");
}

#[tokio::test]
async fn what_ended_while_nobody_watched_tells_its_whole_output_and_its_own_time() {
    let world = World::start();
    let token = fresh_token();
    let command = format!("echo ready; sleep 0.4; seq 1 100000; touch /tmp/nebula-{token}; exit 9");
    world.start_long_kept(token, &command).await.task.abort();
    // Nobody watches until long after it has said its last.
    world.run(&format!("until [ -e /tmp/nebula-{token} ]; do sleep 0.01; done; sleep 1; rm /tmp/nebula-{token}")).await;
    let said = world.follow(token).await;
    assert!(said.text() == format!("ready\n{}", seq(1..=100_000)));
    assert_eq!(said.exit.ended, Ended::Exited(9));
    let own = Duration::from_millis(380)..Duration::from_secs(20);
    assert!(own.contains(&said.exit.took), "{:?}", said.exit.took);
    world.pool.forget("web", &world.target, &[token]).await.unwrap();
}

#[tokio::test]
async fn a_command_killed_from_outside_tells_the_status_of_that() {
    let world = World::start();
    let token = fresh_token();
    let long = world.start_long_kept(token, "echo ready; exec sleep 600").await;
    world.run(&format!("kill -KILL {}", long.process.pid())).await;
    assert_eq!(long.end().await.ended, Ended::Exited(137));
    assert_eq!(world.follow(token).await.exit.ended, Ended::Exited(137));
    world.pool.forget("web", &world.target, &[token]).await.unwrap();
}

#[tokio::test]
async fn a_command_whose_keeper_was_killed_too_is_said_to_have_vanished() {
    let world = World::start();
    let token = fresh_token();
    let long = world.start_long_kept(token, "echo ready; exec sleep 600").await;
    let keeper = format!("$(cut -d' ' -f1 .local/state/nebula/{token}/keeper)");
    world.run(&format!("kill -KILL -- -{keeper} -{}", long.process.pid())).await;
    let exit = long.end().await;
    assert_eq!((exit.ended, exit.left_behind), (Ended::Vanished, false));
    let said = world.follow(token).await;
    assert_eq!((said.text(), said.exit.ended), ("ready\n".into(), Ended::Vanished));
    world.pool.forget("web", &world.target, &[token]).await.unwrap();
}

#[tokio::test]
async fn a_command_that_only_lost_its_keeper_is_said_to_go_on() {
    let world = World::start();
    let token = fresh_token();
    let long = world.start_long_kept(token, "echo ready; exec sleep 600").await;
    world.run(&format!("kill -KILL -- -$(cut -d' ' -f1 .local/state/nebula/{token}/keeper)")).await;
    let exit = long.end().await;
    assert_eq!((exit.ended, exit.left_behind), (Ended::Vanished, true));
    assert_eq!(world.sshd.processes("sleep 600").len(), 1);
    world.pool.forget("web", &world.target, &[token]).await.unwrap();
}

#[tokio::test]
async fn a_host_that_was_restarted_says_that_the_command_vanished() {
    let mut world = World::start();
    let token = fresh_token();
    let long = world.start_long_kept(token, "echo ready; exec sleep 600").await;
    world.sshd.stop();
    assert_eq!(long.end().await.ended, Ended::Lost);
    world.sshd.start_again();
    assert_eq!(world.follow(token).await.exit.ended, Ended::Vanished);
    world.pool.forget("web", &world.target, &[token]).await.unwrap();
}

#[tokio::test]
async fn a_kept_command_is_cancelled_and_its_last_words_are_heard() {
    let world = World::start();
    let token = fresh_token();
    let long = world.start_long_kept(token, "trap 'echo bye; exit 3' TERM; echo ready; sleep 600 & wait").await;
    let began = Instant::now();
    long.cancel.cancel();
    let heard = long.heard.clone();
    assert_eq!(long.end().await.ended, Ended::Cancelled { confirmed: true });
    println!("cancelled in {:?}", began.elapsed());
    assert_eq!(heard.text(), "ready\nbye\n");
    assert!(world.sshd.processes("sleep 600").is_empty());
    assert_eq!(world.follow(token).await.exit.ended, Ended::Exited(3));
    world.pool.forget("web", &world.target, &[token]).await.unwrap();
}

#[tokio::test]
async fn a_command_is_cancelled_by_whoever_follows_it() {
    let world = World::start();
    let token = fresh_token();
    world.start_long_kept(token, "trap '' TERM; echo ready; sleep 600 & sleep 600").await.task.abort();
    let long = world.follow_long(token).await;
    long.cancel.cancel();
    assert_eq!(long.end().await.ended, Ended::Cancelled { confirmed: true });
    assert!(world.sshd.processes("sleep 600").is_empty());
    world.pool.forget("web", &world.target, &[token]).await.unwrap();
}

#[tokio::test]
async fn a_command_is_killed_at_the_deadline_of_whoever_follows_it() {
    let world = World::start();
    let token = fresh_token();
    world.start_long_kept(token, "echo ready; sleep 600").await.task.abort();
    let exec = Exec { deadline: Some(Duration::from_millis(300)), ..Exec::new(Tape::default()) };
    let Followed::Exit(exit) = world.pool.follow("web", &world.target, token, exec).await.unwrap() else { panic!() };
    assert_eq!(exit.ended, Ended::TimedOut { confirmed: true });
    assert!(exit.took < Duration::from_secs(3), "{exit:?}");
    assert!(world.sshd.processes("sleep 600").is_empty());
    world.pool.forget("web", &world.target, &[token]).await.unwrap();
}

#[tokio::test]
async fn a_cancel_that_came_before_the_follow_kills_all_the_same() {
    let world = World::start();
    let (token, never) = (fresh_token(), fresh_token());
    world.start_long_kept(token, "echo ready; sleep 600").await.task.abort();
    let cancel = CancellationToken::new();
    cancel.cancel();
    for (token, expected) in [(token, Some(Ended::Cancelled { confirmed: true })), (never, None)] {
        let exec = Exec { cancel: cancel.clone(), ..Exec::new(Tape::default()) };
        let ended = match world.pool.follow("web", &world.target, token, exec).await.unwrap() {
            Followed::Exit(exit) => Some(exit.ended),
            Followed::Never => None,
        };
        assert_eq!(ended, expected);
    }
    assert!(world.sshd.processes("sleep 600").is_empty());
    world.pool.forget("web", &world.target, &[token, never]).await.unwrap();
}

#[tokio::test]
async fn a_start_that_is_cancelled_at_once_leaves_nothing() {
    let world = World::start();
    world.run("true").await;
    for pause in 0..10 {
        let cancel = CancellationToken::new();
        let token = fresh_token();
        let exec = Exec { cancel: cancel.clone(), ..Exec::new(Tape::default()) };
        let (pool, target) = (world.pool.clone(), world.target.clone());
        let task = tokio::spawn(async move { pool.start("web", &target, "sleep 600", token, exec).await });
        // Somewhere between the first packet and the announcement.
        tokio::time::sleep(Duration::from_millis(pause * 2)).await;
        cancel.cancel();
        assert_eq!(task.await.unwrap().unwrap().ended, Ended::Cancelled { confirmed: true });
        world.pool.forget("web", &world.target, &[token]).await.unwrap();
    }
    assert!(world.sshd.processes("sleep 600").is_empty());
}

#[tokio::test]
async fn what_a_kept_command_leaves_in_the_background_does_not_hold_up_the_answer() {
    let world = World::start();
    let token = fresh_token();
    let said = world.start_kept(token, "sleep 600 & echo started").await;
    assert_eq!((said.text(), said.exit.ended), ("started\n".into(), Ended::Exited(0)));
    assert!(said.exit.left_behind);
    assert_eq!(world.sshd.processes("sleep 600").len(), 1, "it was asked for, so it goes on");
    world.pool.forget("web", &world.target, &[token]).await.unwrap();
    assert_eq!(world.kept_files(token).await, "");
}

#[tokio::test]
async fn views_that_nobody_waits_for_take_no_channel_away() {
    let world = World::start();
    let token = fresh_token();
    world.start_long_kept(token, &waiting(token)).await.task.abort();
    for _ in 0..30 {
        world.follow_long(token).await.task.abort();
    }
    assert_eq!(world.logins(), 1, "sshd's ten sessions were enough");
    is_found_again(&world, token).await;
}
