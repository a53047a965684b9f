//! Why there is no answer.

use base::Millis;

/// What was answered, or why nothing was.
pub type Answered<T> = Result<T, Failure>;

/// Why a platform did not answer what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nobody answered, or only that nobody can just now; in our words.
    #[error("{0}")]
    Unreachable(&'static str),
    /// We are to be quiet until then.
    #[error("it wants to be left alone until {}", .until.utc())]
    Limited {
        /// When it may be asked again.
        until: Millis,
    },
    /// The token is not good, or no longer.
    #[error("it does not take the token")]
    Unauthorised,
    /// It said no.
    #[error("it answered {status}: {said}")]
    Refused {
        /// As HTTP has it.
        status: u16,
        /// Its own words, cut short; empty where there are none.
        said: String,
        /// Its own name for what is wrong, cut short; empty where there is none.
        named: String,
    },
    /// What came is not what was agreed upon; in our words.
    #[error("{0}")]
    NotUnderstood(&'static str),
    /// Whoever runs the bot did not set this.
    #[error("{0} is not set")]
    NotSet(&'static str),
}

impl Failure {
    /// Whether the same may be answered later, with nothing done about it.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Limited { .. })
    }

    /// Whether it was refused with this status.
    pub fn is_status(&self, code: u16) -> bool {
        matches!(self, Self::Refused { status, .. } if *status == code)
    }
}

/// What is not there is an answer.
pub(crate) fn found<T>(answered: Answered<T>) -> Answered<Option<T>> {
    match answered {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) if failure.is_status(404) => Ok(None),
        Err(failure) => Err(failure),
    }
}
