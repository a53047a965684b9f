//! One command on one channel: its output, its end, and its death when it is cancelled, late or abandoned.
//!
//! **Invariant:** from the moment the server may have started the command, a [`Guard`] owns it; it goes away only when the
//! command is over or has been killed.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use russh::client::Msg;
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::sync::{Notify, OwnedSemaphorePermit, oneshot, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::feed::Feed;
use super::process::{self, Announcement};
use super::slot::{Connection, OPEN, Slot};
use super::{Process, Sink, SshError, Stream, Target, kill};

/// How long a killed command's channel may take to close by itself.
const CLOSE: Duration = Duration::from_millis(200);

/// How long an abandoned command may take to announce itself, when its connection is held up.
const LATE: Duration = Duration::from_mins(10);

/// How long output may pause after the command has ended, while something it left in the background keeps it open.
pub(super) const LINGER: Duration = Duration::from_secs(5);

/// How to run a command.
#[derive(Debug)]
pub struct Exec<S> {
    /// Takes the output.
    pub sink: S,
    /// Cancelled: the command is killed.
    pub cancel: CancellationToken,
    /// For everything from the call on, waiting for a free channel included. Passed: the command is killed.
    pub deadline: Option<Duration>,
    /// What the command reads; then its input ends. What a kept command reads is its own affair.
    pub input: Vec<u8>,
    /// Is told the process as soon as it runs, so that it can be found again after a crash.
    pub started: Option<oneshot::Sender<Process>>,
    /// Told that something is about to be printed: a kept command is looked at at once.
    pub hurry: Option<Arc<Notify>>,
}

impl<S: Sink> Exec<S> {
    /// Runs until it ends, and writes its output to `sink`.
    pub fn new(sink: S) -> Self {
        Self { sink, cancel: CancellationToken::new(), deadline: None, input: Vec::new(), started: None, hurry: None }
    }
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// With this status.
    Exited(u32),
    /// Killed by this signal, named without `SIG`; not by us.
    Signalled(String),
    /// Killed because it was cancelled. `confirmed`: the server said that nothing of it is left.
    Cancelled { confirmed: bool },
    /// Killed because its deadline passed. `confirmed`: the server said that nothing of it is left.
    TimedOut { confirmed: bool },
    /// The connection ended first: it may still run.
    Lost,
    /// A kept command is over, and nobody was left to write down how: its host was restarted, or what kept it was killed.
    Vanished,
}

impl Ended {
    /// Whether the command came to its own end, and its server told it.
    pub fn is_known(&self) -> bool {
        matches!(self, Self::Exited(_) | Self::Signalled(_))
    }
}

/// The end of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    pub ended: Ended,
    /// From the call to the end; of a command that was followed, its own time where its host knows that.
    pub took: Duration,
    /// What ran, if the server said so.
    pub process: Option<Process>,
    /// The command is over, and something it started in the background still holds its output open.
    pub left_behind: bool,
}

pub(super) async fn run<S: Sink>(
    slot: Arc<Slot>,
    target: &Target,
    command: &str,
    exec: Exec<S>,
) -> Result<Exit, SshError> {
    let began = Instant::now();
    let request = process::request(command)?;
    let Exec { mut sink, cancel, deadline, input, started, .. } = exec;
    let mut stop = pin!(reason_to_stop(cancel, deadline));

    let opened = tokio::select! {
        biased;
        // Nothing was started, which is as dead as it gets.
        why = &mut stop => {
            let ended = why.ended(true);
            return Ok(Exit { ended, took: began.elapsed(), process: None, left_behind: false });
        }
        opened = begin(&slot, target) => opened?,
    };
    let mut guard = Guard::new(slot, target.clone(), opened, started);
    let Some(running) = guard.0.as_mut() else { return Err(SshError::Lost { address: target.address.clone() }) };
    let end = running.attend(Some((request, input)), &mut sink, stop, kill::ANNOUNCEMENT).await;
    let process = *running.process.borrow();
    let unknown = process.is_none() && matches!(end, End::Killed { confirmed: false, .. });
    if !unknown {
        guard.is_over();
    }
    // Otherwise the guard goes on waiting for the process to announce itself, and kills it then.
    drop(guard);
    match end {
        End::Over { ended, left_behind } => Ok(Exit { ended, took: began.elapsed(), process, left_behind }),
        End::Killed { why, confirmed } => {
            Ok(Exit { ended: why.ended(confirmed), took: began.elapsed(), process, left_behind: false })
        }
        End::Refused => Err(SshError::CommandsRefused { address: target.address.clone(), user: target.user.clone() }),
    }
}

/// Why a command is to be killed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Why {
    Cancelled,
    TooLate,
}

impl Why {
    pub(super) fn ended(self, confirmed: bool) -> Ended {
        match self {
            Self::Cancelled => Ended::Cancelled { confirmed },
            Self::TooLate => Ended::TimedOut { confirmed },
        }
    }
}

pub(super) async fn reason_to_stop(cancel: CancellationToken, deadline: Option<Duration>) -> Why {
    let late = async {
        match deadline {
            Some(deadline) => sleep(deadline).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = cancel.cancelled() => Why::Cancelled,
        () = late => Why::TooLate,
    }
}

pub(super) type Opened = (OwnedSemaphorePermit, Arc<Connection>, Channel<Msg>);

pub(super) async fn begin(slot: &Arc<Slot>, target: &Target) -> Result<Opened, SshError> {
    let permit = Arc::clone(&slot.channels).acquire_owned().await;
    let permit = permit.map_err(|_| SshError::Lost { address: target.address.clone() })?;
    let (connection, channel) = slot.open(target, OPEN).await?;
    Ok((permit, connection, channel))
}

/// A command that may be running. Its permit is given back when its channel is closed, not before.
struct Running {
    slot: Arc<Slot>,
    target: Target,
    connection: Arc<Connection>,
    reader: ChannelReadHalf,
    writer: ChannelWriteHalf<Msg>,
    announcement: Announcement,
    process: watch::Sender<Option<Process>>,
    started: Option<oneshot::Sender<Process>>,
    _permit: OwnedSemaphorePermit,
}

impl Running {
    /// Starts the command, if that is still to be done, and reads to its end or until there is a reason to kill it.
    async fn attend(
        &mut self,
        request: Option<(String, Vec<u8>)>,
        sink: &mut impl Sink,
        mut stop: Pin<&mut impl Future<Output = Why>>,
        patience: Duration,
    ) -> End {
        let stopping = CancellationToken::new();
        let (order, process, writer) = (self.order(patience), self.process.subscribe(), &self.writer);
        let mut pump = Pump {
            reader: &mut self.reader,
            announcement: &mut self.announcement,
            process: &self.process,
            started: &mut self.started,
            feed: Feed::new(sink, &self.connection, &stopping),
        };
        let mut reading = pin!(async {
            if let Some((request, input)) = request {
                // A send fails when the connection has ended, which the reader finds as well.
                let _ = writer.exec(true, request).await;
                if !input.is_empty() {
                    let _ = writer.data_bytes(input).await;
                }
                let _ = writer.eof().await;
            }
            pump.run().await
        });
        let why = tokio::select! {
            biased;
            end = &mut reading => return end,
            why = &mut stop => why,
        };
        stopping.cancel();
        // Reading goes on: a channel that nobody reads would hold up the kill on the same connection.
        let mut killing = pin!(order.carry_out(writer));
        let confirmed = tokio::select! {
            biased;
            confirmed = &mut killing => {
                // Where the channel does not close by itself, we close it.
                let _ = timeout(CLOSE, reading).await;
                confirmed
            }
            // The output is closed; the kill still makes sure that no process is left.
            _ = &mut reading => process.borrow().is_some() && killing.await,
        };
        End::Killed { why, confirmed }
    }

    fn order(&self, patience: Duration) -> kill::Order {
        let (slot, target) = (Arc::clone(&self.slot), self.target.clone());
        kill::Order { slot, target, process: self.process.subscribe(), patience }
    }

    /// Kills what nobody waits for any more.
    async fn abandon(mut self) {
        let mut nowhere = |_: Stream, _: &[u8]| {};
        let at_once = pin!(std::future::ready(Why::Cancelled));
        let end = self.attend(None, &mut nowhere, at_once, LATE).await;
        let (id, address) = (&self.slot.id, &self.target.address);
        if matches!(end, End::Killed { confirmed: false, .. }) {
            warn!(server.id = %id, server.address = %address, "a command that nobody waits for may still run");
        } else {
            debug!(server.id = %id, server.address = %address, "a command that nobody waits for is over");
        }
        self.close().await;
    }

    async fn close(self) {
        // The channel may be closed already, or the connection lost.
        let _ = self.writer.close().await;
        self.connection.touch();
    }
}

/// Sees to it that a command never outlives the interest in it.
struct Guard(Option<Running>);

impl Guard {
    fn new(
        slot: Arc<Slot>,
        target: Target,
        (permit, connection, channel): Opened,
        started: Option<oneshot::Sender<Process>>,
    ) -> Self {
        let (reader, writer) = channel.split();
        let (announcement, process) = (Announcement::awaited(), watch::Sender::new(None));
        Self(Some(Running {
            slot,
            target,
            connection,
            reader,
            writer,
            announcement,
            process,
            started,
            _permit: permit,
        }))
    }

    /// The command has ended or was killed: only its channel is left to be closed.
    fn is_over(&mut self) {
        if let (Some(running), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(running.close());
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let Some(running) = self.0.take() else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(running.abandon());
        } else {
            // The program is ending, and its connections with it.
            warn!(server.id = %running.slot.id, "a command is left running: nothing is left to kill it with");
        }
    }
}

/// What became of a command.
enum End {
    Over { ended: Ended, left_behind: bool },
    Killed { why: Why, confirmed: bool },
    Refused,
}

/// Reads a channel and feeds the sink.
struct Pump<'a, S> {
    reader: &'a mut ChannelReadHalf,
    announcement: &'a mut Announcement,
    process: &'a watch::Sender<Option<Process>>,
    started: &'a mut Option<oneshot::Sender<Process>>,
    feed: Feed<'a, S>,
}

impl<S: Sink> Pump<'_, S> {
    async fn run(&mut self) -> End {
        let mut ended = None;
        loop {
            let message = if ended.is_some() {
                match timeout(LINGER, self.reader.wait()).await {
                    Ok(message) => message,
                    Err(_) => return self.over(ended, true).await,
                }
            } else {
                self.reader.wait().await
            };
            match message {
                Some(ChannelMsg::Data { data }) => {
                    let (output, process) = self.announcement.take(&data);
                    if let Some(process) = process {
                        self.announce(process);
                    }
                    self.feed.deliver(Stream::Stdout, &output).await;
                }
                Some(ChannelMsg::ExtendedData { data, ext: 1 }) => self.feed.deliver(Stream::Stderr, &data).await,
                Some(ChannelMsg::ExitStatus { exit_status }) => ended = Some(Ended::Exited(exit_status)),
                Some(ChannelMsg::ExitSignal { signal_name, .. }) => {
                    ended = Some(Ended::Signalled(name(&signal_name)));
                }
                Some(ChannelMsg::Failure) => return End::Refused,
                Some(ChannelMsg::Close) | None => return self.over(ended, false).await,
                Some(_) => {}
            }
        }
    }

    async fn over(&mut self, ended: Option<Ended>, left_behind: bool) -> End {
        let rest = self.announcement.rest();
        self.feed.deliver(Stream::Stdout, &rest).await;
        End::Over { ended: ended.unwrap_or(Ended::Lost), left_behind }
    }

    fn announce(&mut self, process: Process) {
        self.process.send_replace(Some(process));
        if let Some(started) = self.started.take() {
            // Whoever asked may have stopped listening.
            let _ = started.send(process);
        }
    }
}

fn name(signal: &russh::Sig) -> String {
    match signal {
        russh::Sig::Custom(name) => name.clone(),
        known => format!("{known:?}"),
    }
}
