//! Decides when something is wrong for long enough that somebody must know, and when it is over. No I/O.
//!
//! **Invariants:** what is not known is no value: it opens nothing and closes nothing. What was told is part of the state that is
//! kept, so a restart tells nothing again. However fast something flaps, people hear of it twice in ten minutes at most.

mod machine;
mod rule;

pub use machine::{Alert, Happened, Level};
pub use rule::{DEFAULTS, Limits, Measure, Rule, Worse};
