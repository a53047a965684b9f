//! One server, one pool, and the few words tests say to them.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hosts::ssh::{
    Address, Credential, Exec, Exit, Followed, HostKey, Pool, Process, Sink, SshError, Stream, Target, Token,
};
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
        let exec = Exec { sink, cancel: cancel.clone(), deadline, started: Some(started), hurry: None };
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

    /// Starts a command that outlives us and watches it to its end.
    pub(crate) async fn start_kept(&self, token: Token, command: &str) -> Kept {
        let tape = Tape::default();
        let exit = self.pool.start("web", &self.target, command, token, Exec::new(tape.clone())).await.unwrap();
        Kept { exit, tape }
    }

    /// Follows what was started to its end.
    pub(crate) async fn follow(&self, token: Token) -> Kept {
        let (followed, tape) = self.try_follow(token).await.unwrap();
        let Followed::Exit(exit) = followed else { panic!("{token} was never started") };
        Kept { exit, tape }
    }

    pub(crate) async fn try_follow(&self, token: Token) -> Result<(Followed, Tape), SshError> {
        let tape = Tape::default();
        let followed = self.pool.follow("web", &self.target, token, Exec::new(tape.clone())).await?;
        Ok((followed, tape))
    }

    /// Starts a kept command that goes on until it is stopped, and waits until it has printed `ready`.
    pub(crate) async fn start_long_kept(&self, token: Token, command: &str) -> LongKept {
        let (pool, target, command) = (self.pool.clone(), self.target.clone(), command.to_owned());
        LongKept::begin(|exec| async move { pool.start("web", &target, &command, token, exec).await }).await
    }

    /// Follows one that goes on, and waits until it was heard to have printed `ready`.
    pub(crate) async fn follow_long(&self, token: Token) -> LongKept {
        let (pool, target) = (self.pool.clone(), self.target.clone());
        LongKept::begin(|exec| async move {
            match pool.follow("web", &target, token, exec).await? {
                Followed::Exit(exit) => Ok(exit),
                Followed::Never => panic!("{token} was never started"),
            }
        })
        .await
    }

    /// The files that are kept under a token.
    pub(crate) async fn kept_files(&self, token: Token) -> String {
        let said = self.run(&format!("find .local/state/nebula/{token}")).await;
        String::from_utf8(said.stdout).unwrap()
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

/// What a kept command printed, with what was left out.
#[derive(Clone, Default)]
pub(crate) struct Tape(Arc<Mutex<(Vec<u8>, u64)>>, Arc<tokio::sync::Notify>);

impl Sink for Tape {
    async fn write(&mut self, stream: Stream, bytes: &[u8]) {
        assert_eq!(stream, Stream::Stdout);
        self.0.lock().unwrap().0.extend_from_slice(bytes);
        self.1.notify_one();
    }

    async fn skip(&mut self, bytes: u64) {
        self.0.lock().unwrap().1 += bytes;
    }
}

impl Tape {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().0.clone()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.bytes()).unwrap()
    }

    pub(crate) fn skipped(&self) -> u64 {
        self.0.lock().unwrap().1
    }
}

/// What a kept command said and how it ended.
pub(crate) struct Kept {
    pub(crate) exit: Exit,
    pub(crate) tape: Tape,
}

impl Kept {
    pub(crate) fn text(&self) -> String {
        self.tape.text()
    }
}

/// A kept command that is still running.
pub(crate) struct LongKept {
    pub(crate) cancel: CancellationToken,
    pub(crate) process: Process,
    pub(crate) task: tokio::task::JoinHandle<Result<Exit, SshError>>,
    pub(crate) heard: Tape,
}

impl LongKept {
    async fn begin<F>(run: impl FnOnce(Exec<Tape>) -> F) -> Self
    where
        F: Future<Output = Result<Exit, SshError>> + Send + 'static,
    {
        let (cancel, heard) = (CancellationToken::new(), Tape::default());
        let (started, process) = oneshot::channel();
        let exec = Exec { cancel: cancel.clone(), started: Some(started), ..Exec::new(heard.clone()) };
        let task = tokio::spawn(run(exec));
        let process = tokio::time::timeout(PATIENCE, process).await.unwrap().unwrap();
        let ready = async {
            while !heard.text().contains("ready") {
                heard.1.notified().await;
            }
        };
        tokio::time::timeout(PATIENCE, ready).await.unwrap();
        Self { cancel, process, task, heard }
    }

    pub(crate) async fn end(self) -> Exit {
        tokio::time::timeout(PATIENCE, self.task).await.unwrap().unwrap().unwrap()
    }

    pub(crate) fn heard(&self) -> String {
        self.heard.text()
    }
}

/// What `seq` prints.
pub(crate) fn seq(numbers: std::ops::RangeInclusive<u64>) -> String {
    let mut text = String::new();
    for number in numbers {
        text.push_str(&number.to_string());
        text.push('\n');
    }
    text
}

/// A token as a caller makes it.
pub(crate) fn fresh_token() -> Token {
    let mut bits = [0; 16];
    std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom").unwrap(), &mut bits).unwrap();
    Token::new(u128::from_be_bytes(bits))
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
