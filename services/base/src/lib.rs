//! The words every part of Nebula shares: who asks, what is asked, whether it may, and what comes of it. No I/O.
//!
//! **Invariant:** only [`gate::admit`] makes a [`Permit`], and everything that changes the world takes one.

pub mod action;
pub mod actor;
pub mod address;
pub mod any;
pub mod card;
pub mod clock;
pub mod error;
pub mod gate;
pub mod hours;
pub mod live;
pub mod measure;
pub mod name;
pub mod need;
pub mod redact;
pub mod secret;
pub mod secret_name;
pub mod yaml;

pub use action::{Action, Assessment, Report, Retry, Risk};
pub use actor::{Actor, Asker, GuildId, RoleId, UserId, Way};
pub use any::{AnyAction, AnyReport};
pub use card::Card;
pub use clock::{Clock, Millis};
pub use error::{Error, Result};
pub use gate::Permit;
pub use live::{Journal, Live, Run};
pub use name::ServerName;
pub use need::Need;
pub use redact::Redactor;
pub use secret::Secret;
pub use secret_name::SecretName;
