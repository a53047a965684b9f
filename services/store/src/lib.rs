//! The only SQL: one file per table, the same statements on SQLite and PostgreSQL.
//!
//! **Invariant:** every read and write of something a guild owns names the guild, so no id of one works in another.

pub mod approvals;
pub mod audit;
pub mod buttons;
mod database;
mod features;
pub mod grants;
mod guild_commands;
pub mod guild_settings;
pub mod harmless;
pub mod in_flight;
mod lock;
pub mod named_secrets;
mod owners;
mod policies;
mod rotate;
pub mod rules;
pub mod servers;
mod vault;
mod vault_key;

pub use database::{Kind, Store, sqlite_file};
pub use rotate::Progress;
pub use vault::Vault;

use base::Error;

/// A database error as ours: people see one sentence, the log the cause.
fn lost(source: sqlx::Error) -> Error {
    Error::internal("using the database", source)
}
