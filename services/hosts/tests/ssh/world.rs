//! One server, one pool, and the few words tests say to them.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hosts::ssh::{Address, Credential, Exec, Exit, HostKey, Pool, Process, SshError, Stream, Target};
use peers::Sshd;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// The deadline of a test's own waiting; a correct answer comes long before.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct World {
    pub(crate) sshd: Sshd,
    pub(crate) pool: Pool,
    pub(crate) target: Target,
}

/// What a command said and how it ended.
pub(crate) struct Said {
    pub(crate) exit: Exit,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl World {
    pub(crate) fn start() -> Self {
        let sshd = Sshd::start();
        let target = Target {
            address: address(&sshd),
            user: sshd.user().to_owned(),
            credential: key(&sshd.private_key()),
            host_key: pinned(&sshd, "ed25519"),
        };
        Self { sshd, pool: Pool::default(), target }
    }

    pub(crate) async fn run(&self, command: &str) -> Said {
        self.try_run(command).await.unwrap()
    }

    pub(crate) async fn try_run(&self, command: &str) -> Result<Said, SshError> {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let sink = |stream, bytes: &[u8]| match stream {
            Stream::Stdout => stdout.extend_from_slice(bytes),
            Stream::Stderr => stderr.extend_from_slice(bytes),
        };
        let exit = self.pool.exec("web", &self.target, command, Exec::new(sink)).await?;
        Ok(Said { exit, stdout, stderr })
    }

    /// Starts a command that goes on until it is stopped, and waits until it has printed `ready`.
    pub(crate) async fn start_long(&self, command: &str, deadline: Option<Duration>) -> Long {
        let cancel = CancellationToken::new();
        let (started, process) = oneshot::channel();
        let (heard, seen) = (Arc::new(Mutex::new(Vec::new())), Arc::new(tokio::sync::Notify::new()));
        let (words, notify) = (Arc::clone(&heard), Arc::clone(&seen));
        let sink = move |_, bytes: &[u8]| {
            words.lock().unwrap().extend_from_slice(bytes);
            notify.notify_one();
        };
        let exec = Exec { sink, cancel: cancel.clone(), deadline, started: Some(started) };
        let (pool, target, command) = (self.pool.clone(), self.target.clone(), command.to_owned());
        let task = tokio::spawn(async move { pool.exec("web", &target, &command, exec).await });
        let process = process.await.unwrap();
        let ready = async {
            while !String::from_utf8_lossy(&heard.lock().unwrap()).contains("ready") {
                seen.notified().await;
            }
        };
        tokio::time::timeout(PATIENCE, ready).await.unwrap();
        Long { cancel, process, task, heard }
    }

    /// Waits until no process of this server's sessions has `pattern` in its command line.
    pub(crate) async fn none_left(&self, pattern: &str) -> Duration {
        let began = Instant::now();
        until(|| self.sshd.processes(pattern).is_empty()).await;
        began.elapsed()
    }

    pub(crate) fn logins(&self) -> usize {
        self.sshd
            .log()
            .lines()
            .filter(|line| line.contains(" for nebula-test from ") && line.starts_with("Accepted "))
            .count()
    }
}

/// A command that is still running.
pub(crate) struct Long {
    pub(crate) cancel: CancellationToken,
    pub(crate) process: Process,
    pub(crate) task: tokio::task::JoinHandle<Result<Exit, SshError>>,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Long {
    pub(crate) async fn end(self) -> Exit {
        tokio::time::timeout(PATIENCE, self.task).await.unwrap().unwrap().unwrap()
    }

    pub(crate) fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().unwrap()).into_owned()
    }
}

pub(crate) async fn until(mut done: impl FnMut() -> bool) {
    let poll = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, poll).await.unwrap();
}

pub(crate) fn address(sshd: &Sshd) -> Address {
    Address::new(&sshd.address().to_string(), sshd.port()).unwrap()
}

pub(crate) fn pinned(sshd: &Sshd, kind: &str) -> HostKey {
    sshd.host_key(kind).parse().unwrap()
}

pub(crate) fn key(pem: &str) -> Credential {
    Credential::private_key(&pem.into(), None).unwrap()
}
