//! Agents: who a model is to be, and what it may call.

mod condition;
pub(crate) mod create;
pub(crate) mod export;
pub(crate) mod list;
mod read;
pub(crate) mod remove;
pub(crate) mod show;
pub(crate) mod tree;
mod write;

pub use condition::{Condition, Look, typed as conditions};
pub use read::Agent;
pub(crate) use read::{is_pattern, plain, read};
pub(crate) use write::written;
