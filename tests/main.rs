//! Nebula from the outside: people, a Discord on this machine, real servers. One binary, many stories.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]
#![expect(clippy::print_stderr, reason = "a failed story shows the bot's log")]

#[macro_use]
mod twice;

mod access;
mod accounts;
mod alerts;
mod attacks;
mod audit;
mod backup;
mod budget;
mod containers;
mod deploy;
mod evals;
mod explain;
mod faults;
mod files;
mod guilds;
mod history;
mod hostile;
mod incidents;
mod injected;
mod jarvis;
mod jobs;
mod key;
mod kills;
mod lent;
mod log;
mod mcp;
mod memories;
mod metrics;
mod models;
mod outbox;
mod overlays;
mod page;
mod people;
mod policy;
mod presence;
mod probes;
mod probes_lines;
mod process;
mod questions;
mod redact;
mod reference;
mod runbooks;
mod runs;
mod schedules;
mod scripts;
mod secrets;
mod servers;
mod servers_edit;
mod servers_keys;
mod servers_many;
mod servers_power;
mod servers_provision;
mod services;
mod sinks;
mod streams;
mod terminal;
mod tickets;
mod tour;
mod walls;
mod workspace;
mod world;
