//! A login shell on a terminal of sshd's own, for hosts that have nothing which makes one that outlives us.
//!
//! **Invariant:** it ends with its connection: sshd hangs its terminal up, and nobody looks for it again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use russh::{ChannelMsg, Sig};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::exec::begin;
use super::slot::Slot;
use super::{Ended, Exec, Exit, Sink, SshError, Stream, Target};

/// How long a piece may take to be sent, before the connection is taken for dead.
const SENDING: Duration = Duration::from_secs(5);
/// How long a shell that was hung up on may take to be gone.
const GOES: Duration = Duration::from_secs(3);

/// Runs one to its end, with these keys; a cancel hangs it up. An error means that nothing was started.
pub(super) async fn run<S: Sink>(
    slot: Arc<Slot>,
    target: &Target,
    (columns, rows): (u16, u16),
    keys: &mut mpsc::Receiver<Vec<u8>>,
    exec: Exec<S>,
) -> Result<Exit, SshError> {
    let began = Instant::now();
    let Exec { mut sink, cancel, .. } = exec;
    let lost = || SshError::Lost { address: target.address.clone() };
    let (_permit, connection, channel) = begin(&slot, target).await?;
    let (mut reader, writer) = channel.split();
    let pty = writer.request_pty(false, "xterm-256color", columns.into(), rows.into(), 0, 0, &[]);
    pty.await.map_err(|_| lost())?;
    writer.request_shell(true).await.map_err(|_| lost())?;
    let (mut ended, mut hung_up) = (None, None::<Instant>);
    loop {
        let wait = hung_up.map_or(Duration::MAX, |at| GOES.saturating_sub(at.elapsed()));
        tokio::select! {
            biased;
            () = cancel.cancelled(), if hung_up.is_none() => {
                hung_up = Some(Instant::now());
                // What does not listen is closed on, below.
                let _ = writer.signal(Sig::HUP).await;
            }
            message = timeout(wait, reader.wait()) => match message {
                Ok(Some(ChannelMsg::Data { data } | ChannelMsg::ExtendedData { data, .. })) => {
                    sink.write(Stream::Stdout, &data).await;
                }
                Ok(Some(ChannelMsg::ExitStatus { exit_status })) => ended = Some(Ended::Exited(exit_status)),
                Ok(Some(ChannelMsg::ExitSignal { signal_name, .. })) => {
                    ended = Some(Ended::Signalled(format!("{signal_name:?}")));
                }
                Ok(Some(ChannelMsg::Failure)) => {
                    return Err(SshError::CommandsRefused {
                        address: target.address.clone(),
                        user: target.user.clone(),
                    });
                }
                Ok(Some(ChannelMsg::Close) | None) | Err(_) => break,
                Ok(Some(_)) => {}
            },
            piece = keys.recv(), if hung_up.is_none() => {
                let Some(piece) = piece else { break };
                if !matches!(timeout(SENDING, writer.data_bytes(piece)).await, Ok(Ok(()))) {
                    break;
                }
            }
        }
    }
    // It may be gone already, and its connection too.
    let _ = writer.close().await;
    connection.touch();
    let ended = match (hung_up, ended) {
        (Some(_), ended) => Ended::Cancelled { confirmed: ended.is_some() },
        (None, ended) => ended.unwrap_or(Ended::Lost),
    };
    Ok(Exit { ended, took: began.elapsed(), process: None, left_behind: false })
}
