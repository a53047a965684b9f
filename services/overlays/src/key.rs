//! Keys: 128 random bits that open one overlay, of which only the hash is kept.
//!
//! **Invariant:** what was asked for is compared as its SHA-256, by an index: how long that takes tells nothing of any key.

use sha2::{Digest, Sha256};

use base::Clock;

/// A new one, fit for an address.
pub(crate) fn new(clock: &Clock) -> String {
    format!("{:032x}", clock.random())
}

/// What a host is called that an address has for itself: fit for one, and no part of the key.
pub(crate) fn label(clock: &Clock) -> String {
    format!("o{:06x}", clock.random() & 0xff_ffff)
}

/// What is kept of it.
pub(crate) fn hash(key: &str) -> String {
    hex::encode(Sha256::digest(key.as_bytes()))
}
