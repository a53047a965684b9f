//! Plays a written conversation and prints what people see: `nebula try --script FILE`.
//!
//! ```text
//! # a comment
//! admin: /server add name:box address:127.0.0.1:2201     a slash command
//! admin: fill "Private key"=@keys/box "Note"="a word"    submits the open dialog, fields by label; @path reads a file
//! admin: press "Approve"                                 the newest such button where the account is; its beginning is enough
//! admin: choose "Category"="Billing"                     in a select menu, by its placeholder
//! admin: give @member @Operators                         a role; `take` takes it away
//! admin: say hello                                       a message where the account is
//! admin: in #ops                                         goes to a channel; `in thread` is its newest thread
//! admin: type /server run server:bo                      what the bot offers for the option being typed
//! expect "text"                                          the newest answers contain it within 10 s (`expect 60s "text"`)
//! refuse "text"                                          no message so far contains it
//! fault server_error status:503 route:"* /webhooks/**"   from here on something goes wrong for the bot (see `Fault`)
//! heal                                                   nothing does any more
//! ```
//!
//! **Invariant:** nothing is played unless every line can be read, every account exists and every file is there.

mod drawing;
mod fault;
mod parse;
mod player;
#[cfg(test)]
mod stories;
mod transcript;

use std::{io::Write, path::PathBuf};

pub use self::parse::{ParseError, Problem, Script, parse};
use crate::client::{self, Violation};

/// How to play.
#[derive(Debug, Clone)]
pub struct PlayOptions {
    /// Where the sandbox's page is, as `http://127.0.0.1:PORT`.
    pub page_url: String,
    /// Prints JSON lines and not text.
    pub json: bool,
    /// Where `@path` begins; what is not there is looked for from the process's own directory.
    pub base_dir: PathBuf,
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// At most one today: the first failed step ends the conversation.
    pub failed_steps: Vec<FailedStep>,
    /// The rules of Discord's that the bot broke.
    pub violations: Vec<Violation>,
}

impl Outcome {
    /// Every step and expectation held, and the bot broke no rule.
    pub fn held(&self) -> bool {
        self.failed_steps.is_empty() && self.violations.is_empty()
    }
}

/// A step that did not do what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedStep {
    /// Its line in the script, from 1.
    pub line: usize,
    pub step: String,
    pub reason: String,
}

/// Why a script could not be played to an outcome.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    #[error(transparent)]
    Script(#[from] ParseError),
    #[error(transparent)]
    Sandbox(#[from] client::Error),
    #[error("cannot write the transcript: {0}")]
    Write(#[from] std::io::Error),
}

/// Plays a script against a running sandbox and writes the transcript as it happens.
pub async fn play(script: &Script, options: &PlayOptions, out: &mut (dyn Write + Send)) -> Result<Outcome, PlayError> {
    player::play(script, options, out).await
}
