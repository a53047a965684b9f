//! Commands that outlive us: their host keeps what they print and how they ended, under a token, until it is forgotten.
//!
//! On the host a command runs as `become.sh`, in a session of its own, below `keep.sh`; `view.sh` shows what is kept to
//! whoever is connected. They are POSIX `sh` with `setsid` and `/proc`, and nothing of them is installed.
//!
//! **Invariants:** a token is started at most once, whoever asks at the same time, and one that was said to have never
//! started never will be; the command does not notice who watches it, or that nobody does; only a cancel or a deadline kills
//! it, and "confirmed" means what it means in [`kill`].

mod script;
mod token;
mod view;
mod words;

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use russh::client::Msg;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use self::view::{End, View};
use self::words::{Ear, Word};
use super::exec::{Opened, Why, begin, reason_to_stop};
use super::feed::Feed;
use super::slot::{Connection, Slot};
use super::{Ended, Exec, Exit, Process, Sink, SshError, Target, kill, process};

pub use token::{Token, TokenError};

/// How long the last words of a killed command may take to be shown.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How long the far side may take to close a channel that is no longer needed.
const HANG_UP: Duration = Duration::from_secs(2);

/// How often a host is asked which process a token is, and how long after the last time.
const FIND: (u32, Duration) = (5, Duration::from_millis(100));

/// What became of a command that may have been started earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    /// It was started, and this is its end; [`Ended::Lost`] is only the end of the connection.
    Exit(Exit),
    /// It was never started, and now never will be, even if a start is still on its way; or it was forgotten.
    Never,
}

/// Starts a command under a token, or follows what was started under it.
pub(super) async fn start<S: Sink>(
    slot: Arc<Slot>,
    target: &Target,
    command: &str,
    token: Token,
    exec: Exec<S>,
) -> Result<Exit, SshError> {
    process::check(command)?;
    let input = format!("{command}\nnebula-{token}: go\n");
    let task = Task { slot, target, token, request: script::start(token), input };
    match Box::pin(task.watch(exec)).await? {
        Followed::Exit(exit) => Ok(exit),
        Followed::Never => Err(SshError::NeverStarted { address: target.address.clone() }),
    }
}

/// Follows what was started under a token, if anything was.
pub(super) async fn follow<S: Sink>(
    slot: Arc<Slot>,
    target: &Target,
    token: Token,
    exec: Exec<S>,
) -> Result<Followed, SshError> {
    let task = Task { slot, target, token, request: script::follow(token), input: String::new() };
    Box::pin(task.watch(exec)).await
}

/// Removes what is kept under these tokens, and what nobody asked for in a long time.
pub(super) async fn forget(slot: &Arc<Slot>, target: &Target, tokens: &[Token]) -> Result<(), SshError> {
    let said = kill::ask(slot, target, script::forget(tokens)).await?;
    let done = said.contains("nebula-forgotten");
    if done { Ok(()) } else { Err(SshError::Lost { address: target.address.clone() }) }
}

struct Task<'a> {
    slot: Arc<Slot>,
    target: &'a Target,
    token: Token,
    request: String,
    /// What a start reads; empty where nothing is to be started.
    input: String,
}

impl Task<'_> {
    async fn watch<S: Sink>(self, exec: Exec<S>) -> Result<Followed, SshError> {
        let began = Instant::now();
        let Exec { mut sink, cancel, deadline, started, hurry, .. } = exec;
        let mut stop = pin!(reason_to_stop(cancel, deadline));
        let (process, stopping) = (watch::Sender::new(None), CancellationToken::new());
        let starts = !self.input.is_empty();
        let exit = |ended, took| Exit { ended, took, process: *process.borrow(), left_behind: false };

        let opened = tokio::select! {
            biased;
            why = &mut stop => {
                // A start was not even sent. What is followed may run.
                let gone = if starts { Killed::Never } else { self.kill(None).await? };
                return Ok(gone.because(why, starts, |ended| exit(ended, began.elapsed())));
            }
            opened = begin(&self.slot, self.target) => opened?,
        };
        let mut line = Line::new(opened);
        let Some(wire) = line.0.as_mut() else { return Err(self.lost()) };
        let feed = Feed::new(&mut sink, &wire.connection, &stopping);
        let view = View::new(self.token, (&mut wire.reader, &wire.writer), feed, &stopping, &process, (started, hurry));
        let mut viewing = pin!(view.run(self.request.clone(), self.input.clone()));
        let why = tokio::select! {
            biased;
            end = &mut viewing => return self.ended(end, |ended| exit(ended, began.elapsed())),
            why = &mut stop => why,
        };
        stopping.cancel();
        let mut known = process.subscribe();
        let mut killing = pin!(async {
            let announced = timeout(kill::ANNOUNCEMENT, known.wait_for(Option::is_some)).await;
            let announced = announced.ok().and_then(|known| known.ok().and_then(|process| *process));
            self.kill(announced).await.unwrap_or(Killed::Confirmed(false))
        });
        let killed = tokio::select! {
            biased;
            killed = &mut killing => {
                // What it said last is still on its way.
                let _ = timeout(LAST_WORDS, viewing).await;
                killed
            }
            end = &mut viewing => match end {
                End::Never | End::NotKept { .. } | End::Refused => return self.ended(end, |ended| exit(ended, began.elapsed())),
                // The kill still makes sure that no process is left.
                End::Over { .. } | End::Lost => killing.await,
            },
        };
        Ok(killed.because(why, starts, |ended| exit(ended, began.elapsed())))
    }

    fn ended(&self, end: End, exit: impl Fn(Ended) -> Exit) -> Result<Followed, SshError> {
        let address = self.target.address.clone();
        match end {
            End::Over { ended, left_behind, own } => {
                let exit = exit(ended);
                let took = if self.input.is_empty() { own.unwrap_or(exit.took) } else { exit.took };
                Ok(Followed::Exit(Exit { took, left_behind, ..exit }))
            }
            End::Lost => Ok(Followed::Exit(exit(Ended::Lost))),
            End::Never => Ok(Followed::Never),
            End::NotKept { why } => Err(SshError::NotKept { address, why }),
            End::Refused => Err(SshError::CommandsRefused { address, user: self.target.user.clone() }),
        }
    }

    /// Kills what runs under the token, whether or not it is known yet; what has not begun never will.
    async fn kill(&self, process: Option<Process>) -> Result<Killed, SshError> {
        let found = match process {
            Some(process) => Some(process),
            None => match self.find().await? {
                Some(Word::Process(process)) => Some(process),
                Some(Word::Never) => return Ok(Killed::Never),
                _ => None,
            },
        };
        let Some(process) = found else { return Ok(Killed::Confirmed(false)) };
        Ok(Killed::Confirmed(kill::kill(&self.slot, self.target, process).await?))
    }

    /// Which process it is, or that it never will be one.
    async fn find(&self) -> Result<Option<Word>, SshError> {
        for _ in 0..FIND.0 {
            let said = kill::ask(&self.slot, self.target, script::find(self.token)).await?;
            let mut words = Ear::new(self.token).hear(said.as_bytes()).into_iter();
            if let Some(word) = words.find(|word| matches!(word, Word::Process(_) | Word::Never)) {
                return Ok(Some(word));
            }
            sleep(FIND.1).await;
        }
        Ok(None)
    }

    fn lost(&self) -> SshError {
        SshError::Lost { address: self.target.address.clone() }
    }
}

/// What a kill came to.
enum Killed {
    /// There was nothing, and there never will be.
    Never,
    Confirmed(bool),
}

impl Killed {
    /// What never started is as dead as it gets, for whoever was to start it.
    fn because(self, why: Why, starts: bool, exit: impl Fn(Ended) -> Exit) -> Followed {
        match self {
            Self::Never if starts => Followed::Exit(exit(why.ended(true))),
            Self::Never => Followed::Never,
            Self::Confirmed(confirmed) => Followed::Exit(exit(why.ended(confirmed))),
        }
    }
}

/// A channel that is hung up when nobody needs it, whatever still runs on the host.
struct Line(Option<Wire>);

struct Wire {
    connection: Arc<Connection>,
    reader: ChannelReadHalf,
    writer: ChannelWriteHalf<Msg>,
    _permit: OwnedSemaphorePermit,
}

impl Line {
    fn new((permit, connection, channel): Opened) -> Self {
        let (reader, writer) = channel.split();
        Self(Some(Wire { connection, reader, writer, _permit: permit }))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // Without a runtime the program is ending, and its connections with it.
        if let (Some(wire), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(wire.hang_up());
        }
    }
}

impl Wire {
    /// `view.sh` ends with its input. sshd counts a session until then, and so does the permit.
    async fn hang_up(mut self) {
        let ending = async {
            self.writer.eof().await?;
            while !matches!(self.reader.wait().await, Some(ChannelMsg::Close) | None) {}
            Ok::<(), russh::Error>(())
        };
        // The connection may be lost, or the far side too slow; either way the channel is closed.
        let _ = timeout(HANG_UP, ending).await;
        let _ = self.writer.close().await;
        self.connection.touch();
    }
}
