//! Signed events as they come in: proven, kept, and answered before anything is done about them.
//!
//! **Invariants:** nothing of an event is believed before its signature is. What is older than ten minutes is refused, and what came
//! before is answered and not heard again.

mod kick;
mod kick_key;
mod secret;
pub mod signature;
mod twitch;
mod youtube;

use std::time::Duration;

use base::{Millis, Result};
use platforms::moment;
use store::streams::Source;

use crate::Streams;

pub(crate) use kick_key::KickKey;
pub(crate) use secret::Secrets;
pub use youtube::Place;

/// No event is longer, in bytes.
pub const LARGEST_EVENT: usize = 1024 * 1024;
/// What is older is refused, and so is what is from further ahead: clocks differ.
const AGE: Duration = Duration::from_mins(10);
/// No id of an event is longer.
const ID: usize = 128;

/// An event as it came.
#[derive(Debug, Clone, Copy)]
pub struct Came<'a> {
    /// Its headers, by their names in lower case.
    pub header: &'a dyn Header,
    /// All of it.
    pub body: &'a [u8],
}

/// Headers of a request.
pub trait Header: std::fmt::Debug + Send + Sync {
    /// The header of this name, where it is there once and is text.
    fn get(&self, name: &str) -> Option<&str>;
}

impl Came<'_> {
    fn header(&self, name: &str) -> &str {
        self.header.get(name).unwrap_or_default()
    }
}

/// What it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It was taken, or came before.
    Taken,
    /// It asks for this word back, as it is.
    Word(String),
    /// It is refused: it is not signed, or too old.
    Refused,
    /// It is about nothing we asked for.
    Unknown,
    /// It cannot be judged now: whoever sent it comes again.
    Later,
}

impl Streams {
    /// Whether platforms reach us.
    pub fn is_reached(&self) -> bool {
        self.address.get().is_some()
    }

    /// Whether an event is of this moment.
    fn is_fresh(&self, time: &str) -> bool {
        let now = self.clock.now();
        moment(time).is_some_and(|at| is_near(at, now))
    }

    /// Keeps it, and has it heard in a moment.
    pub(crate) async fn take(&self, source: Source, id: &str, subject: &str, body: &str) -> Result<Reply> {
        if id.is_empty() || id.len() > ID {
            return Ok(Reply::Refused);
        }
        if self.store.keep_delivery(source, id, subject, body).await? {
            self.came.notify_one();
        }
        Ok(Reply::Taken)
    }
}

fn is_near(at: Millis, now: Millis) -> bool {
    now.since(at) <= AGE && at.since(now) <= AGE
}
