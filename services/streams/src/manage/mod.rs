//! A streamer manages their own stream: on one platform, or on every one that they have connected.
//!
//! **Invariants:** everything is done in the name of whoever asks, with their own account; nobody else's is reached. Each platform answers
//! for itself: what one did stands, whatever another says. A message that was taken and not shown is a failure, with its reason.

mod change;
mod chat;
mod each;
mod moment;
mod raid;

use std::sync::Arc;

use accounts::Accounts;
use base::{Clock, Result, UserId};
use platforms::{Platform, channel::Category};

pub use change::{Previous, SetCategory, SetTags, SetTitle, UndoChange};
pub use chat::{AnnounceInChat, SayInChat};
pub use moment::{MakeClip, SetMarker};
pub use raid::{BeginRaid, CallOffRaid};

/// What manages streams.
pub struct Manager {
    accounts: Arc<Accounts>,
    clock: Clock,
}

impl Manager {
    /// Manages them with these accounts.
    pub fn new(accounts: Arc<Accounts>, clock: Clock) -> Self {
        Self { accounts, clock }
    }

    /// Names of categories like what somebody types, of the first of their platforms that knows any.
    pub async fn categories_like(&self, user: UserId, on: Option<Platform>, like: &str) -> Result<Vec<String>> {
        for account in self.accounts.of(user).await? {
            let Some(platform) = Platform::parse(&account.platform) else { continue };
            if platform == Platform::Spotify || on.is_some_and(|on| on != platform) || account.ended.is_some() {
                continue;
            }
            let look = |lent: accounts::Lent| async move {
                self.accounts.platforms().categories(platform, &lent.token, like).await
            };
            if let Ok(found) = self.accounts.ask(user, platform, &[], look).await {
                let fits = |one: &Category| one.name.to_lowercase().contains(&like.to_lowercase());
                let names: Vec<String> = found.into_iter().filter(fits).map(|one| one.name).collect();
                if !names.is_empty() {
                    return Ok(names);
                }
            }
        }
        Ok(Vec::new())
    }
}
