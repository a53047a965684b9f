//! Nebula from the outside: people, a Discord on this machine, real servers. One binary, many stories.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]
#![expect(clippy::print_stderr, reason = "a failed story shows the bot's log")]

#[macro_use]
mod twice;

mod access;
mod attacks;
mod audit;
mod backup;
mod budget;
mod containers;
mod deploy;
mod explain;
mod faults;
mod files;
mod guilds;
mod hostile;
mod jobs;
mod key;
mod kills;
mod log;
mod metrics;
mod outbox;
mod page;
mod people;
mod policy;
mod process;
mod questions;
mod redact;
mod reference;
mod runs;
mod schedules;
mod scripts;
mod secrets;
mod servers;
mod servers_edit;
mod servers_keys;
mod servers_many;
mod servers_power;
mod sinks;
mod store;
mod terminal;
mod tour;
mod world;
