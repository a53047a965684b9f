//! Makes a new machine one's own: a user of ours with a key of ours, sudo for exactly a few commands, Docker, and a tailnet.
//!
//! **Invariants:** what is there is looked at first and shown, and what was shown is what is done, or nothing is. Every step finds
//! out for itself whether it was done before, so a run that goes on does nothing twice. The old login is used until the new one has
//! worked; before that the row does not change.

mod act;
mod card;
mod facts;
mod plan;

use base::{Error, Result, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use act::ProvisionServer;
pub use plan::PlanProvision;

/// Who logs in where nobody says otherwise.
const USER: &str = "nebula";
/// Longest user name Linux takes.
const USER_LIMIT: usize = 32;

/// The user that logs in from then on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct LinuxUser(String);

impl Default for LinuxUser {
    fn default() -> Self {
        Self(USER.to_owned())
    }
}

impl LinuxUser {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Checked where it is used: it may come from a button's row as well as from a person.
    pub(crate) fn check(&self) -> Result<()> {
        let name = &self.0;
        // What `useradd` takes everywhere; and a file of this name in `/etc/sudoers.d` is one that sudo reads.
        let fits = (1..=USER_LIMIT).contains(&name.len())
            && name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
            && name
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "_-".contains(letter));
        if fits && name != "root" {
            return Ok(());
        }
        Err(Error::Invalid(format!(
            "{} is no user I could make: it takes 1 to {USER_LIMIT} small letters, digits, `_` or `-`, such as `{USER}`, and \
             not `root`. Nothing was changed.",
            code(name)
        )))
    }
}

impl From<String> for LinuxUser {
    fn from(name: String) -> Self {
        Self(name.trim().to_owned())
    }
}

/// Whether Docker is to be there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Docker {
    /// It is installed where it is missing.
    #[default]
    Install,
    /// It is left as it is.
    Leave,
}

/// What becomes of the key that logged in before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Old {
    /// It is taken off the server.
    #[default]
    Remove,
    /// The server goes on to take it.
    Keep,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_a_name_that_every_system_takes_and_never_root() {
        for good in ["nebula", "_ops", "web-1", "a"] {
            assert!(LinuxUser::from(good.to_owned()).check().is_ok(), "{good}");
        }
        for wrong in ["", "root", "Nebula", "1a", "-a", "a b", "a.b", "a/b", "a;b", "$(id)", &"a".repeat(33), "é"] {
            assert!(LinuxUser::from(wrong.to_owned()).check().is_err(), "{wrong}");
        }
    }
}
