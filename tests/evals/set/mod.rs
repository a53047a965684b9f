//! The evaluation set: what a crew asks, how things stand when it does, and what a good assistant does about it.
//!
//! **Invariant:** what is judged is what the audit log, the kept conversation and the thread hold, never what a model says of itself.
//! A fact counts only where a tool brought it and the answer repeats it.

mod crew;
mod judge;
mod play;
mod scenario;

pub(crate) use crew::Crew;
pub(crate) use judge::{Called, Seen, missing};
pub(crate) use play::play;
pub(crate) use scenario::{Decides, File, Said, Scenario, Turn, all};
