//! What a guild has on, how it is set up, and what it lacks: features, the wizard, the doctor, the bot's face.
//!
//! **Invariant:** what is off is refused by the gate, whichever way it is asked for: the feature is its first check.

mod declared;
pub mod discord;
mod doctor;
mod identity;
pub mod intent;
mod list;
pub mod permission;
mod service;
mod setup;
mod switch;

pub use declared::{
    ALL, CORE_OPERATORS, CORE_PERMISSIONS, Feature, Owner, SEEN_STREAMING, Setting, State, named, of_command, owner,
};
pub use doctor::{Examine, Finding, Verdict, examine};
pub use identity::SetIdentity;
pub use list::ListFeatures;
pub use service::{Findings, Guilds};
pub use setup::{ChooseFeatures, ChooseRole, SetOpsChannel, ShowSetup, Step, operators};
pub use switch::{SwitchOff, SwitchOn};
