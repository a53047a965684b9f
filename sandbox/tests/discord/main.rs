//! A bot of a few lines, with nothing but HTTP and a web socket, lives through what a real one does.
#![expect(clippy::unwrap_used, reason = "in a test, what cannot be unwrapped is the failure")]

mod crew;
mod gateway;
mod interactions;
mod messages;
mod nonsense;
mod permissions;
