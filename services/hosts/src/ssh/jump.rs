//! A server behind another one: its connection is a channel of the other's, as with OpenSSH's `ProxyJump`.
//!
//! **Invariants:** nothing is asked of a jump server but a channel to one address: the handshake and the login go through it
//! end to end, and each hop has a pinned key of its own; a jump server's connection lives as long as what goes through it.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};

use russh::ChannelStream;
use russh::client::Msg;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::slot::{Connection, OPEN, Slot};
use super::{Address, Limits, SshError, Target};

pub(super) type Slots = Mutex<HashMap<String, Arc<Slot>>>;

/// The server that another one is reached through.
#[derive(Clone)]
pub struct Via {
    id: String,
    target: Box<Target>,
    limits: Limits,
    /// The pool holds what holds this.
    slots: Weak<Slots>,
}

impl Via {
    pub(super) fn new(id: &str, target: Target, limits: Limits, slots: &Arc<Slots>) -> Self {
        Self { id: id.to_owned(), target: Box::new(target), limits, slots: Arc::downgrade(slots) }
    }

    /// A channel through it to this address, on its warm connection.
    pub(super) fn road<'a>(
        &'a self,
        to: &'a Address,
    ) -> Pin<Box<dyn Future<Output = Result<Road, SshError>> + Send + 'a>> {
        // A jump server may itself be behind one: boxed, so that the type ends.
        Box::pin(async move {
            let through = |error| SshError::ThroughJump { id: self.id.clone(), error: Box::new(error) };
            let lost = || through(SshError::Lost { address: self.target.address.clone() });
            let slots = self.slots.upgrade().ok_or_else(lost)?;
            let slot = slot(&slots, &self.id, self.limits);
            for _ in 0..2 {
                let connection = slot.connection(&self.target).await.map_err(through)?;
                match connection.tunnel(to, OPEN).await {
                    Ok(channel) => {
                        connection.touch();
                        return Ok(Road::Tunnel { stream: Box::new(channel.into_stream()), _jump: connection });
                    }
                    Err(error @ SshError::JumpRefused { .. }) => return Err(error),
                    // It may have died unnoticed: once more, on a new one.
                    Err(_) => connection.retire(),
                }
            }
            Err(lost())
        })
    }
}

/// The slot of a server, made where there is none yet.
pub(super) fn slot(slots: &Slots, id: &str, limits: Limits) -> Arc<Slot> {
    let mut slots = slots.lock().unwrap_or_else(PoisonError::into_inner);
    let slot = slots.entry(id.to_owned()).or_insert_with(|| Arc::new(Slot::new(id, limits)));
    Arc::clone(slot)
}

impl PartialEq for Via {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.target == other.target
    }
}

impl Eq for Via {}

impl fmt::Debug for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Via").field("id", &self.id).field("target", &self.target).finish_non_exhaustive()
    }
}

/// What the bytes of an SSH session go over.
pub(super) enum Road {
    Tcp(TcpStream),
    Tunnel { stream: Box<ChannelStream<Msg>>, _jump: Arc<Connection> },
}

impl AsyncRead for Road {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tunnel { stream, .. } => Pin::new(&mut **stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Road {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tunnel { stream, .. } => Pin::new(&mut **stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tunnel { stream, .. } => Pin::new(&mut **stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tunnel { stream, .. } => Pin::new(&mut **stream).poll_shutdown(cx),
        }
    }
}
