//! People's own accounts, as whoever keeps them says.

use base::{Result, UserId};
use futures::future::BoxFuture;
use store::overlays::Origin;

/// Somebody's account that may feed overlays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feeding {
    /// Who they are there, by their id.
    pub subject: String,
    /// What they are called there.
    pub name: String,
}

/// Knows people's accounts.
pub trait Accounts: Send + Sync {
    /// Somebody's own account at a platform, where it lets us see what overlays show of it. Else a refusal that says how they let us.
    fn feeding(&self, user: UserId, platform: Origin) -> BoxFuture<'_, Result<Feeding>>;
}
