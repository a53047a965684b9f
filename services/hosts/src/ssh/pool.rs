//! Warm connections by server.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::slot::Slot;
use super::{
    Exec, Exit, Followed, Process, Sftp, SftpError, Sink, SocketStream, SshError, Target, Token, Via, exec, jump, kept,
    kill, port, pty, sftp, shell, stream,
};

/// What a pool may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long name lookup, TCP, handshake and login may take together.
    pub connect: Duration,
    /// How many commands run on one server at a time; further ones wait. Two kills must fit below sshd's `MaxSessions`.
    pub channels: usize,
    /// How long a connection nobody uses is kept.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), channels: 8, idle: Duration::from_mins(10) }
    }
}

/// Connections to servers, one each, shared by everything that runs there. A clone is the same pool.
///
/// The id is the caller's name for a server; a target that differs from the last one given for the id gets a new connection.
#[derive(Debug, Clone)]
pub struct Pool {
    limits: Limits,
    slots: Arc<jump::Slots>,
}

impl Pool {
    pub fn new(limits: Limits) -> Self {
        Self { limits, slots: Arc::default() }
    }

    /// Logs in and keeps the connection; one that is warm already is asked for a sign of life instead, and replaced if it
    /// gives none. Returns how long that took.
    pub async fn check(&self, id: &str, target: &Target) -> Result<Duration, SshError> {
        let slot = self.slot(id);
        for _ in 0..2 {
            let began = Instant::now();
            let connection = slot.connection(target).await?;
            // A connection that was made just now has given its sign.
            let proven = connection.is_newer_than(began) || connection.ping().await.is_ok();
            if proven {
                connection.touch();
                return Ok(began.elapsed());
            }
            connection.retire();
        }
        Err(SshError::Lost { address: target.address.clone() })
    }

    /// Runs a command line in the user's login shell, with empty input, and hands its output to the sink as it comes.
    ///
    /// An error means that nothing was started. When the future is dropped, the command is killed in the background.
    pub async fn exec<S: Sink>(
        &self,
        id: &str,
        target: &Target,
        command: &str,
        exec: Exec<S>,
    ) -> Result<Exit, SshError> {
        exec::run(self.slot(id), target, command, exec).await
    }

    /// Like [`Pool::exec`], but the command outlives us: its host keeps what it prints (4 MiB of each end at least) and its
    /// status under the token, which the caller has written down before.
    ///
    /// Both its streams arrive as [`Stream::Stdout`](super::Stream), and a death by a signal is a status above 128. A token
    /// that was started already is followed from the beginning. Dropping the future leaves the command running, and so does
    /// [`Ended::Lost`](super::Ended): [`Pool::follow`] tells what became of it, or that it never began.
    ///
    /// An error means that nothing was started. [`SshError::NotKept`] says that this host cannot do it, and [`Pool::exec`]
    /// can: the caller first notes that the command is not kept, or it would later take it for one that never ran.
    pub async fn start<S: Sink>(
        &self,
        id: &str,
        target: &Target,
        command: &str,
        token: Token,
        exec: Exec<S>,
    ) -> Result<Exit, SshError> {
        kept::start(self.slot(id), target, command, token, exec).await
    }

    /// Shows all that is kept of what [`Pool::start`] started, then what comes, up to its end; or says that it never began.
    ///
    /// A cancel or deadline kills the command, even one that had passed before the call. An error means that nothing is
    /// known.
    pub async fn follow<S: Sink>(
        &self,
        id: &str,
        target: &Target,
        token: Token,
        exec: Exec<S>,
    ) -> Result<Followed, SshError> {
        kept::follow(self.slot(id), target, token, exec).await
    }

    /// Removes what a host keeps under these tokens, and what has been over for two weeks; what runs goes on unseen.
    pub async fn forget(&self, id: &str, target: &Target, tokens: &[Token]) -> Result<(), SshError> {
        kept::forget(&self.slot(id), target, tokens).await
    }

    /// Kills a process that [`Pool::exec`] announced, with its group and session: `TERM`, two seconds, `KILL`.
    ///
    /// True when the server confirmed that nothing of it is left.
    pub async fn kill(&self, id: &str, target: &Target, process: Process) -> Result<bool, SshError> {
        kill::kill(&self.slot(id), target, process).await
    }

    /// Whether as many commands run on a server as may.
    pub fn is_full(&self, id: &str) -> bool {
        self.slot(id).channels.available_permits() == 0
    }

    /// Forgets the connection of a server that was removed or changed. Commands that run there go on to their end.
    pub async fn drop_connection(&self, id: &str) {
        let slot = self.slots.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        if let Some(slot) = slot {
            slot.close().await;
        }
    }

    /// The way through a server to others: its connection here is what they are reached by.
    pub fn via(&self, id: &str, target: Target) -> Via {
        Via::new(id, target, self.limits, &self.slots)
    }

    /// Hands keys to a terminal that [`Pool::start`] started as [`hold`](super::hold) says, up to the end of either. An error
    /// means that what was taken last may be lost; what is still in the channel can be handed on by the next call.
    pub async fn type_into(
        &self,
        id: &str,
        target: &Target,
        token: Token,
        keys: &mut mpsc::Receiver<Vec<u8>>,
    ) -> Result<(), SshError> {
        pty::type_into(self.slot(id), target, token, keys).await
    }

    fn slot(&self, id: &str) -> Arc<Slot> {
        jump::slot(&self.slots, id, self.limits)
    }

    /// Opens a stream to the Unix socket at this path there, as whoever logs in. [`SshError::NoSocket`] says that the server
    /// answers and does not open it.
    pub async fn stream(&self, id: &str, target: &Target, path: &str) -> Result<SocketStream, SshError> {
        stream::open(self.slot(id), target, path).await
    }
}

impl Default for Pool {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Pool {
    /// Opens an SFTP session, which takes one of the server's channels until it is dropped.
    pub async fn sftp(&self, id: &str, target: &Target) -> Result<Sftp, SftpError> {
        sftp::open(self.slot(id), target).await
    }

    /// Opens a login shell on a terminal of sshd's own, of so many columns and rows, and runs it to its end with these keys. It
    /// ends with its connection, and dropping the future ends it, too.
    pub async fn shell<S: Sink>(
        &self,
        id: &str,
        target: &Target,
        size: (u16, u16),
        keys: &mut mpsc::Receiver<Vec<u8>>,
        exec: Exec<S>,
    ) -> Result<Exit, SshError> {
        shell::run(self.slot(id), target, size, keys, exec).await
    }

    /// A stream to a port of the server's own, as if from there; none where nothing listens on it.
    pub async fn port(&self, id: &str, target: &Target, port: u16) -> Result<Option<SocketStream>, SshError> {
        port::open(self.slot(id), target, port).await
    }
}
