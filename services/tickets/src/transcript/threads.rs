//! What is still to be had of a ticket's thread, as whoever knows Discord gets it.

use base::{GuildId, Result};
use futures::future::BoxFuture;
use store::tickets::NewMessage;

/// What came of fetching a file.
#[derive(Debug)]
pub enum Fetched {
    /// All of it.
    Bytes(Vec<u8>),
    /// It is not to be had, and this is why.
    Never(&'static str),
}

/// Knows threads, and the files in them.
pub trait Threads: Send + Sync {
    /// Up to a hundred messages of a thread before one, the newest first. None where the thread is gone, or may not be read.
    fn history(&self, thread: u64, before: Option<u64>) -> BoxFuture<'_, Result<Option<Vec<NewMessage>>>>;

    /// One message as it is now; none where it is gone.
    fn message(&self, thread: u64, message: u64) -> BoxFuture<'_, Result<Option<NewMessage>>>;

    /// A file, of at most so many bytes.
    fn file(&self, url: String, most: usize) -> BoxFuture<'_, Result<Fetched>>;

    /// Takes a message of ours away. One that is gone already is.
    fn take_away(&self, guild: GuildId, channel: u64, message: u64) -> BoxFuture<'_, Result<()>>;
}
