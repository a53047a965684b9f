//! What comes back from a model: piece by piece, then whole, or why not.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Call;

/// A piece of an answer, as it comes.
#[derive(Debug, Clone, PartialEq)]
pub enum Chunk {
    /// More of what it says.
    Text(String),
    /// More of what it thinks before it says it; shown to nobody, but a sign of life.
    Thought,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// What it said.
    pub text: String,
    /// What it asks to be done.
    pub calls: Vec<Call>,
    /// Why it said no more.
    pub stopped: Stopped,
    /// What it took.
    pub usage: Usage,
}

/// Why a model said no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// It had said everything.
    End,
    /// It waits for what comes of its calls.
    Calls,
    /// The answer grew too long.
    Length,
    /// It, or whoever runs it, refuses to answer.
    Refused,
}

/// What an answer took, in tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// What was read.
    pub prompt_tokens: u64,
    /// What was written.
    pub reply_tokens: u64,
}

/// How much too long it is. Whoever counts has the say: an estimate below what fits says nothing.
fn too_long(needed: u64, window: u64, takes: &str) -> String {
    let counted = if needed > window {
        format!("{needed} tokens of {window}")
    } else {
        format!("it reads {window} tokens, and counts more")
    };
    if takes.is_empty() { counted } else { format!("{counted} ({takes})") }
}

/// Why no answer came. Each has a name, and a next step for whoever reads it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nobody answers at its address.
    #[error("{provider} does not answer: {why}. Is it running?")]
    Unreachable {
        /// Whose model it is.
        provider: String,
        /// In our words.
        why: String,
    },
    /// The key is wrong, or may not do that.
    #[error("{provider} refuses the key it was given. An administrator sets another with `/ai key`.")]
    Key {
        /// Whose model it is.
        provider: String,
    },
    /// There is no such model there.
    #[error("{provider} has no model called `{model}`. `/model list` shows what there is.")]
    NoModel {
        /// Whose model it is.
        provider: String,
        /// Its name.
        model: String,
    },
    /// It has too much to do, or we asked too often.
    #[error("{provider} takes no more questions for now. Ask again in a while.")]
    Busy {
        /// Whose model it is.
        provider: String,
        /// When to come back, where it says so.
        after: Option<Duration>,
    },
    /// The account has nothing left.
    #[error("{provider} says that the account's credit or quota is used up. An administrator looks there.")]
    Quota {
        /// Whose model it is.
        provider: String,
    },
    /// What it was to read does not fit. Nothing was cut off.
    #[error(
        "That is more than `{model}` can read at once: {}. Start a new conversation, or ask for less.",
        too_long(*.needed, *.window, takes)
    )]
    TooLong {
        /// The model.
        model: String,
        /// What it would have to read, in tokens; an estimate where nobody counted.
        needed: u64,
        /// What it can read, in tokens.
        window: u64,
        /// What takes how much of it.
        takes: String,
    },
    /// It cannot do what it was asked for: no tools, or no pictures.
    #[error("`{model}` cannot use {what}. An administrator chooses another model with `/ai use`.")]
    Cannot {
        /// The model.
        model: String,
        /// `tools` or `pictures`.
        what: &'static str,
    },
    /// What came back is not what was agreed upon, or stopped half-way.
    #[error("{provider} sent an answer that cannot be read: {why}. Ask again.")]
    Garbled {
        /// Whose model it is.
        provider: String,
        /// In our words.
        why: String,
    },
    /// It went silent.
    #[error("{provider} was silent for {} s. Ask again, or choose a smaller model.", .after.as_secs())]
    TimedOut {
        /// Whose model it is.
        provider: String,
        /// For how long.
        after: Duration,
    },
    /// It broke on its side.
    #[error("{provider} failed: {why}. Ask again in a while.")]
    Broke {
        /// Whose model it is.
        provider: String,
        /// Its own words, cut short.
        why: String,
    },
    /// It did not take the question, and would not take it again.
    #[error("{provider} does not take that: {why}")]
    Rejected {
        /// Whose model it is.
        provider: String,
        /// Its own words, cut short.
        why: String,
    },
    /// There is none to ask.
    #[error("{0}")]
    NoneLeft(String),
    /// A person stopped it.
    #[error("Stopped.")]
    Cancelled,
}

impl Failure {
    /// Whether asking again may help, with the same model and the same question.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Busy { .. }
                | Self::Garbled { .. }
                | Self::TimedOut { .. }
                | Self::Broke { .. }
        )
    }
}
