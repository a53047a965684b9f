//! Has Twitch tell us by itself of everybody who takes back what they gave: once for all of them, where it reaches us.
//!
//! **Invariant:** nothing rests on it: every account is asked about all the same, and what Twitch tells is asked before it is believed.

use std::sync::{Mutex, PoisonError};

use base::{Millis, Result};
use platforms::Platform;
use store::streams::Source;

use super::subscribe::{LOOKED_AT, wait};
use crate::Streams;

/// When it is asked for, and how often it was in vain. It stands in no row: Twitch itself says where it stands already.
#[derive(Debug, Default)]
pub(crate) struct Revocations(Mutex<(Option<Millis>, i64)>);

impl Revocations {
    fn get(&self) -> (Option<Millis>, i64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, at: Millis, tries: i64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (Some(at), tries);
    }
}

impl Streams {
    pub(super) async fn subscribe_to_revocations(&self) -> Result<()> {
        let (Some(address), Some(twitch)) = (self.address.get(), &self.platforms.twitch) else { return Ok(()) };
        let (now, (at, tries)) = (self.clock.now(), self.revocations.get());
        if at.is_some_and(|at| at > now) || self.store.good_accounts(Platform::Twitch.as_str(), 1).await?.is_empty() {
            return Ok(());
        }
        let secret = self.hook_secret(Source::Twitch).await?;
        self.redactor.learn(secret.expose());
        match twitch.subscribe_to_revocations(&format!("{address}/hooks/twitch"), &secret).await {
            // What stands is asked for again now and then: it may be gone without a word.
            Ok(_) => self.revocations.set(now.plus(LOOKED_AT), 0),
            Err(failure) => {
                tracing::debug!("Twitch does not tell who takes something back: {failure}");
                self.revocations.set(now.plus(wait(tries)), tries + 1);
            }
        }
        Ok(())
    }

    /// Twitch tells of nobody any more: it is asked again then.
    pub(super) fn revocations_end(&self, again: Millis) {
        self.revocations.set(again, 0);
    }
}
