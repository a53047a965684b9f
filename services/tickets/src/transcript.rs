//! What is said in tickets: heard, completed from what Discord still has, drawn for people and for machines, and read.
//!
//! **Invariants:** nothing that somebody wrote is markup here, and no page of ours runs anything. Files come from where Discord keeps
//! files, and from nowhere else.

mod draw;
mod fetch;
mod hear;
mod make;
mod read;
mod revoke;
mod show;
mod text;
mod threads;
mod walk;

pub use draw::{Page, Place};
pub use read::ReadTranscript;
pub use revoke::RevokeTranscript;
pub use show::ShowTranscript;
pub use threads::{Fetched, Threads};
