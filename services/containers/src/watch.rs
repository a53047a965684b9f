//! Watches engines: who ends unexpectedly, restarts in a loop, runs out of memory or is unhealthy is told in a channel.

mod keep;
mod set;
mod story;

pub use keep::{Channels, Switch};
pub use set::{UnwatchContainers, WatchContainers};
