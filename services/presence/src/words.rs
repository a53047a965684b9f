//! Why somebody did not answer, as people read it.

use base::{Clock, card::code};
use platforms::Failure;

/// A sentence's end, after "Plex" or whoever it was.
pub(crate) fn why(failure: &Failure, clock: &Clock) -> String {
    match failure {
        Failure::Unreachable(why) => format!("could not be asked: {why}"),
        Failure::Limited { until } if *until > clock.now() => {
            format!("was asked too often, and answers again {}", until.relative())
        }
        Failure::Limited { .. } => "was asked too often".to_owned(),
        Failure::Unauthorised => "does not take the token".to_owned(),
        Failure::Refused { status, said, .. } if said.is_empty() => format!("says no, without a word (HTTP {status})"),
        Failure::Refused { said, .. } => format!("says no: {}", code(said)),
        Failure::NotUnderstood(why) => format!("answered, and I do not understand it: {why}"),
        Failure::NotSet(variable) => format!("cannot be asked: {} is not set", code(variable)),
    }
}
