//! Real peers on loopback for tests: what Nebula talks to, started and stopped by the test that needs it.
//!
//! **Invariant:** a peer owns its directory, address and processes, and takes all three with it when it is dropped; only
//! processes it started are ended, each by its pid.

pub mod clouds;
pub mod databases;
mod docker;
mod http;
mod machine;
pub mod mcp;
pub mod models;
pub mod page;
pub mod postgres;
mod sshd;
mod tcp;
mod tls;
mod unsynced;

pub use docker::{Docker, IMAGE};
pub use machine::Machine;
pub use sshd::{Proc, Sshd};
pub use tcp::{Garbage, Unanswering};
pub use tls::Tls;
pub use unsynced::Unsynced;
