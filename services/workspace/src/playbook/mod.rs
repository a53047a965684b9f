//! Playbooks: what people go through together, a step at a time.

mod face;
pub(crate) mod list;
mod read;
pub(crate) mod show;
pub(crate) mod start;
pub(crate) mod step;

pub(crate) use read::read;
pub use read::{Playbook, Step};
