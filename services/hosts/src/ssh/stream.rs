//! A stream to a Unix socket on a server, through its warm connection: nothing listens here, and no command runs there.
//!
//! **Invariant:** sshd counts no such stream among its sessions, so streams take nothing from commands and kills; while one
//! is open its connection is not idle.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use russh::client::Msg;
use russh::{Channel, ChannelStream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::slot::{Connection, OPEN, Slot};
use super::{SshError, Target};

/// An open stream. Dropping it closes it.
pub struct SocketStream {
    stream: ChannelStream<Msg>,
    connection: Arc<Connection>,
}

/// Opens a stream to the socket at this path. A connection that turns out to be dead is replaced once.
pub(super) async fn open(slot: Arc<Slot>, target: &Target, path: &str) -> Result<SocketStream, SshError> {
    let connection = slot.connection(target).await?;
    match through(Arc::clone(&connection), target, path).await {
        Err(SshError::Lost { .. }) => {
            connection.retire();
            through(slot.connection(target).await?, target, path).await
        }
        opened => opened,
    }
}

async fn through(connection: Arc<Connection>, target: &Target, path: &str) -> Result<SocketStream, SshError> {
    connection.touch();
    let (sender, receiver) = oneshot::channel();
    let (asking, socket) = (Arc::clone(&connection), path.to_owned());
    // Whoever waits may be gone by the time it opens; then it is closed again.
    tokio::spawn(async move {
        let opened = asking.session().channel_open_direct_streamlocal(socket).await;
        if let Err(Ok(channel)) = sender.send(opened) {
            let _ = channel.close().await;
        }
    });
    match timeout(OPEN, receiver).await {
        Ok(Ok(Ok(channel))) => Ok(SocketStream { stream: channel.into_stream(), connection }),
        Ok(Ok(Err(russh::Error::ChannelOpenFailure(_)))) => {
            Err(SshError::NoSocket { address: target.address.clone(), path: path.to_owned() })
        }
        _ => Err(SshError::Lost { address: target.address.clone() }),
    }
}

impl SocketStream {
    /// Of a channel that is open.
    pub(super) fn over(channel: Channel<Msg>, connection: Arc<Connection>) -> Self {
        Self { stream: channel.into_stream(), connection }
    }
}

impl Drop for SocketStream {
    fn drop(&mut self) {
        self.connection.touch();
    }
}

impl AsyncRead for SocketStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for SocketStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
