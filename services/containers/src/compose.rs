//! Compose projects: in folders that were allowed, by the Compose that is there.

mod allow;
mod config;
mod folder;
mod list;
mod run;
mod tool;

pub use allow::{AllowProject, ForgetProject};
pub use folder::Folder;
pub use list::ListProjects;
pub use run::{DownProject, ProjectConfig, ProjectLogs, PullProject, RestartProject, UpProject};
