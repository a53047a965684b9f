//! How models ask: what they are shown, what they answer, and what becomes of the tools they call.
//!
//! **Invariant:** nothing here can do more than the person who asked. Rights, approvals, budgets and masking are the hub's, and
//! never depend on what a model says.

mod contents;
pub mod conversation;
#[cfg(test)]
mod injections;
pub mod models;
pub mod prompt;
pub mod providers;
pub mod reply;
pub mod runner;
pub mod tools;
pub mod veil;

pub use contents::Reader;
pub use models::{Answered, Asker, Asks, First, Line, Models, Used};
pub use prompt::{Call, Image, Message, Prompt, Tool};
pub use reply::{Chunk, Failure, Reply, Stopped, Usage};
