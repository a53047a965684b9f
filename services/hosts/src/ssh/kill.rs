//! Ends a process on a server, with its group and its session, and finds out whether it worked.
//!
//! **Invariants:** a pid that was given out again is left alone; "confirmed" means the server itself said that nothing is
//! left; a kill never waits for a running command, it has channels of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use russh::client::Msg;
use russh::{Channel, ChannelMsg, ChannelWriteHalf, Sig};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tracing::debug;

use super::slot::Slot;
use super::{Process, SshError, Target};

/// What a process gets between `TERM` and `KILL` to put its things in order.
const GRACE: Duration = Duration::from_secs(2);

/// How often the server is asked whether something is left.
const PAUSE: Duration = Duration::from_millis(100);

/// How often `KILL` is tried before we say that we do not know.
const TRIES: u32 = 5;

/// How long a command that was just started may take to announce itself.
pub(super) const ANNOUNCEMENT: Duration = Duration::from_secs(2);

/// How long a signal may wait on a connection that is held up.
const SIGNAL: Duration = Duration::from_millis(200);

/// How long the warm connection may take to open a channel; then a connection of its own is made.
const OPEN: Duration = Duration::from_millis(500);

/// How long the script may take.
const SCRIPT: Duration = Duration::from_secs(5);

/// The most that is read of what the script says, startup files included.
const SAID: usize = 16 * 1024;

/// Sends `$3` to the group of `$1`, and to the rest of its session; says whether anything of it is alive.
///
/// Without quotes or backslashes for the reason that [`super::process`] gives. `stat` reads proc(5): after the name come the
/// state, the parent, the group; the 20th is the start time, which tells a pid that was given out again. Processes that
/// belong to somebody else, as after `sudo`, are signalled through `sudo` where it asks for no password.
const SCRIPT_TEXT: &str = "\
p=$1; s=$2; k=$3; a=gone; \
stat() { l=; { read -r l </proc/$1/stat; } 2>/dev/null; set -- ${l##*) }; z=${1-X}; g=${3-0}; t=${20-0}; }; \
stat $p; if [ $s != 0 ] && [ $t != 0 ] && [ $t != $s ]; then echo nebula-gone; exit 0; fi; \
kill -s $k -- -$p 2>/dev/null || kill -s $k $p 2>/dev/null; \
if [ -r /proc/self/stat ] && command -v pgrep >/dev/null; then \
for q in $(pgrep -s $p || echo $p); do stat $q; \
case $z in X|Z) continue;; esac; a=alive; \
if [ $k = 0 ]; then continue; fi; \
if kill -0 $q 2>/dev/null; then if [ $g != $p ]; then kill -s $k $q 2>/dev/null; fi; \
else sudo -n kill -s $k $q 2>/dev/null; fi; done; \
elif kill -s 0 -- -$p 2>/dev/null || kill -s 0 $p 2>/dev/null; then a=alive; fi; \
echo nebula-$a";

/// A kill to be carried out for a command whose process may not be known yet.
pub(super) struct Order {
    pub(super) slot: Arc<Slot>,
    pub(super) target: Target,
    pub(super) process: watch::Receiver<Option<Process>>,
    /// How long to wait for the process to become known.
    pub(super) patience: Duration,
}

impl Order {
    /// True when the server confirmed that nothing is left.
    pub(super) async fn carry_out(mut self, writer: &ChannelWriteHalf<Msg>) -> bool {
        if self.process.borrow().is_none() {
            // All that can be done where no process is announced. Elsewhere it would be a second `TERM`, which many
            // programs take as "at once".
            let _ = timeout(SIGNAL, writer.signal(Sig::TERM)).await;
        }
        let announced = timeout(self.patience, self.process.wait_for(Option::is_some)).await;
        let Some(process) = announced.ok().and_then(|known| known.ok().and_then(|process| *process)) else {
            return false;
        };
        kill(&self.slot, &self.target, process).await.unwrap_or(false)
    }
}

/// `TERM`, then `KILL` for what is left after [`GRACE`]. True when the server confirmed that nothing is left.
pub(super) async fn kill(slot: &Arc<Slot>, target: &Target, process: Process) -> Result<bool, SshError> {
    let began = Instant::now();
    let confirmed = end(slot, target, process).await;
    let took = began.elapsed();
    debug!(server.id = %slot.id, server.address = %target.address, %process, ?confirmed, ?took, "killed");
    confirmed
}

async fn end(slot: &Arc<Slot>, target: &Target, process: Process) -> Result<bool, SshError> {
    let began = Instant::now();
    let mut left = signal(slot, target, process, "TERM").await?;
    while left && began.elapsed() < GRACE {
        sleep(PAUSE.min(GRACE.saturating_sub(began.elapsed()))).await;
        left = signal(slot, target, process, "0").await?;
    }
    for _ in 0..TRIES {
        if !left {
            break;
        }
        left = signal(slot, target, process, "KILL").await?;
        if left {
            sleep(PAUSE / 2).await;
        }
    }
    Ok(!left)
}

/// Sends one signal (`0` is none) and says whether anything was alive before it.
async fn signal(slot: &Arc<Slot>, target: &Target, process: Process, signal: &str) -> Result<bool, SshError> {
    let started = process.started().unwrap_or(0);
    let request = format!("/bin/sh -c '{SCRIPT_TEXT}' nebula {} {started} {signal}", process.pid());
    let said = ask(slot, target, request).await?;
    match (said.contains("nebula-gone"), said.contains("nebula-alive")) {
        (true, _) => Ok(false),
        (_, true) => Ok(true),
        _ => Err(SshError::Lost { address: target.address.clone() }),
    }
}

/// Runs a script with empty input on one of the channels kept free for this, and returns what it said on both streams.
pub(super) async fn ask(slot: &Arc<Slot>, target: &Target, request: String) -> Result<String, SshError> {
    let lost = || SshError::Lost { address: target.address.clone() };
    let permit = Arc::clone(&slot.spare).acquire_owned().await.map_err(|_| lost())?;
    let (connection, channel) = match slot.open(target, OPEN).await {
        Ok(opened) => opened,
        // The warm connection may be held up for longer than a kill can wait: one of its own owes nobody anything.
        Err(SshError::Lost { .. }) => {
            let connection = slot.log_in(target).await?;
            let channel = connection.open(super::slot::OPEN).await?;
            (connection, channel)
        }
        Err(error) => return Err(error),
    };
    // In a task of its own, so that the channel is closed even if nobody waits for the answer.
    let script = tokio::spawn(async move {
        let said = converse(channel, request).await;
        connection.touch();
        drop(permit);
        said
    });
    Ok(script.await.unwrap_or_default())
}

/// Runs a script and returns what it printed.
async fn converse(mut channel: Channel<Msg>, request: String) -> String {
    let mut said = Vec::new();
    let talk = async {
        channel.exec(false, request).await?;
        channel.eof().await?;
        // sshd counts a session until it says `Close`.
        while let Some(message) = channel.wait().await {
            match message {
                ChannelMsg::Data { data } | ChannelMsg::ExtendedData { data, .. } if said.len() < SAID => {
                    said.extend_from_slice(&data);
                }
                ChannelMsg::Close => break,
                _ => {}
            }
        }
        Ok::<(), russh::Error>(())
    };
    // Whatever went wrong shows in what was said.
    let _ = timeout(SCRIPT, talk).await;
    let _ = channel.close().await;
    String::from_utf8_lossy(&said).into_owned()
}
