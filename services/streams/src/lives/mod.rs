//! What is live: how a channel goes, and what of that is kept.

#[cfg(test)]
mod killed;
pub mod machine;
#[cfg(test)]
mod random;
