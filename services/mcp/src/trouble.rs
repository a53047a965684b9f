//! Why a server gave no answer, in words that stand after its name.

use std::time::Duration;

use base::{Card, Error, card::code, measure};

/// More of what a server says of a mistake is not shown.
const SAID: usize = 200;

/// Why no answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// It cannot be started, or is not named any more; in our words.
    #[error("{0}")]
    NotThere(String),
    /// Nobody answers at its address; in our words.
    #[error("{0}")]
    Unreachable(&'static str),
    /// It wants another token.
    #[error("it refuses the token, or wants one")]
    Refused,
    /// It went silent, for this long.
    #[error("it did not answer within {}", measure::span(*.0))]
    Silent(Duration),
    /// More came than is read.
    #[error("it sent more than {} at once, and is not listened to any more", measure::bytes(*.0 as u64))]
    TooLong(usize),
    /// It hung up.
    #[error("it hung up")]
    Closed,
    /// What came is not what was agreed upon; in our words.
    #[error("{0}")]
    Garbled(&'static str),
    /// It said no, in its own words.
    #[error("it says: {0}")]
    Said(String),
    /// A person stopped it.
    #[error("it was stopped")]
    Cancelled,
}

impl Trouble {
    /// What a server says of a mistake, on one line, cut short.
    pub(crate) fn said(words: &str) -> Self {
        Self::Said(crate::tool::line(words, SAID))
    }

    /// As whoever asked reads it.
    pub(crate) fn error(&self, server: &str, nothing: &str) -> Error {
        let card = Card::failed(format!("**Could not ask** {}", code(server)));
        Error::Outside(Box::new(card.text(format!("{}. {nothing}", capital(&self.to_string())))))
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
