//! What is said in tickets, as it was heard: messages with what they said before, whether they still stand, and their reactions.
//!
//! **Invariants:** hearing the same twice changes nothing. Whoever was forgotten is not written down again.

mod hear;
mod reactions;
mod read;
mod standing;

use base::{Millis, UserId};

use super::{File, NewFile, Says};

pub use reactions::Reacted;

/// Discord's numbers begin in 2015.
const FIRST: i64 = 1_420_070_400_000;

/// A message, as Discord tells of it.
#[derive(Debug, Clone, Default)]
pub struct NewMessage {
    /// Its number.
    pub message: u64,
    /// Who wrote it.
    pub author: u64,
    /// What they are called.
    pub name: String,
    /// Whether that is a program.
    pub is_bot: bool,
    /// The message it answers.
    pub answers: Option<u64>,
    /// What it says, without secrets.
    pub says: Says,
    /// When it was edited.
    pub edited: Option<Millis>,
    /// Whether there is more of it than was heard.
    pub partial: bool,
    /// Its files.
    pub files: Vec<NewFile>,
    /// All of its reactions; none where nothing was heard of them.
    pub reactions: Option<Vec<(String, i64)>>,
}

/// A message that was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its number.
    pub message: u64,
    /// Who wrote it.
    pub author: UserId,
    /// What they were called.
    pub name: String,
    /// Whether that is a program.
    pub is_bot: bool,
    /// The message it answers.
    pub answers: Option<u64>,
    /// What it says.
    pub says: Says,
    /// When it was edited last.
    pub edited: Option<Millis>,
    /// What it said before, and until when.
    pub before: Vec<(Millis, Says)>,
    /// When it was heard to be deleted.
    pub deleted: Option<Millis>,
    /// Whether nothing of it is kept any more.
    pub forgotten: bool,
    /// How often it was reacted to, and how.
    pub reactions: Vec<(String, i64)>,
    /// Its files.
    pub files: Vec<File>,
}

/// When a message was written, by its number.
pub fn written(message: u64) -> Millis {
    Millis(i64::try_from(message >> 22).unwrap_or_default() + FIRST)
}

pub(super) fn number(message: u64) -> i64 {
    i64::try_from(message).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(message: i64) -> u64 {
    u64::try_from(message).unwrap_or_default()
}
