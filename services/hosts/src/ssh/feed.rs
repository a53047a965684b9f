//! Hands output to a sink that may be slow, and stops waiting for it when the command is to be killed.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::slot::Connection;
use super::{Sink, Stream};

/// A chunk that a sink does not take within this time makes new commands use another connection.
const SLOW_SINK: Duration = Duration::from_secs(1);

/// How long a sink may take for each chunk that comes after a cancel, such as a program's last words.
const LAST_WORDS: Duration = Duration::from_millis(200);

pub(super) struct Feed<'a, S> {
    sink: &'a mut S,
    connection: &'a Connection,
    stopping: &'a CancellationToken,
    /// The sink had its time: from here on output is read and dropped.
    deaf: bool,
}

impl<'a, S: Sink> Feed<'a, S> {
    pub(super) fn new(sink: &'a mut S, connection: &'a Connection, stopping: &'a CancellationToken) -> Self {
        Self { sink, connection, stopping, deaf: false }
    }

    pub(super) async fn deliver(&mut self, stream: Stream, bytes: &[u8]) {
        if !bytes.is_empty() && !self.deaf {
            self.deaf = !patiently(self.sink.write(stream, bytes), self.connection, self.stopping).await;
        }
    }

    pub(super) async fn skip(&mut self, bytes: u64) {
        if bytes > 0 && !self.deaf {
            self.deaf = !patiently(self.sink.skip(bytes), self.connection, self.stopping).await;
        }
    }
}

/// True when the sink took it.
async fn patiently(taking: impl Future<Output = ()>, connection: &Connection, stopping: &CancellationToken) -> bool {
    let mut taking = pin!(taking);
    tokio::select! {
        biased;
        () = &mut taking => return true,
        () = stopping.cancelled() => {}
        () = sleep(SLOW_SINK) => connection.retire(),
    }
    let patience = async {
        stopping.cancelled().await;
        sleep(LAST_WORDS).await;
    };
    tokio::select! {
        biased;
        () = &mut taking => true,
        () = patience => false,
    }
}
