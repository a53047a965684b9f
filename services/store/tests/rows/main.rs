//! What the database guarantees by itself, on SQLite and on PostgreSQL alike. One binary, a file for each thing that is kept.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]

#[macro_use]
mod fresh;

mod approvals;
mod audit_log;
mod backup;
mod crew;
mod entries;
mod events;
mod guilds;
mod incidents;
mod memories;
mod metrics;
mod models;
mod outbox;
mod outputs;
mod rotate;
mod runs;
mod secrets;
mod servers;
mod service_maps;
mod whole;
mod workspace;
