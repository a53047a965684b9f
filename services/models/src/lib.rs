//! Whoever runs models for a guild: who they are, which are asked in which order, what may leave the house, and what was used. What
//! models are told, and what becomes of what they say, is not in here.
//!
//! **Invariants:** a key enters by a form or by the environment, is learned before anything else happens to it, and is in no report.
//! Without a guild's word, nothing of it leaves the house.

mod add;
mod address;
mod budget;
mod choose;
mod cloud;
mod disk;
mod draw;
mod key;
mod list;
mod look;
mod name;
mod ollama;
mod policy;
mod prices;
mod provider;
mod quota;
mod reads;
mod remove;
mod service;
mod shared;
mod status;
mod switch;
mod usage;
pub mod wire;
mod wish;
mod words;

pub use add::AddProvider;
pub use address::Place;
pub use budget::{Budget, Coming, SetAllowance, SetBudget, SetConversationBudget};
pub use choose::UseModels;
pub use cloud::SetCloud;
pub use key::SetKey;
pub use list::ListProviders;
pub use look::{Known, look};
pub use name::ProviderName;
pub use ollama::{ListModels, ModelName, PullModel, RemoveModel, ShowModel};
pub use policy::Cloud;
pub use provider::{Kind, Provider};
pub use quota::SetQuota;
pub use reads::SetWindow;
pub use remove::RemoveProvider;
pub use service::{Candidate, Health, Left, Providers, window};
pub use shared::{Settings, Shared};
pub use status::ShowModels;
pub use store::model_usage::NewUsage;
pub use switch::{SwitchProviderOff, SwitchProviderOn};
pub use usage::{Period, ShowUsage};
pub use wish::Wish;
