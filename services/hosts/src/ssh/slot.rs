//! One server's connection: made once, shared, replaced when it dies or its target changes, closed when nobody uses it.
//!
//! **Invariants:** at most [`Limits::channels`] commands run on a server at a time, and at most [`SPARE`] kills beside
//! them, which together stay at sshd's `MaxSessions` of 10; only one login is under way at a time, and those who waited for
//! one that failed share its error.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use russh::client::{Handle, Msg};
use russh::{Channel, ChannelOpenFailure};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{sleep, timeout};
use tracing::debug;

use super::login::{Doorkeeper, login};
use super::{Address, Limits, SshError, Target};

/// Channels kept free for kills.
pub(super) const SPARE: usize = 2;

/// A warm connection that does not answer a request for a channel within this time is given up for a new one. It may have
/// died unnoticed, or its reader may be held up by a slow sink.
pub(super) const OPEN: Duration = Duration::from_secs(5);

/// Why a channel to an address is refused where nothing listens there.
pub(super) const NOBODY_THERE: &str = "nothing answers there";

/// sshd forgets a closed session only after it has read what came with the close, so it may refuse one that fits. It is
/// asked again after these pauses before we believe it.
const COUNTING: [Duration; 4] =
    [Duration::from_millis(5), Duration::from_millis(10), Duration::from_millis(20), Duration::from_millis(40)];

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) id: String,
    pub(super) limits: Limits,
    /// One permit a running command.
    pub(super) channels: Arc<Semaphore>,
    /// One permit a kill.
    pub(super) spare: Arc<Semaphore>,
    current: tokio::sync::Mutex<Current>,
}

#[derive(Debug, Default)]
struct Current {
    connection: Option<Arc<Connection>>,
    failed: Option<Failed>,
}

#[derive(Debug)]
struct Failed {
    at: Instant,
    target: Target,
    error: SshError,
}

pub(super) struct Connection {
    session: Handle<Doorkeeper>,
    target: Target,
    made: Instant,
    retired: AtomicBool,
    used: Mutex<Instant>,
}

impl Slot {
    pub(super) fn new(id: &str, limits: Limits) -> Self {
        Self {
            id: id.to_owned(),
            limits,
            channels: Arc::new(Semaphore::new(limits.channels.clamp(1, Semaphore::MAX_PERMITS))),
            spare: Arc::new(Semaphore::new(SPARE)),
            current: tokio::sync::Mutex::default(),
        }
    }

    /// The warm connection to this target, or a new one.
    pub(super) async fn connection(self: &Arc<Self>, target: &Target) -> Result<Arc<Connection>, SshError> {
        let asked = Instant::now();
        let mut current = self.current.lock().await;
        if let Some(connection) = current.connection.as_ref().filter(|connection| connection.serves(target)) {
            return Ok(Arc::clone(connection));
        }
        if let Some(failed) = current.failed.as_ref().filter(|failed| failed.at >= asked && failed.target == *target) {
            return Err(failed.error.clone());
        }
        // Those who run a command on the old one keep it until they are done.
        current.connection = None;
        match self.log_in(target).await {
            Ok(connection) => {
                current.failed = None;
                current.connection = Some(Arc::clone(&connection));
                tokio::spawn(close_when_idle(Arc::downgrade(self), Arc::downgrade(&connection)));
                Ok(connection)
            }
            Err(error) => {
                current.failed = Some(Failed { at: Instant::now(), target: target.clone(), error: error.clone() });
                Err(error)
            }
        }
    }

    /// A connection of its own, that nobody else uses.
    pub(super) async fn log_in(&self, target: &Target) -> Result<Arc<Connection>, SshError> {
        let began = Instant::now();
        let session = login(target, self.limits.connect).await.inspect_err(|error| {
            debug!(server.id = %self.id, server.address = %target.address, %error, "no connection");
        })?;
        let took = began.elapsed();
        debug!(server.id = %self.id, server.address = %target.address, ?took, "connected");
        let made = Instant::now();
        let (retired, used) = (AtomicBool::new(false), Mutex::new(made));
        Ok(Arc::new(Connection { session, target: target.clone(), made, retired, used }))
    }

    /// A channel on the warm connection. One that turns out to be dead, or full because its server allows fewer sessions
    /// than we use, is replaced once: nothing was started on it.
    pub(super) async fn open(
        self: &Arc<Self>,
        target: &Target,
        patience: Duration,
    ) -> Result<(Arc<Connection>, Channel<Msg>), SshError> {
        let connection = self.connection(target).await?;
        for pause in COUNTING {
            match connection.open(patience).await {
                Ok(channel) => return Ok((connection, channel)),
                Err(SshError::NoSession { .. }) => sleep(pause).await,
                Err(_) => break,
            }
        }
        connection.retire();
        let connection = self.connection(target).await?;
        let channel = connection.open(patience).await?;
        Ok((connection, channel))
    }

    /// Forgets the warm connection; what runs on it goes on.
    pub(super) async fn close(&self) {
        *self.current.lock().await = Current::default();
    }
}

impl Connection {
    /// Takes no new commands from now on, and is closed when the last one on it is done.
    pub(super) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
    }

    pub(super) fn is_newer_than(&self, moment: Instant) -> bool {
        self.made >= moment
    }

    fn is_lost(&self) -> bool {
        self.session.is_closed()
    }

    pub(super) fn touch(&self) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Asks the server for a sign of life.
    pub(super) async fn ping(&self) -> Result<(), SshError> {
        let answer = timeout(OPEN, self.session.send_ping()).await;
        // russh also ends the wait for an answer when the connection ends.
        if matches!(answer, Ok(Ok(()))) && !self.is_lost() { Ok(()) } else { Err(self.lost()) }
    }

    /// Opens a session channel, and closes it again where nobody waits for it any more.
    pub(super) async fn open(self: &Arc<Self>, patience: Duration) -> Result<Channel<Msg>, SshError> {
        let (sender, receiver) = oneshot::channel();
        let this = Arc::clone(self);
        tokio::spawn(async move {
            let opened = this.session.channel_open_session().await;
            if let Err(Ok(channel)) = sender.send(opened) {
                // The connection may end first; then the channel has ended too.
                let _ = channel.close().await;
            }
        });
        match timeout(patience, receiver).await {
            Ok(Ok(Ok(channel))) => Ok(channel),
            Ok(Ok(Err(russh::Error::ChannelOpenFailure(_)))) => {
                Err(SshError::NoSession { address: self.target.address.clone() })
            }
            _ => Err(self.lost()),
        }
    }

    pub(super) fn session(&self) -> &Handle<Doorkeeper> {
        &self.session
    }

    /// Opens a channel to another address that this server reaches for us.
    pub(super) async fn tunnel(self: &Arc<Self>, to: &Address, patience: Duration) -> Result<Channel<Msg>, SshError> {
        let opened = self.session.channel_open_direct_tcpip(to.host(), u32::from(to.port()), "127.0.0.1", 0);
        match timeout(patience, opened).await {
            Ok(Ok(channel)) => Ok(channel),
            Ok(Err(russh::Error::ChannelOpenFailure(reason))) => Err(SshError::JumpRefused {
                jump: self.target.address.clone(),
                address: to.clone(),
                reason: match reason {
                    ChannelOpenFailure::AdministrativelyProhibited => "it does not forward connections",
                    ChannelOpenFailure::ConnectFailed => NOBODY_THERE,
                    _ => "it did not say why",
                },
            }),
            _ => Err(self.lost()),
        }
    }

    fn serves(&self, target: &Target) -> bool {
        !self.is_lost() && !self.retired.load(Ordering::Acquire) && self.target == *target
    }

    fn lost(&self) -> SshError {
        SshError::Lost { address: self.target.address.clone() }
    }

    fn idle(&self) -> Duration {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("target", &self.target).finish_non_exhaustive()
    }
}

/// Dropping the slot's share ends the session: russh hangs up when the last handle and the last channel are gone.
async fn close_when_idle(slot: Weak<Slot>, connection: Weak<Connection>) {
    let mut pause = Duration::ZERO;
    loop {
        sleep(pause).await;
        let (Some(slot), Some(connection)) = (slot.upgrade(), connection.upgrade()) else { return };
        let limit = slot.limits.idle;
        let mut current = slot.current.lock().await;
        if !current.connection.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, &connection)) {
            return;
        }
        // The slot and this task hold one share each; whoever runs a command holds a further one.
        let unused = Arc::strong_count(&connection) == 2 && connection.idle() >= limit;
        if unused || connection.is_lost() {
            debug!(server.id = %slot.id, server.address = %connection.target.address, "connection closed");
            current.connection = None;
            return;
        }
        pause = limit.saturating_sub(connection.idle()).max(limit / 10);
    }
}
