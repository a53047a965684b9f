//! What people read of trouble with a provider.

use base::{Card, Error, card::code, measure};

use crate::{Provider, wire::Trouble};

/// In a few words, for a line of a list.
pub(crate) fn trouble(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Unreachable(why) | Trouble::Garbled(why) => (*why).to_owned(),
        Trouble::TimedOut(after) => format!("silent for {}", measure::age(*after)),
        Trouble::Status { code: 401 | 403, .. } => "the key is refused".to_owned(),
        Trouble::Status { code: 429 | 503 | 529, .. } => "too busy just now".to_owned(),
        Trouble::Status { code: status, said, .. } if said.is_empty() => format!("it answers {status}"),
        // What is told in the middle of an answer has no status of its own.
        Trouble::Status { said, .. } => format!("it says {}", code(said)),
    }
}

/// What was asked of a provider did not happen.
pub(crate) fn failed(provider: &Provider, what: &str, why: &Trouble) -> Error {
    let card = Card::failed(format!("**Could not {what}**"));
    let (name, why) = (code(&provider.name), trouble(why));
    Error::Outside(Box::new(card.text(format!("{name}: {why}. `/ai status` says how each provider is."))))
}
