//! Looking after accounts by themselves: renewed before their tokens end, by what each platform says of them, and asked about every minute
//! whether the platform still takes what its person gave.
//!
//! **Invariant:** only a platform's own word ends an account. Where nobody answers, nothing is known, and it is asked again. Each platform is
//! looked after by itself: one that hangs holds up no other.

use std::{sync::Arc, time::Duration};

use base::{Clock, Millis, Result};
use futures::{
    StreamExt,
    future::{join_all, try_join_all},
    stream,
};
use platforms::{Answered, Failure, Platform};
use store::accounts::Account;

use crate::{
    Accounts, Refusal,
    pace::{MINUTE, every},
    platform,
};

/// A token is renewed so long before its end; one that never lasts for so long, after nine tenths of its life.
const MARGIN: Duration = Duration::from_mins(5);
/// What is due is seen after this.
const TICK: Duration = Duration::from_secs(1);
/// What no account holds is looked at again after this, where that went wrong.
const RESTS: Duration = Duration::from_mins(1);
/// Of each platform so many are renewed in one go, and so many are renewed, or asked about, at once.
const BATCH: i64 = 32;
const AT_ONCE: usize = 8;
/// Where nobody answered, it is looked at again after this; each time after twice as long, up to the longest.
const AGAIN: Duration = Duration::from_secs(15);
const AGAIN_AT_MOST: Duration = Duration::from_mins(15);

/// For what an account is looked at.
#[derive(Debug, Clone, Copy)]
enum Look {
    /// Its token ends before long.
    Renew,
    /// It is asked about, as often as this.
    Ask(Duration),
}

/// When an account is looked at next whose token was taken just now.
pub(crate) fn due(now: Millis, expires: Option<Millis>) -> Millis {
    next(now, expires, MINUTE)
}

/// The same where it is asked about so often.
fn next(now: Millis, expires: Option<Millis>, every: Duration) -> Millis {
    now.plus(match expires.map(|expires| expires.since(now)) {
        None => every,
        Some(left) if left <= MARGIN => left * 9 / 10,
        Some(left) => every.min(left.saturating_sub(MARGIN)),
    })
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
        // What happened while nobody asked is to be known now.
        if let Err(error) = self.store.look_at_accounts().await {
            tracing::warn!("accounts cannot be looked at: {error}");
        }
        let this = &self;
        let each = Platform::ALL.map(|platform| async move {
            futures::join!(this.keep_renewing(platform), this.keep_asking(platform));
        });
        futures::join!(join_all(each), this.keep_settling());
    }

    async fn keep_renewing(&self, platform: Platform) {
        loop {
            let found = self.renew_due(platform).await.unwrap_or_else(|error| {
                tracing::warn!(%platform, "accounts cannot be looked at: {error}");
                0
            });
            if found < usize::try_from(BATCH).unwrap_or(usize::MAX) {
                tokio::time::sleep(TICK).await;
            }
        }
    }

    async fn keep_asking(&self, platform: Platform) {
        loop {
            if let Err(error) = self.ask_due(platform).await {
                tracing::warn!(%platform, "nobody is asked about accounts: {error}");
            }
            tokio::time::sleep(TICK).await;
        }
    }

    /// Gives back what no account holds, and forgets what was replaced.
    async fn keep_settling(&self) {
        loop {
            let rests = match self.settle_loose().await {
                Ok(()) => TICK,
                Err(error) => {
                    tracing::warn!("what no account holds yet, or any more, waits: {error}");
                    RESTS
                }
            };
            self.forget_replaced();
            tokio::time::sleep(rests).await;
        }
    }

    /// Looks at what is due now. The answer is how many that were.
    pub async fn look(&self) -> Result<usize> {
        let each = Platform::ALL.map(|platform| async move {
            let (renewed, asked) = futures::join!(self.renew_due(platform), self.ask_due(platform));
            Ok::<_, base::Error>(renewed? + asked?)
        });
        try_join_all(each).await.map(|looked| looked.into_iter().sum())
    }

    /// Renews the tokens of a platform that end before long.
    async fn renew_due(&self, platform: Platform) -> Result<usize> {
        let due = self.store.accounts_to_renew(platform.as_str(), self.clock.now().plus(MARGIN), BATCH).await?;
        Ok(self.each(&due, Look::Renew).await)
    }

    /// Asks a platform whether it still takes what people gave, of as many accounts as may be asked about now.
    async fn ask_due(&self, platform: Platform) -> Result<usize> {
        let now = self.clock.now();
        let count = self.store.good_accounts_counted(platform.as_str()).await?;
        let count = usize::try_from(count).unwrap_or_default();
        let left = self.pace.left(platform, now, count);
        if count == 0 || left == 0 {
            return Ok(0);
        }
        let most = i64::try_from(left).unwrap_or(i64::MAX);
        let due = self.store.accounts_to_ask(platform.as_str(), now.plus(MARGIN), most).await?;
        if !due.is_empty() {
            self.pace.uses(platform, now, due.len());
        }
        Ok(self.each(&due, Look::Ask(every(count))).await)
    }

    /// Looks at each, some at a time. The answer is how many they are.
    async fn each(&self, all: &[Account], look: Look) -> usize {
        stream::iter(all).for_each_concurrent(AT_ONCE, |account| self.look_at(account, look)).await;
        all.len()
    }

    async fn look_at(&self, account: &Account, look: Look) {
        let looked = match look {
            // What nobody answered is tried again soon: it is about to end.
            Look::Renew => self.settle(account, self.renewed(account).await.map(drop), Duration::ZERO).await,
            Look::Ask(every) => self.ask_about(account, every).await,
        };
        if let Err(error) = looked {
            tracing::warn!(platform = account.platform, "an account cannot be looked at: {error}");
        }
    }

    async fn ask_about(&self, account: &Account, every: Duration) -> Result<()> {
        match self.is_taken(account).await? {
            Ok(()) => self.store.account_is_good(account, next(self.clock.now(), account.expires, every)).await,
            // It may have ended by itself before its time: what renews it tells.
            Err(Failure::Unauthorised) => self.settle(account, self.renewed(account).await.map(drop), every).await,
            Err(failure) => self.settle(account, Err(Refusal::Failed(failure)), every).await,
        }
    }

    /// Whether its platform takes what somebody gave.
    async fn is_taken(&self, account: &Account) -> Result<Answered<()>> {
        let platform = platform(account)?;
        if let Some(until) = self.pace.alone(platform, self.clock.now()) {
            return Ok(Err(Failure::Limited { until }));
        }
        // It was disconnected in the same moment, or ended.
        let Some(tokens) = self.vault.account_tokens(account).await? else { return Ok(Ok(())) };
        let answered = self.platforms.takes(platform, &tokens.access).await;
        if let Err(Failure::Limited { until }) = &answered {
            self.pace.leave_alone(platform, *until);
        }
        Ok(answered)
    }

    /// Notes what looking came to, where renewing has not noted it already. Nobody is asked again sooner than they would be.
    async fn settle(&self, account: &Account, came: Result<(), Refusal>, every: Duration) -> Result<()> {
        let later = |until| {
            let now = self.clock.now();
            let at = again(&self.clock, account, until).max(now.plus(every));
            // It is renewed in time, whatever was not answered.
            let left = account.expires.map(|expires| expires.since(now)).filter(|left| *left > MARGIN);
            left.map_or(at, |left| at.min(now.plus(left.saturating_sub(MARGIN))))
        };
        match came {
            Ok(()) | Err(Refusal::NotConnected | Refusal::Ended(_) | Refusal::Lacks(_)) => Ok(()),
            Err(Refusal::Ours(error)) => {
                self.store.account_waits(account, later(None)).await?;
                Err(error)
            }
            Err(Refusal::Failed(failure)) => {
                let until = if let Failure::Limited { until } = failure { Some(until) } else { None };
                self.store.account_waits(account, later(until)).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn an_account_is_asked_about_every_minute_and_renewed_before_its_token_ends() {
        let now = Millis(1_000_000);
        let after = |lasts: Duration| due(now, Some(now.plus(lasts))).since(now);
        assert_eq!(after(HOUR), MINUTE);
        assert_eq!(after(MARGIN + Duration::from_secs(20)), Duration::from_secs(20));
        assert_eq!(after(Duration::from_secs(10)), Duration::from_secs(9));
        assert_eq!(after(Duration::ZERO), Duration::ZERO);
        assert_eq!(due(now, None).since(now), MINUTE);
        // Of many, less often: and renewed in time all the same.
        let many = |lasts: Duration| next(now, Some(now.plus(lasts)), every(1_000)).since(now);
        assert_eq!(many(HOUR), Duration::from_mins(17));
        assert_eq!(many(Duration::from_mins(12)), Duration::from_mins(7));
    }
}
