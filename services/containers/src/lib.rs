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

mod by_map;
mod compose;
mod engine;
mod entries;
mod events;
mod exec;
mod follow;
mod image;
mod inspect;
mod list;
mod logs;
mod look;
mod name;
mod names;
mod network;
mod outcome;
mod place;
mod power;
mod prune;
mod remove;
mod service;
mod show;
mod socket;
mod stamp;
mod stats;
mod top;
mod trouble;
mod volume;
mod watch;
mod wire;

pub use by_map::{Standing, Turn, Turned};
pub use compose::{
    AllowProject, DownProject, Folder, ForgetProject, ListProjects, ProjectConfig, ProjectLogs, PullProject,
    RestartProject, UpProject,
};
pub use exec::ExecCommand;
pub use image::{Image, ListImages, PullImage, RemoveImage};
pub use inspect::InspectContainer;
pub use list::ListContainers;
pub use logs::ReadLog;
pub use name::Name;
pub use names::Of;
pub use network::{ListNetworks, ShowNetwork};
pub use place::Local;
pub use power::{KillContainer, RestartContainer, StartContainer, StopContainer};
pub use prune::{Prune, Volumes};
pub use remove::RemoveContainer;
pub use service::Containers;
pub use show::ShowContainer;
pub use socket::UseSocket;
pub use stats::MeasureContainers;
pub use top::ListProcesses;
pub use volume::{ListVolumes, ShowVolume};
pub use watch::{Channels, Incidents, Switch, UnwatchContainers, WatchContainers};
