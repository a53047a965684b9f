//! Does what it was told, when it was told to.

pub mod when;
