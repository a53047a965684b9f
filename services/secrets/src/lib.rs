//! The secrets of a guild that have a name: set once in a form, used by name, rotated for everything that uses them.
//!
//! **Invariants:** a value is learned by the guild's redactor before anything else happens to it, then sealed; no report holds
//! one, nor anything made of one. What uses a secret keeps it from being removed.

mod list;
mod remove;
mod rotate;
mod service;
mod set;
mod uses;

pub use list::ListSecrets;
pub use remove::RemoveSecret;
pub use rotate::RotateSecret;
pub use service::{Secrets, Users};
pub use set::SetSecret;
pub use uses::SecretUses;
