//! Containers over the Docker API: on this machine's engine, and on any server through its socket over the SSH connection.
//!
//! **Invariants:** what people type reaches an engine as a name that was checked, in an API's path or body, and never a shell;
//! every answer has a size and a deadline; an engine that does not answer is said so, and asked again by whoever follows it.

/// What every action on a server has in common: its target and what is known of it.
macro_rules! on_a_server {
    () => {
        fn target(&self) -> Option<String> {
            Some(self.server.to_string())
        }

        async fn assess(&self, containers: &Containers, actor: &Actor) -> Result<Assessment> {
            Ok(containers.assess(actor.guild, &self.server, Self::RISK))
        }
    };
}

mod engine;
mod entries;
mod events;
mod follow;
mod list;
mod logs;
mod look;
mod name;
mod names;
mod place;
mod power;
mod service;
mod show;
mod socket;
mod stamp;
mod trouble;
mod wire;

pub use list::ListContainers;
pub use logs::ReadLog;
pub use name::Name;
pub use names::Of;
pub use place::Local;
pub use power::{KillContainer, RestartContainer, StartContainer, StopContainer};
pub use service::Containers;
pub use show::ShowContainer;
pub use socket::UseSocket;
