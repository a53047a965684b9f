//! Discord's rules, a row each: what is sent, what Discord says to it, and what the judge writes down.
#![expect(clippy::unwrap_used, reason = "in a test, what cannot be unwrapped is the failure")]
#![expect(clippy::needless_pass_by_value, reason = "rows are written with json!(…) in place")]
#![expect(clippy::too_many_lines, reason = "a table is as long as there are rules")]

mod bench;
mod cards;
mod channels;
mod commands;
mod components;
mod gateway;
mod interactions;
mod messages;
mod modals;
mod people;
mod permissions;
