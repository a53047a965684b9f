//! The models of an Ollama: what is there, fetched, shown and removed.

mod list;
mod name;
mod pull;
mod remove;
mod show;

pub use list::ListModels;
pub use name::ModelName;
pub use pull::PullModel;
pub use remove::RemoveModel;
pub use show::ShowModel;
