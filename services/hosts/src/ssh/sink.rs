//! Where the output of a command goes, chunk by chunk, as it comes.

use std::future::{Future, ready};

use tokio::sync::mpsc;

/// Which of a command's two streams a chunk came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// A piece of output with its stream; not text, and cut anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    pub stream: Stream,
    pub bytes: Vec<u8>,
}

/// Takes output. While `write` is not done, no more output is taken from the server.
///
/// russh has no window of its own for each channel: a sink that stands still holds up the commands that share its
/// connection, until it goes on. They can be cancelled meanwhile, and after a second new commands get another connection.
pub trait Sink: Send {
    fn write(&mut self, stream: Stream, bytes: &[u8]) -> impl Future<Output = ()> + Send;

    /// Is told that so many bytes are missing here: a kept command printed more than is kept between its two ends.
    fn skip(&mut self, bytes: u64) -> impl Future<Output = ()> + Send {
        let _ = bytes;
        ready(())
    }
}

/// A closure is a sink that is never slow.
impl<F: FnMut(Stream, &[u8]) + Send> Sink for F {
    fn write(&mut self, stream: Stream, bytes: &[u8]) -> impl Future<Output = ()> + Send {
        self(stream, bytes);
        ready(())
    }
}

/// A bounded channel holds the server back when it is full; once its receiver is gone, output is dropped.
impl Sink for mpsc::Sender<Chunk> {
    async fn write(&mut self, stream: Stream, bytes: &[u8]) {
        // Nobody listens any more: the command still runs to its end.
        let _ = self.send(Chunk { stream, bytes: bytes.to_vec() }).await;
    }
}
