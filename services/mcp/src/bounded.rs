//! Bytes that come line by line, up to a longest line: what sends more has hung up, and it is known why.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, ReadBuf};

/// A message of a server's is no longer than this.
pub(crate) const LONGEST: usize = 4 * 1024 * 1024;

/// Whether more came than is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flood(Arc<AtomicBool>);

impl Flood {
    pub(crate) fn is(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Reads lines of at most [`LONGEST`].
pub(crate) struct Bounded<R> {
    inner: R,
    since: usize,
    flood: Flood,
}

impl<R> Bounded<R> {
    pub(crate) fn new(inner: R, flood: Flood) -> Self {
        Self { inner, since: 0, flood }
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Bounded<R> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        std::task::ready!(Pin::new(&mut self.inner).poll_read(cx, buffer))?;
        let came = &buffer.filled()[before..];
        self.since = match came.iter().rposition(|byte| *byte == b'\n') {
            Some(at) => came.len() - at - 1,
            None => self.since + came.len(),
        };
        if self.since > LONGEST {
            self.flood.set();
            return Poll::Ready(Err(io::Error::other("a line of it has no end")));
        }
        Poll::Ready(Ok(()))
    }
}
