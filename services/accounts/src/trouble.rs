//! Why something could not be done with an account, as people read it: what, what was not changed, and what to do.

use base::{
    Card, Clock, Error,
    card::{Choice, Lands, Weight, code},
};
use platforms::{Failure, Platform};

use crate::{ConnectAccount, Right};

/// Whoever runs the bot set no app there.
pub(crate) fn not_set(platform: Platform, missing: &[&str]) -> Error {
    let all: Vec<String> = missing.iter().map(code).collect();
    let card = Card::failed(format!("**{platform}** is not set up here")).text(format!(
        "{} {} not set. Whoever runs me registers an app at {platform} and sets {}. Nothing was done.",
        all.join(" and "),
        if all.len() == 1 { "is" } else { "are" },
        if all.len() == 1 { "it" } else { "them" },
    ));
    Error::Outside(Box::new(card))
}

/// Nobody can be asked in their browser.
pub(crate) fn no_address(platform: Platform) -> Error {
    let card = Card::failed(format!("**{platform}** asks people in their browser, and I have no address")).text(
        "`NEBULA_WEB_URL` is not set: it is where a browser comes back to. Whoever runs me sets it. Nothing was done.",
    );
    Error::Outside(Box::new(card))
}

/// A button that asks for this as well.
pub fn ask_for(platform: Platform, rights: &[Right]) -> Choice {
    let again = ConnectAccount { platform, rights: rights.to_vec() };
    Choice::perform(format!("Connect {platform}"), &again, Lands::Aside).weigh(Weight::Primary)
}

/// Why a platform did not answer, as a sentence.
pub(crate) fn why(platform: Platform, failure: &Failure, clock: &Clock) -> String {
    match failure {
        Failure::Unreachable(why) => format!("{platform} could not be asked: {why}."),
        Failure::Limited { until } if *until > clock.now() => {
            format!("{platform} has been asked too often and answers again {}.", until.relative())
        }
        Failure::Limited { .. } => format!("{platform} has been asked too often. Try again."),
        Failure::Unauthorised => format!("{platform} does not take what you gave me any more."),
        Failure::Refused { status, said, .. } if said.is_empty() => {
            format!("{platform} says no, without a word (HTTP {status}).")
        }
        Failure::Refused { said, .. } => format!("{platform} says no: {}", code(said)),
        Failure::NotUnderstood(why) => format!("{platform} answered, and I do not understand it: {why}."),
        Failure::NotSet(variable) => format!("{} is not set: whoever runs me sets it.", code(variable)),
    }
}

/// The same as a refusal of what was asked.
pub(crate) fn refused(platform: Platform, failure: &Failure, clock: &Clock) -> Error {
    let card = Card::failed(format!("**{platform}** did not do that"))
        .text(format!("{} Nothing was changed.", why(platform, failure, clock)));
    Error::Outside(Box::new(card))
}

/// They have no account there.
pub(crate) fn not_connected(platform: Platform) -> Error {
    let card = Card::failed(format!("**{platform}** is not connected"))
        .text(format!("You have connected no {platform} account. Nothing was done."))
        .choice(ask_for(platform, &[]));
    Error::Outside(Box::new(card))
}
