//! Programs that offer tools by the Model Context Protocol, used by a guild; and the tokens by which other assistants use ours.
//!
//! **Invariants:** what a server says is others' words: bounded, tidied, and never a reason to ask nobody. A tool changes something
//! until an administrator says that it only looks, and that counts for the tool exactly as it was then. A command line is never typed
//! into Discord. A token comes in by a form, and is learned before anything else happens to it.

mod add;
mod address;
mod bounded;
mod call;
#[cfg(test)]
mod hostile;
mod http;
mod link;
mod list;
mod name;
mod own;
mod remove;
mod risk;
mod sandbox;
mod servers;
mod show;
pub mod token;
mod tool;
mod tools;
mod trouble;

pub use add::AddServer;
pub use call::CallTool;
pub use list::ListServers;
pub use name::ServerName;
pub use own::Own;
pub use remove::RemoveServer;
pub use risk::{Level, SetRisk};
pub use servers::{Offered, Servers};
pub use show::ShowServer;
pub use token::{CreateToken, ListTokens, RevokeToken};
pub use tools::ListTools;
