//! The servers of a guild, over SSH: added once with a pinned key, then commands run on them.
//!
//! **Invariant:** no credential is sent to a host whose key is not the pinned one, or the one a person just confirmed.

mod add;
mod credential;
pub mod files;
mod glance;
mod import;
mod jump;
mod kept;
mod list;
mod look;
mod note;
mod output;
mod pin;
mod port;
mod power;
mod printed;
mod provision;
mod reach;
mod remove;
mod rotate;
mod run;
mod run_many;
mod script;
mod service;
mod show;
pub mod ssh;
mod step;
mod tag;
mod terminal;
mod test;
mod trouble;

pub use add::AddServer;
pub use files::Files;
pub use glance::{Blind, Glance};
pub use import::{CONFIG_LIMIT, ImportServers, PinKeys, PlanImport};
pub use jump::SetJump;
pub use list::ListServers;
pub use look::{Look, Unseen};
pub use note::NoteServer;
pub use output::Output;
pub use pin::PinKey;
pub use port::Port;
pub use power::{ConfigurePower, How, PowerStatus, RestartServer, ShutDownServer, WakeServer};
pub use printed::Printed;
pub use provision::{Docker, LinuxUser, Old, PlanProvision, ProvisionServer};
pub use remove::RemoveServer;
pub use rotate::RotateKey;
pub use run::RunCommand;
pub use run_many::{RunOnServers, Selection};
pub use service::Hosts;
pub use show::ShowServer;
pub use step::{Step, Stepped, Steps};
pub use store::servers::{Server, State};
pub use tag::TagServer;
pub use terminal::{
    EndTerminal, InviteToTerminal, OpenTerminal, PictureTerminal, Session, Size, Terminals, Threads, Typed,
    UninviteFromTerminal,
};
pub use test::CheckServer;
