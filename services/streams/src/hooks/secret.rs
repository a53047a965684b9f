//! By what platforms that we told sign: read once, so that whoever forges has nothing read for it.

use base::{Result, Secret};
use store::streams::Source;
use tokio::sync::OnceCell;

use crate::Streams;

/// What was read. It never changes: the vault's key does, and seals the same.
#[derive(Default)]
pub(crate) struct Secrets {
    twitch: OnceCell<Secret>,
    hub: OnceCell<Secret>,
}

impl Streams {
    /// The secret that a platform signs by. Kick has a key of its own.
    pub(crate) async fn hook_secret(&self, source: Source) -> Result<Secret> {
        let held = match source {
            Source::Twitch => &self.signed_by.twitch,
            Source::YouTube | Source::Kick => &self.signed_by.hub,
        };
        held.get_or_try_init(|| self.vault.hook_secret(source)).await.cloned()
    }
}
