//! The only SQL: one file per table, the same statements on SQLite and PostgreSQL.
//!
//! **Invariant:** every read and write of something a guild owns names the guild, so no id of one works in another.

pub mod accounts;
pub mod alert_rules;
pub mod alerts;
pub mod approvals;
pub mod audit;
pub mod backup;
pub mod buttons;
pub mod command_outputs;
mod compose_projects;
pub mod container_watches;
pub mod conversations;
mod database;
mod engines;
pub mod events;
mod features;
pub mod file_parts;
pub mod file_roots;
pub mod file_versions;
pub mod grants;
pub mod guild_agents;
mod guild_commands;
pub mod guild_settings;
pub mod harmless;
pub mod in_flight;
pub mod incidents;
pub mod lent;
mod lock;
pub mod log_channels;
pub mod mcp;
pub mod memories;
pub mod metrics;
pub mod model_limits;
pub mod model_providers;
pub mod model_usage;
pub mod named_secrets;
pub mod occurrences;
pub mod outbox;
pub mod overlays;
mod owners;
pub mod playbook_runs;
mod policies;
pub mod presence;
pub mod probes;
pub mod prompts;
pub mod registries;
mod rotate;
pub mod rules;
mod run_steps;
pub mod runbook_heals;
pub mod runbooks;
pub mod runs;
pub mod schedules;
mod server_keys;
mod server_power;
pub mod servers;
pub mod service_autostarts;
pub mod service_days;
pub mod service_maps;
pub mod status_pages;
pub mod streams;
pub mod terminals;
pub mod tickets;
mod vault;
mod vault_key;
mod workers;

pub use database::{Kind, Store, sqlite_file};
pub use lock::Lock;
pub use rotate::Progress;
pub use vault::Vault;

use base::Error;

/// A database error as ours: people see one sentence, the log the cause.
fn lost(source: sqlx::Error) -> Error {
    Error::internal("using the database", source)
}
