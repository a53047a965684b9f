//! Asking somebody by a code that they type at Twitch: it takes no address of ours, and no secret.
//!
//! **Invariant:** a code is asked about for no longer than a link leads on: after that nobody could be told any more how it ended. It stands in
//! no row: one that a kill leaves behind leads nowhere, and its card says so.

use std::sync::Arc;

use base::{Actor, Error, Result, Run};
use platforms::{
    Failure, Grant, Platform, Twitch,
    twitch::{DeviceCode, Typed},
};
use store::accounts::NewConsent;

use super::{Asking, Came, LASTS, finish::Finished};
use crate::{Accounts, hash, trouble};

/// What typing the code came to.
enum Ended {
    Granted(Grant),
    Cancelled,
    Over,
}

impl Accounts {
    pub(super) async fn by_code(&self, (actor, entry): (&Actor, &str), scopes: &[String], run: &Run) -> Result<Came> {
        let platform = Platform::Twitch;
        let refused = |failure: Failure| trouble::refused(platform, &failure, &self.clock);
        let twitch = self.platforms.twitch().map_err(refused)?;
        let asked: Vec<&str> = scopes.iter().map(String::as_str).collect();
        let mut device = twitch.device_code(&asked).await.map_err(refused)?;
        device.expires = device.expires.min(self.clock.now().plus(LASTS));
        run.show(Arc::new(Asking {
            platform,
            address: device.address.to_string(),
            code: Some(device.user_code.clone()),
            until: device.expires,
            scopes: scopes.to_vec(),
        }));
        let grant = match self.until_typed(twitch, &device, &asked, run).await? {
            Ended::Granted(grant) => grant,
            Ended::Cancelled => return Ok(Came::Cancelled),
            Ended::Over => return Ok(Came::Expired),
        };
        let new = NewConsent {
            user: actor.user,
            user_name: &actor.name,
            guild: actor.guild,
            platform: platform.as_str(),
            scopes,
            link: &hash(&self.clock.key()),
            entry,
        };
        let consent = self.store.consent_by_code(&new).await?;
        self.keep(&consent, grant).await?;
        match self.finish(&consent, platform).await? {
            Finished::Connected(_) => {
                let account = self.at(actor.user, platform).await?;
                let gone = || Error::Busy("It was disconnected in the same moment.".to_owned());
                account.as_ref().map(super::connected).ok_or_else(gone)
            }
            Finished::No(why) => Ok(Came::Failed(why)),
            Finished::NotYet(failure) => {
                let why = trouble::why(platform, &failure, &self.clock);
                self.store.fail_consent(&consent, &why, None).await?;
                Ok(Came::Failed(why))
            }
        }
    }

    async fn until_typed(&self, twitch: &Twitch, device: &DeviceCode, scopes: &[&str], run: &Run) -> Result<Ended> {
        while self.clock.now() < device.expires {
            tokio::select! {
                () = run.cancel().cancelled() => return Ok(Ended::Cancelled),
                () = tokio::time::sleep(device.pause) => {}
            }
            match twitch.typed(device, scopes).await {
                Ok(Typed::NotYet) => {}
                Ok(Typed::Granted(grant)) => return Ok(Ended::Granted(grant)),
                Ok(Typed::Over) => return Ok(Ended::Over),
                // The code is good for as long as it is; silence does not end it.
                Err(failure) if failure.passes() => {
                    tracing::debug!("Twitch does not say whether a code was typed: {failure}");
                }
                Err(failure) => return Err(trouble::refused(Platform::Twitch, &failure, &self.clock)),
            }
        }
        Ok(Ended::Over)
    }
}
