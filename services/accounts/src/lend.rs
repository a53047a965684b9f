//! What an account's token is lent for, and how it is renewed: by one at a time, wherever they are, and kept before it is used.
//!
//! **Invariants:** who renews has claimed the account's row, for longer than a platform can take to answer. The new pair is in the vault
//! before anybody gets it. What a kill leaves between the platform's answer and our row is found out by the next who asks, and ends the
//! account in so many words; it is never tried over and over.

use std::time::Duration;

use base::{Error, UserId};
use platforms::{Answered, Failure, Platform};
use store::accounts::{Account, Tokens};

use crate::{Accounts, Right, platform, tend, trouble};

/// A token that ends sooner than this is renewed before it is lent.
const LEEWAY: Duration = Duration::from_secs(20);
/// Nobody else renews an account meanwhile: a platform answers within less, twice.
const CLAIM: Duration = Duration::from_mins(1);
/// Whoever finds it claimed looks again after this.
const LOOK: Duration = Duration::from_millis(100);

/// A token, for one thing to be done with it.
#[derive(Debug, Clone)]
pub struct Lent {
    /// Whose it is.
    pub account: Account,
    /// It.
    pub token: base::Secret,
}

/// Why an account cannot do something.
#[derive(Debug)]
pub enum Refusal {
    /// They have none there.
    NotConnected,
    /// It is to be connected again, and this is why.
    Ended(String),
    /// They did not let us do that.
    Lacks(Vec<Right>),
    /// The platform's word, or its silence.
    Failed(Failure),
    /// Ours.
    Ours(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl Refusal {
    /// The same in a sentence; ours are an error of their own.
    pub fn sentence(&self, platform: Platform, clock: &base::Clock) -> String {
        match self {
            Self::NotConnected => format!("You have connected no {platform} account."),
            Self::Ended(why) => format!("{why} Connect it again."),
            Self::Lacks(_) => "You have not let me do that there yet.".to_owned(),
            Self::Failed(failure) => trouble::why(platform, failure, clock),
            Self::Ours(error) => error.to_string(),
        }
    }
}

/// What renewing came to.
enum Renewed {
    /// There is a token, whoever fetched it.
    Good(Box<Lent>),
    /// Somebody else is at it.
    Claimed,
}

impl Accounts {
    /// Lends somebody's token at a platform, for what takes these rights, renewed where it is about to end.
    pub async fn lend(&self, user: UserId, platform: Platform, rights: &[Right]) -> Result<Lent, Refusal> {
        let account = self.allows(user, platform, rights).await?;
        if account.expires.is_some_and(|expires| expires <= self.clock.now().plus(LEEWAY)) {
            return self.renewed(&account).await;
        }
        self.lent(account).await
    }

    /// Somebody's account at a platform, where it is good for what takes these rights. Nobody is asked for that.
    pub async fn allows(&self, user: UserId, platform: Platform, rights: &[Right]) -> Result<Account, Refusal> {
        let account = self.at(user, platform).await?.ok_or(Refusal::NotConnected)?;
        if let Some(why) = account.ended {
            return Err(Refusal::Ended(why));
        }
        let has =
            |right: &Right| right.scope(platform).is_none_or(|scope| account.scopes.iter().any(|held| held == scope));
        let lacks: Vec<Right> = rights.iter().copied().filter(|right| !has(right)).collect();
        if lacks.is_empty() { Ok(account) } else { Err(Refusal::Lacks(lacks)) }
    }

    /// Asks a platform in somebody's name. A token that it does not take is renewed once.
    pub async fn ask<T, F>(
        &self,
        user: UserId,
        platform: Platform,
        rights: &[Right],
        call: impl Fn(Lent) -> F + Send,
    ) -> Result<T, Refusal>
    where
        F: Future<Output = Answered<T>> + Send,
    {
        let lent = self.lend(user, platform, rights).await?;
        let before = lent.account.clone();
        match call(lent).await {
            Ok(answer) => Ok(answer),
            Err(Failure::Unauthorised) => {
                let again = self.renewed(&before).await?;
                call(again).await.map_err(Refusal::Failed)
            }
            Err(failure) => Err(Refusal::Failed(failure)),
        }
    }

    /// A token that is newer than what this account had when it was read, fetched by whoever is first.
    pub(crate) async fn renewed(&self, read: &Account) -> Result<Lent, Refusal> {
        let platform = platform(read)?;
        let until = self.clock.now().plus(CLAIM);
        loop {
            let account =
                self.at(read.user, platform).await?.filter(|now| now.id == read.id).ok_or(Refusal::NotConnected)?;
            if let Some(why) = account.ended {
                return Err(Refusal::Ended(why));
            }
            if account.version != read.version {
                return self.lent(account).await;
            }
            match self.renew(&account, platform).await? {
                Renewed::Good(lent) => return Ok(*lent),
                Renewed::Claimed if self.clock.now() < until => tokio::time::sleep(LOOK).await,
                Renewed::Claimed => return Err(Refusal::Failed(Failure::Unreachable("it is being asked already"))),
            }
        }
    }

    async fn renew(&self, account: &Account, platform: Platform) -> Result<Renewed, Refusal> {
        let claim = self.clock.key();
        if !self.store.claim_account(account, &claim, CLAIM).await? {
            return Ok(Renewed::Claimed);
        }
        let held = match self.vault.account_tokens(account).await {
            Ok(held) => held,
            Err(error) => {
                self.store.release_account(account, &claim, tend::again(&self.clock, account, None)).await?;
                return Err(error.into());
            }
        };
        let Some(held) = held else { return Ok(Renewed::Claimed) };
        let Some(refresh) = &held.refresh else {
            return self
                .ends(account, &format!("{platform} gave nothing by which it is renewed, and it has ended."))
                .await;
        };
        let grant = match self.platforms.refresh(platform, refresh).await {
            Ok(grant) => grant,
            Err(Failure::Unauthorised) => {
                return self.ends(account, &format!("{platform} does not renew what you gave me any more.")).await;
            }
            Err(failure) => {
                let until = if let Failure::Limited { until } = failure { Some(until) } else { None };
                self.store.release_account(account, &claim, tend::again(&self.clock, account, until)).await?;
                tracing::warn!(platform = platform.as_str(), "a token was not renewed: {failure}");
                return Err(Refusal::Failed(failure));
            }
        };
        let tokens = Tokens { access: grant.access, refresh: grant.refresh.or_else(|| held.refresh.clone()) };
        // Before anything else happens to them.
        self.learn_tokens(&tokens);
        let scopes = if grant.scopes.is_empty() { account.scopes.clone() } else { grant.scopes };
        let due = tend::due(self.clock.now(), grant.expires);
        if !self.vault.renew_account(account, &claim, &tokens, (&scopes, grant.expires, due)).await? {
            // It was connected anew, disconnected, or took longer than a claim lasts: what is in the rows counts.
            tracing::warn!(platform = platform.as_str(), "a renewed token came too late to be kept");
            return Ok(Renewed::Claimed);
        }
        tracing::debug!(platform = platform.as_str(), "a token was renewed");
        let mut kept = account.clone();
        (kept.version, kept.scopes, kept.expires) = (account.version + 1, scopes, grant.expires);
        self.holds(&kept.id, kept.version, &tokens);
        Ok(Renewed::Good(Box::new(Lent { account: kept, token: tokens.access })))
    }

    /// An account is to be connected again.
    async fn ends(&self, account: &Account, why: &str) -> Result<Renewed, Refusal> {
        if self.store.end_account(account, why).await? {
            self.lets_go(&account.id);
            tracing::info!(platform = account.platform, "an account is to be connected again: {why}");
        }
        Err(Refusal::Ended(why.to_owned()))
    }

    /// Somebody's account, claimed so that nobody renews it any more: for who takes it away.
    pub(crate) async fn held(&self, user: UserId, platform: Platform) -> base::Result<Account> {
        let (claim, until) = (self.clock.key(), self.clock.now().plus(CLAIM));
        loop {
            let account = self.at(user, platform).await?.ok_or_else(|| trouble::not_connected(platform))?;
            if account.ended.is_some() || self.store.claim_account(&account, &claim, CLAIM).await? {
                return Ok(account);
            }
            if self.clock.now() >= until {
                return Err(Error::Busy(format!("{platform} is being asked in your name just now. Try again.")));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn lent(&self, account: Account) -> Result<Lent, Refusal> {
        match self.vault.account_tokens(&account).await? {
            Some(tokens) => {
                // Another process may have renewed it.
                self.holds(&account.id, account.version, &tokens);
                Ok(Lent { account, token: tokens.access })
            }
            None => Err(Refusal::Ended("It was disconnected in the same moment.".to_owned())),
        }
    }

    /// Twitch tells by itself that somebody took back what they gave us. It is asked whether that is still so: what they gave since counts.
    pub async fn may_be_taken_back(&self, subject: &str) -> base::Result<()> {
        let account = self.store.account_of(Platform::Twitch.as_str(), subject).await?;
        let Some(account) = account.filter(|account| account.ended.is_none()) else { return Ok(()) };
        let Some(tokens) = self.vault.account_tokens(&account).await? else { return Ok(()) };
        let asked = match self.platforms.twitch() {
            Ok(twitch) => twitch.validate(&tokens.access).await,
            Err(failure) => Err(failure),
        };
        match asked {
            Ok(_) => Ok(()),
            Err(Failure::Unauthorised) => self.taken_back(&account).await,
            // It is looked at again before long.
            Err(_) => self.store.account_waits(&account, tend::again(&self.clock, &account, None)).await,
        }
    }

    /// A platform says that somebody took back what they gave us, as its own events do.
    pub async fn taken_back(&self, account: &Account) -> base::Result<()> {
        let why = format!("You took back at {} what you gave me.", platform(account)?);
        self.store.end_account(account, &why).await.map(drop)
    }
}
