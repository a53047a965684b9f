//! The stream below an SSH session, with an ear and a scissor: what the other side said first tells a server that
//! speaks something else from one that says nothing, and a handshake nobody waits for any more is cut.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::jump::Road;

/// How much of the other side's first words is kept: several lines may come before the version (RFC 4253, section 4.2).
const HEARD: usize = 1024;

/// What the other side said first.
#[derive(Debug, Clone, Default)]
pub(super) struct Ear(Arc<Mutex<Vec<u8>>>);

impl Ear {
    pub(super) fn heard_nothing(&self) -> bool {
        self.words().is_empty()
    }

    /// Whether one of the first lines is the version of an SSH 2 server.
    pub(super) fn heard_ssh(&self) -> bool {
        self.words()
            .split(|byte| *byte == b'\n')
            .any(|line| line.starts_with(b"SSH-2.0-") || line.starts_with(b"SSH-1.99-"))
    }

    fn note(&self, bytes: &[u8]) {
        let mut words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = HEARD.saturating_sub(words.len()).min(bytes.len());
        words.extend_from_slice(bytes.get(..room).unwrap_or_default());
    }

    fn words(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

pub(super) struct Wire {
    stream: Road,
    ear: Ear,
    listening: bool,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Wire {
    /// `cut` ends the session below: russh's own task would otherwise wait for a silent server forever.
    pub(super) fn new(stream: Road, ear: Ear, cut: CancellationToken) -> Self {
        Self { stream, ear, listening: true, cut: Box::pin(cut.cancelled_owned()) }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.cut.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if self.listening && result.is_ready() {
            let new = buffer.filled().get(before..).unwrap_or_default();
            self.ear.note(new);
            self.listening = self.ear.words().len() < HEARD;
        }
        result
    }
}

impl AsyncWrite for Wire {
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
