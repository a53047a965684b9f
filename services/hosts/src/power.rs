//! Servers switched off, on and on again.
//!
//! **Invariant:** what is asked of a machine is noted before it is asked, and is asked once: a run that goes on after a kill only
//! waits for what comes of it.

mod act;
mod configure;
mod how;
mod status;
mod switch;

pub use act::{RestartServer, ShutDownServer, WakeServer};
pub use configure::ConfigurePower;
pub use how::How;
pub use status::PowerStatus;
