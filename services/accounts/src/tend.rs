//! Looking after accounts by themselves: renewed before their tokens end, by what each platform says of them, and asked about where the
//! platform wants to be asked.

use std::{sync::Arc, time::Duration};

use base::{Clock, Millis, Result};
use futures::{StreamExt, stream};
use platforms::{Failure, Platform};
use store::accounts::Account;

use crate::{Accounts, Refusal, platform};

/// Twitch wants to be asked of each token at the start, and at least so often.
const VALIDATE: Duration = Duration::from_mins(58);
/// A token is renewed after nine tenths of its life, and no more than this before its end.
const MARGIN: Duration = Duration::from_mins(10);
/// What has no end is looked at so often.
const ENDLESS: Duration = Duration::from_hours(24);
/// What is due is seen after this.
const TICK: Duration = Duration::from_secs(1);
/// What no account holds is looked at again after this, where that went wrong.
const RESTS: Duration = Duration::from_mins(1);
/// So many are looked at in one go, and so many of them at once.
const BATCH: i64 = 32;
const AT_ONCE: usize = 4;
/// Where nobody answered, it is looked at again after this; each time after twice as long, up to the longest.
const AGAIN: Duration = Duration::from_secs(15);
const AGAIN_AT_MOST: Duration = Duration::from_mins(15);

/// When an account is looked at next whose token was taken just now.
pub(crate) fn due(platform: Platform, now: Millis, expires: Option<Millis>) -> Millis {
    let left = expires.map(|expires| expires.since(now));
    let renew = left.map_or(ENDLESS, |left| left.saturating_sub((left / 10).min(MARGIN)));
    now.plus(if platform == Platform::Twitch { renew.min(VALIDATE) } else { renew })
}

/// When an account is looked at again about which nobody answered.
pub(crate) fn again(clock: &Clock, account: &Account, until: Option<Millis>) -> Millis {
    let doubled = 2_u32.saturating_pow(u32::try_from(account.failures.clamp(0, 16)).unwrap_or(16));
    let wait = AGAIN.saturating_mul(doubled).min(AGAIN_AT_MOST);
    // What failed together does not come back together.
    let at = clock.now().plus(wait / 2 + (wait / 2).mul_f64(clock.chance()));
    until.map_or(at, |until| until.max(at))
}

impl Accounts {
    /// Looks after all accounts, for ever. Only one process does.
    pub async fn tend(self: Arc<Self>) {
        if let Err(error) = self.store.look_at_accounts(Platform::Twitch.as_str()).await {
            tracing::warn!("accounts cannot be looked at: {error}");
        }
        let mut rests = Millis(0);
        loop {
            let found = match self.look().await {
                Ok(found) => found,
                Err(error) => {
                    tracing::warn!("accounts cannot be looked at: {error}");
                    0
                }
            };
            if self.clock.now() >= rests
                && let Err(error) = self.settle_loose().await
            {
                tracing::warn!("what no account holds yet, or any more, waits: {error}");
                rests = self.clock.now().plus(RESTS);
            }
            self.forget_replaced();
            if found < usize::try_from(BATCH).unwrap_or(usize::MAX) {
                tokio::time::sleep(TICK).await;
            }
        }
    }

    /// Looks at what is due now. The answer is how many that were.
    pub async fn look(&self) -> Result<usize> {
        let due = self.store.accounts_due(BATCH).await?;
        let found = due.len();
        let mut looks = stream::iter(due)
            .map(|account| async move {
                if let Err(error) = self.look_at(&account).await {
                    tracing::warn!(platform = account.platform, "an account cannot be looked at: {error}");
                }
            })
            .buffer_unordered(AT_ONCE);
        while looks.next().await.is_some() {}
        Ok(found)
    }

    async fn look_at(&self, account: &Account) -> Result<()> {
        let (platform, now) = (platform(account)?, self.clock.now());
        let lasts = account.expires.is_none_or(|expires| expires > now.plus(MARGIN));
        if platform != Platform::Twitch && account.expires.is_none() {
            return self.store.account_is_good(account, due(platform, now, None)).await;
        }
        if lasts && platform == Platform::Twitch {
            return self.validate(account).await;
        }
        self.settle(account, self.renewed(account).await.map(drop)).await
    }

    async fn validate(&self, account: &Account) -> Result<()> {
        let Some(tokens) = self.vault.account_tokens(account).await? else { return Ok(()) };
        let answered = match self.platforms.twitch() {
            Ok(twitch) => twitch.validate(&tokens.access).await,
            Err(failure) => Err(failure),
        };
        match answered {
            Ok(valid) => {
                let due = due(Platform::Twitch, self.clock.now(), Some(valid.expires));
                self.store.account_is_good(account, due).await
            }
            // It may have ended by itself before its time: what renews it tells.
            Err(Failure::Unauthorised) => self.settle(account, self.renewed(account).await.map(drop)).await,
            Err(failure) => self.settle(account, Err(Refusal::Failed(failure))).await,
        }
    }

    /// Notes what looking came to, where renewing has not noted it already.
    async fn settle(&self, account: &Account, came: Result<(), Refusal>) -> Result<()> {
        match came {
            Ok(()) | Err(Refusal::NotConnected | Refusal::Ended(_) | Refusal::Lacks(_)) => Ok(()),
            Err(Refusal::Ours(error)) => {
                self.store.account_waits(account, again(&self.clock, account, None)).await?;
                Err(error)
            }
            Err(Refusal::Failed(failure)) => {
                let until = if let Failure::Limited { until } = failure { Some(until) } else { None };
                self.store.account_waits(account, again(&self.clock, account, until)).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn a_token_is_renewed_by_its_own_end_and_never_a_day_before() {
        let now = Millis(1_000_000);
        let after = |platform, lasts: Duration| due(platform, now, Some(now.plus(lasts))).since(now);
        assert_eq!(after(Platform::YouTube, HOUR), Duration::from_mins(54));
        assert_eq!(after(Platform::Kick, HOUR * 2), Duration::from_mins(110));
        assert_eq!(after(Platform::Spotify, HOUR * 48), Duration::from_mins(48 * 60 - 10));
        assert_eq!(after(Platform::Twitch, HOUR * 4), VALIDATE, "Twitch is asked hourly");
        assert_eq!(after(Platform::Kick, Duration::from_secs(10)), Duration::from_secs(9));
        assert_eq!(after(Platform::Kick, Duration::ZERO), Duration::ZERO);
        assert_eq!(due(Platform::YouTube, now, None).since(now), ENDLESS);
    }
}
