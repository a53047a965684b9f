//! Skills: how something is done, in words.

pub(crate) mod list;
mod read;
pub(crate) mod show;

pub use read::Skill;
pub(crate) use read::read;
