//! Plex and Lanyard as their wires are. Both are asked over and over: each can tell by itself when something changes, but only over
//! a connection that is held open to every server and watched, and what plays changes every few minutes.

mod lanyard;
mod plex;
mod reach;

use std::time::Duration;

use platforms::Patience;

pub(crate) use lanyard::{Lanyard, Listens};
pub(crate) use plex::Plex;
pub(crate) use reach::{Reach, read};

/// Nobody who is asked so often is waited for long.
const PATIENCE: Patience =
    Patience { connect: Duration::from_secs(3), whole: Duration::from_secs(6), wait: Duration::from_secs(1) };
