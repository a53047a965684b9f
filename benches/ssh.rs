//! How long `true` takes on a server whose connection is warm: ours, and OpenSSH's own.

use std::{
    net::SocketAddr,
    process::Command,
    time::{Duration, Instant},
};

use hosts::ssh::{Credential, Exec, Pool, Stream, Target, probe};
use peers::Sshd;
use secrecy::SecretString;

const RUNS: usize = 200;

pub(crate) async fn warm(sshd: &Sshd) -> Vec<Duration> {
    let address = hosts::ssh::Address::new(&sshd.address().to_string(), sshd.port()).unwrap();
    let host_key = probe(&address, Duration::from_secs(10)).await.unwrap();
    let credential = Credential::private_key(&SecretString::from(sshd.private_key()), None).unwrap();
    let target = Target { address, user: sshd.user().to_owned(), credential, host_key, via: None };
    let pool = Pool::default();
    pool.check("box", &target).await.unwrap();
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let began = Instant::now();
        pool.exec("box", &target, "true", Exec::new(|_: Stream, _: &[u8]| {})).await.unwrap();
        times.push(began.elapsed());
    }
    times
}

pub(crate) fn control_master(sshd: &Sshd) -> Vec<Duration> {
    let home = tempfile::tempdir().unwrap();
    let (key, socket) = (home.path().join("id"), home.path().join("socket"));
    std::fs::write(&key, sshd.private_key()).unwrap();
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let address = SocketAddr::new(sshd.address(), sshd.port());
    let ssh = |master: &str| {
        let mut ssh = Command::new("ssh");
        ssh.args([
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=ERROR",
            "-o",
            master,
        ]);
        ssh.arg("-o").arg(format!("ControlPath={}", socket.display())).arg("-i").arg(&key);
        ssh.args(["-p", &address.port().to_string(), &format!("{}@{}", sshd.user(), address.ip())]);
        ssh
    };
    let mut master = ssh("ControlMaster=yes").arg("-N").spawn().unwrap();
    while !socket.exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let began = Instant::now();
        assert!(ssh("ControlMaster=no").arg("true").status().unwrap().success());
        times.push(began.elapsed());
    }
    master.kill().unwrap();
    master.wait().unwrap();
    times
}
