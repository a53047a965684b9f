//! What is live: how a channel goes, and what of that is kept.

pub mod machine;
#[cfg(test)]
mod random;
