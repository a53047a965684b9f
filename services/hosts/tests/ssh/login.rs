//! Getting in, and every way of not getting in.

use std::time::{Duration, Instant};

use hosts::ssh::{Address, Credential, Ended, SshError, probe};
use peers::{Garbage, Unanswering};

use crate::world::{World, address, key, pinned};

const DEADLINE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_key_logs_in() {
    let world = World::start();
    let took = world.pool.check("web", &world.target).await.unwrap();
    println!("login with a key: {took:?}");
    assert_eq!(world.run("whoami").await.stdout, b"nebula-test\n");
    assert_eq!(world.logins(), 1, "the command uses the connection that the check made");
}

#[tokio::test]
async fn a_password_logs_in() {
    let mut world = World::start();
    world.target.credential = Credential::password(world.sshd.password().into());
    assert_eq!(world.run("whoami").await.stdout, b"nebula-test\n");
    assert!(world.sshd.log().contains("Accepted password for nebula-test"));
}

#[tokio::test]
async fn rsa_and_ecdsa_keys_log_in_without_sha1() {
    let mut world = World::start();
    for kind in ["rsa", "ecdsa"] {
        world.target.credential = key(&world.sshd.another_private_key(kind));
        assert_eq!(world.run("whoami").await.stdout, b"nebula-test\n", "{kind}");
    }
    assert_eq!(world.logins(), 2, "a changed credential makes a new connection");
}

#[tokio::test]
async fn a_refused_login_names_what_is_accepted() {
    let mut world = World::start();
    world.target.credential = Credential::password("wrong".into());
    let error = world.pool.check("web", &world.target).await.unwrap_err();
    let address = &world.target.address;
    assert_eq!(error.to_string(), format!("`nebula-test` was refused at {address}: it accepts publickey, password."));

    let stranger = World::start();
    world.target.credential = key(&stranger.sshd.private_key());
    let error = world.try_run("true").await.err().unwrap();
    assert!(matches!(error, SshError::LoginRefused { .. }), "{error}");
}

#[tokio::test]
async fn a_changed_host_key_is_refused_and_no_credential_is_sent() {
    let mut world = World::start();
    world.sshd.change_host_key();
    let pinned_before = world.target.host_key.clone();
    let error = world.pool.check("web", &world.target).await.unwrap_err();
    let answered = pinned(&world.sshd, "ed25519");
    assert_eq!(
        error.to_string(),
        format!(
            "The host key of {} has changed: pinned {}, answered {}.",
            world.target.address,
            pinned_before.fingerprint(),
            answered.fingerprint()
        )
    );
    // sshd names the user in every line it writes once it was told one.
    crate::world::until(|| world.sshd.log().contains("Connection closed by")).await;
    assert!(!world.sshd.log().contains("nebula-test"), "{}", world.sshd.log());

    world.target.host_key = answered;
    assert_eq!(world.run("whoami").await.stdout, b"nebula-test\n");
}

#[tokio::test]
async fn a_server_with_several_host_keys_does_not_look_changed() {
    let mut world = World::start();
    world.target.host_key = pinned(&world.sshd, "ecdsa");
    assert_eq!(world.run("whoami").await.stdout, b"nebula-test\n");
}

#[tokio::test]
async fn a_probe_reports_the_fingerprint_that_ssh_keygen_prints_and_no_user() {
    let world = World::start();
    let found = probe(&world.target.address, DEADLINE).await.unwrap();
    assert_eq!(found.fingerprint(), world.sshd.fingerprint());
    assert_eq!(found, world.target.host_key);
    crate::world::until(|| world.sshd.log().contains("Connection closed by")).await;
    assert!(!world.sshd.log().contains("nebula-test"), "{}", world.sshd.log());
}

#[tokio::test]
async fn a_name_that_does_not_resolve_says_so() {
    let address: Address = "no-such-host.invalid".parse().unwrap();
    let error = probe(&address, DEADLINE).await.unwrap_err();
    assert_eq!(error.to_string(), "`no-such-host.invalid` does not resolve to an address.");
}

#[tokio::test]
async fn a_closed_port_refuses() {
    let mut world = World::start();
    world.sshd.stop();
    let error = world.try_run("true").await.err().unwrap();
    assert_eq!(error.to_string(), format!("{} refused the connection.", address(&world.sshd)));
}

#[tokio::test]
async fn a_server_that_never_speaks_meets_the_deadline() {
    let peer = Unanswering::start();
    let address = Address::new(&peer.address().to_string(), peer.port()).unwrap();
    let began = Instant::now();
    let error = probe(&address, Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(error.to_string(), format!("No answer from {address} within 1 s."));
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_web_server_does_not_speak_ssh() {
    let peer = Garbage::start();
    let address = Address::new(&peer.address().to_string(), peer.port()).unwrap();
    let error = probe(&address, DEADLINE).await.unwrap_err();
    assert_eq!(error.to_string(), format!("{address} does not speak SSH."));
}

#[tokio::test]
async fn nothing_secret_is_in_what_is_printed_for_debugging() {
    let world = World::start();
    let password = Credential::password("hunter2".into());
    let shown = format!("{:?} {:?} {:?}", world.target, world.pool, password);
    assert!(!shown.contains("PRIVATE KEY-----") && !shown.contains("hunter2"), "{shown}");
    assert!(matches!(world.run("true").await.exit.ended, Ended::Exited(0)));
    assert!(!format!("{:?}", world.pool).contains("Keypair"));
}
