//! Terminals that outlive us: a kept command (see [`kept`](super::kept)) that makes a terminal on its host, and the way its keys take.
//!
//! What makes one is what hosts have: `script` of util-linux, or `python3`. sshd's own `pty-req` would end with the connection.
//!
//! **Invariants:** nothing that a person typed is in a command line: keys go through a pipe of the host's, byte for byte. A key is
//! sent once; one that may have been lost with a connection is not sent again.

use std::sync::Arc;
use std::sync::LazyLock;
use std::time::Duration;

use russh::{ChannelMsg, ChannelReadHalf};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::exec::begin;
use super::slot::Slot;
use super::{SshError, Target, Token, in_one_line};

/// How long a piece may take to be sent, before the connection is taken for dead.
const SENDING: Duration = Duration::from_secs(5);

static HOLD: LazyLock<String> = LazyLock::new(|| in_one_line(include_str!("pty/hold.sh")));
static SHELL: LazyLock<String> = LazyLock::new(|| in_one_line(include_str!("pty/shell.sh")));
static KEYS: LazyLock<String> = LazyLock::new(|| in_one_line(include_str!("pty/keys.sh")));

/// The command to be kept under this token, which is a terminal of this size. It prints [`NONE`] where none can be made.
pub fn hold(token: Token, columns: u16, rows: u16) -> String {
    format!("/bin/sh -c '{}' nebula {token} {columns} {rows} '{}'", *HOLD, *SHELL)
}

/// What a host prints that can make no terminal; why follows.
pub const NONE: &str = "nebula-none-";

/// Hands keys to a terminal, up to the end of either. An error means that what was taken last may be lost.
pub(super) async fn type_into(
    slot: Arc<Slot>,
    target: &Target,
    token: Token,
    keys: &mut mpsc::Receiver<Vec<u8>>,
) -> Result<(), SshError> {
    let lost = || SshError::Lost { address: target.address.clone() };
    let (_permit, connection, channel) = begin(&slot, target).await?;
    let (mut reader, writer) = channel.split();
    writer.exec(false, format!("/bin/sh -c '{}' nebula {token}", *KEYS)).await.map_err(|_| lost())?;
    let ended = loop {
        tokio::select! {
            biased;
            () = over(&mut reader) => break Err(lost()),
            piece = keys.recv() => {
                let Some(piece) = piece else { break Ok(()) };
                let sent = timeout(SENDING, writer.data_bytes(piece)).await;
                if !matches!(sent, Ok(Ok(()))) {
                    break Err(lost());
                }
            }
        }
    };
    // It may be gone already, and its connection too.
    let _ = writer.eof().await;
    let _ = writer.close().await;
    connection.touch();
    ended
}

/// Waits until the far side has closed the channel. It says nothing worth hearing.
async fn over(reader: &mut ChannelReadHalf) {
    while !matches!(reader.wait().await, Some(ChannelMsg::Close | ChannelMsg::Eof) | None) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_reads_the_scripts_alike() {
        for script in [&*HOLD, &*SHELL, &*KEYS] {
            assert!(!script.contains(['\'', '\\', '\n', '!']), "{script}");
        }
        assert!(hold(Token::new(1), 80, 24).len() < 2_000);
    }
}
