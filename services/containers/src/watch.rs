//! Watches engines: who ends unexpectedly, restarts in a loop, runs out of memory or is unhealthy is told in a channel.

mod keep;
mod mend;
mod set;
mod story;

pub use keep::{Channels, Incidents, Switch};
pub use set::{UnwatchContainers, WatchContainers};
