//! The workspace: agents, skills, registries and playbooks, from what is built in, from a folder, and from what a guild made.
//!
//! **Invariants:** a folder is there only for guilds its owner named; what people of a guild make is that guild's alone. An item is
//! used whole or not at all, and what is wrong with one is wrong with none other. Nothing in a file is a variable: what an agent is
//! told is what its file says.

mod agent;
mod built_in;
mod fields;
mod folder;
mod home;
mod item;
mod layer;
mod listing;
mod memory;
mod merge;
mod mistake;
mod name;
mod playbook;
mod registry;
mod skill;
mod workspace;

use base::yaml;

pub use agent::{
    Agent, Condition, Look, conditions,
    create::CreateAgent,
    export::{ExportAgent, Part},
    list::ListAgents,
    remove::RemoveAgent,
    show::ShowAgent,
    tree::ShowTree,
};
pub use folder::Folder;
pub use home::{Component, Home, Page, Perspective};
pub use item::{Item, Origin, Read};
pub use memory::{Check, Followup};
pub use merge::Catalogue;
pub use mistake::Mistake;
pub use name::ItemName;
pub use playbook::{
    Playbook, Step,
    list::ListPlaybooks,
    show::ShowPlaybook,
    start::StartPlaybook,
    step::{SettleStep, What},
};
pub use registry::{
    Entry, Field, Kind, Registry, Values,
    add::AddEntry,
    create::CreateRegistry,
    edit::EditEntry,
    list::ListRegistries,
    remove::{RemoveEntry, RemoveRegistry},
    show::ShowRegistry,
};
pub use skill::{Skill, list::ListSkills, show::ShowSkill};
pub use workspace::{Threads, Workspace};
