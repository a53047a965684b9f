//! Registries: things of one kind, and what is known of each.

pub(crate) mod add;
pub(crate) mod create;
pub(crate) mod edit;
mod kind;
pub(crate) mod list;
mod overlay;
mod read;
pub(crate) mod remove;
pub(crate) mod show;

pub use kind::Kind;
pub(crate) use overlay::overlay;
pub use read::{Entry, Field, Registry, Values};
pub(crate) use read::{FIELDS, column, key, read};
