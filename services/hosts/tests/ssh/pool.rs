//! Connections: how many, when, and how fast.

use std::time::{Duration, Instant};

use hosts::ssh::{Ended, Limits, Pool, SshError};
use tokio::task::JoinSet;

use crate::world::{World, until};

#[tokio::test]
async fn twenty_commands_share_one_connection_that_is_made_once() {
    let world = World::start();
    let mut running = JoinSet::new();
    let began = Instant::now();
    for number in 0..20 {
        let (pool, target) = (world.pool.clone(), world.target.clone());
        running.spawn(async move {
            let mut output = Vec::new();
            let exec = hosts::ssh::Exec::new(|_, bytes: &[u8]| output.extend_from_slice(bytes));
            let exit = pool.exec("web", &target, &format!("sleep 0.05; echo {number}"), exec).await.unwrap();
            assert_eq!(exit.ended, Ended::Exited(0));
            assert_eq!(output, format!("{number}\n").into_bytes());
        });
    }
    while let Some(done) = running.join_next().await {
        done.unwrap();
    }
    println!("20 commands of 50 ms over 8 channels: {:?}", began.elapsed());
    assert_eq!(world.logins(), 1);
}

#[tokio::test]
async fn those_who_wait_for_a_login_that_fails_share_its_error() {
    let mut world = World::start();
    world.target.credential = hosts::ssh::Credential::password("wrong".into());
    let mut running = JoinSet::new();
    for _ in 0..8 {
        let (pool, target) = (world.pool.clone(), world.target.clone());
        running.spawn(async move { pool.check("web", &target).await });
    }
    while let Some(done) = running.join_next().await {
        assert!(matches!(done.unwrap(), Err(SshError::LoginRefused { .. })));
    }
    let failed = world.sshd.log().lines().filter(|line| line.starts_with("Failed password")).count();
    assert_eq!(failed, 1, "one wrong password is not made eight");
}

#[tokio::test]
async fn a_restarted_server_is_connected_to_again_without_a_word() {
    let mut world = World::start();
    assert_eq!(world.run("echo one").await.stdout, b"one\n");
    world.sshd.stop();
    world.sshd.start_again();
    assert_eq!(world.run("echo two").await.stdout, b"two\n");
    assert_eq!(world.logins(), 2);
}

#[tokio::test]
async fn a_check_notices_that_a_warm_connection_has_died() {
    let mut world = World::start();
    world.pool.check("web", &world.target).await.unwrap();
    let warm = world.pool.check("web", &world.target).await.unwrap();
    println!("check of a warm connection: {warm:?}");
    assert_eq!(world.logins(), 1);
    world.sshd.stop();
    assert!(matches!(world.pool.check("web", &world.target).await, Err(SshError::ConnectionRefused { .. })));
    world.sshd.start_again();
    world.pool.check("web", &world.target).await.unwrap();
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_made_again() {
    let mut world = World::start();
    world.pool = Pool::new(Limits { idle: Duration::from_millis(200), ..Limits::default() });
    world.run("true").await;
    until(|| {
        world.sshd.log().contains("Disconnected from user nebula-test")
            || world.sshd.log().contains("Connection closed by user nebula-test")
            || world.sshd.log().contains("Closing connection")
    })
    .await;
    assert_eq!(world.run("echo on").await.stdout, b"on\n");
    assert_eq!(world.logins(), 2);
}

#[tokio::test]
async fn a_long_command_does_not_look_idle() {
    let mut world = World::start();
    world.pool = Pool::new(Limits { idle: Duration::from_millis(100), ..Limits::default() });
    assert_eq!(world.run("sleep 0.6; echo done").await.stdout, b"done\n");
    assert_eq!(world.logins(), 1);
}

#[tokio::test]
async fn a_dropped_connection_lets_its_commands_finish() {
    let world = World::start();
    let long = world.start_long("echo ready; sleep 0.5; exit 5", None).await;
    world.pool.drop_connection("web").await;
    assert_eq!(world.run("echo on").await.stdout, b"on\n");
    assert_eq!(world.logins(), 2);
    assert_eq!(long.end().await.ended, Ended::Exited(5));
}

#[tokio::test]
async fn a_warm_command_takes_a_few_milliseconds() {
    let world = World::start();
    world.run("true").await;
    let mut times = Vec::new();
    for _ in 0..50 {
        times.push(world.run("true").await.exit.took);
    }
    times.sort();
    println!("a warm `true`: best {:?}, median {:?}, worst {:?}", times[0], times[25], times[49]);
    // The best, because two cores are shared with every other test of this binary.
    assert!(times[0] < Duration::from_millis(10), "{:?}", times[0]);
}
