//! Actions as a model's tools: which it is shown, whether a call of one can be done, and how what came of it is told.
//!
//! **Invariants:** pure, and bounded whatever a model or the world outside writes. Nothing here decides who may do what: a call that
//! is well-formed is asked for at the hub like anything else.

pub mod catalogue;
pub mod check;
pub mod data;
pub mod plain;
pub mod result;
mod rules;
pub(crate) mod schema;
mod search;
mod strict;
mod toolbox;
mod words;

pub use catalogue::{Catalogue, Entry, Offered};
pub use check::{Checked, check};
pub use data::Fence;
pub use toolbox::{AT_FIRST, FIND_TOOL, MOST, Toolbox};
