//! The servers of a guild, over SSH: added once with a pinned key, then commands run on them.
//!
//! **Invariant:** no credential is sent to a host whose key is not the pinned one, or the one a person just confirmed.

mod add;
mod credential;
mod kept;
mod list;
mod look;
mod output;
mod pin;
mod remove;
mod run;
mod service;
mod show;
pub mod ssh;
mod tag;
mod test;
mod trouble;

pub use add::AddServer;
pub use list::ListServers;
pub use look::{Look, Unseen};
pub use pin::PinKey;
pub use remove::RemoveServer;
pub use run::RunCommand;
pub use service::Hosts;
pub use show::ShowServer;
pub use store::servers::{Server, State};
pub use tag::TagServer;
pub use test::CheckServer;
