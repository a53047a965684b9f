//! From what a platform gave to an account: kept first, then asked whose it is, then connected, or given back.
//!
//! **Invariant:** what came back is in the vault before anything else is asked with it. Whatever kills us after that, another process goes
//! on from there: it connects the account, or gives back what it was given.

use std::time::Duration;

use base::{Card, Millis, Report, Result, UserId};
use platforms::{Failure, Grant, Platform, Who};
use store::accounts::{Came as Noted, Connected, Consent, Granted, NewAccount, Return, Tokens};

use super::{Came, browser::GRACE, connected};
use crate::{Accounts, tend, trouble};

/// Whoever cannot be asked whose something is, is asked for so long.
const PATIENCE: Duration = Duration::from_mins(10);
/// And what cannot be given back is tried for so long, and so often.
const GIVEN_BACK_WITHIN: Duration = Duration::from_hours(24);
const GIVEN_BACK_EVERY: Duration = Duration::from_mins(1);
/// So many are looked at in one go.
const BATCH: i64 = 8;

/// What became of what a platform gave.
pub(super) enum Finished {
    Connected(Who),
    No(String),
    /// Nobody answers whose it is.
    NotYet(Failure),
}

impl Accounts {
    /// Keeps what a platform gave for a consent, until it is an account's. The answer is whether somebody still waits for it.
    pub(super) async fn keep(&self, consent: &Consent, grant: Grant) -> Result<bool> {
        let tokens = Tokens { access: grant.access, refresh: grant.refresh };
        // Before anything else happens to them.
        self.learn_tokens(&tokens);
        let granted = Granted { scopes: grant.scopes, expires: grant.expires.map(|expires| expires.0) };
        self.vault.keep_grant(consent, &tokens, &granted).await
    }

    /// Connects what was kept for a consent; where it cannot be, it is given back.
    pub(super) async fn finish(&self, consent: &Consent, platform: Platform) -> Result<Finished> {
        let Some((tokens, granted)) = self.vault.granted(consent).await? else {
            return Ok(Finished::No("It came to its end in another way.".to_owned()));
        };
        let who = match self.platforms.who(platform, &tokens.access).await {
            Ok(Some(who)) => who,
            Ok(None) => {
                return self.fail(consent, format!("That {platform} account has no channel."), None).await;
            }
            Err(failure) => return Ok(Finished::NotYet(failure)),
        };
        // Who does not say what they gave gave what was asked.
        let scopes = if granted.scopes.is_empty() { consent.scopes.clone() } else { granted.scopes };
        let expires = granted.expires.map(Millis);
        let new = NewAccount {
            user: consent.user,
            guild: consent.guild,
            platform: platform.as_str(),
            subject: &who.id,
            login: &who.login,
            name: &who.name,
            scopes: &scopes,
            expires,
            due: tend::due(self.clock.now(), expires),
        };
        match self.vault.connect_granted(&new, consent).await? {
            Connected::Kept => {
                if let Some(account) = self.at(consent.user, platform).await? {
                    self.holds(&account.id, account.version, &tokens);
                }
                tracing::info!(platform = platform.as_str(), "an account was connected");
                Ok(Finished::Connected(who))
            }
            Connected::TakenBySomebodyElse => {
                let why = format!(
                    "{} on {platform} is connected to somebody else on Discord. They disconnect it first, with `/connections`.",
                    base::card::code(&who.name)
                );
                self.fail(consent, why, Some(&who.id)).await
            }
            Connected::Ended => Ok(Finished::No("It came to its end in another way.".to_owned())),
        }
    }

    async fn fail(&self, consent: &Consent, why: String, subject: Option<&str>) -> Result<Finished> {
        self.store.fail_consent(consent, &why, subject).await?;
        Ok(Finished::No(why))
    }

    /// Goes on with what came back and no account holds yet, and gives back what none holds any more.
    pub(crate) async fn settle_loose(&self) -> Result<()> {
        self.finish_cut().await?;
        self.give_back().await
    }

    /// Goes on with what processes that are gone took and did not end.
    async fn finish_cut(&self) -> Result<()> {
        for consent in self.store.consents_cut(BATCH).await? {
            let Some(platform) = Platform::parse(&consent.platform) else { continue };
            if self.vault.granted(&consent).await?.is_none() {
                let there = platform.connections();
                let why = format!(
                    "I was stopped while {platform} was asked, and do not know what it said. If it lists me, take that back there: {there}."
                );
                self.store.fail_consent(&consent, &why, None).await?;
                continue;
            }
            if let Finished::NotYet(failure) = self.finish(&consent, platform).await? {
                let waits = failure.passes() && self.store.consent_is_young(&consent, PATIENCE).await?;
                if !waits {
                    self.store.fail_consent(&consent, &trouble::why(platform, &failure, &self.clock), None).await?;
                }
            }
        }
        Ok(())
    }

    /// Gives back what nobody uses any more.
    async fn give_back(&self) -> Result<()> {
        for one in self.store.account_returns_due(BATCH).await? {
            if self.is_given_back(&one).await? {
                self.store.account_is_returned(&one).await?;
            } else {
                self.store.account_return_waits(&one, self.clock.now().plus(GIVEN_BACK_EVERY)).await?;
            }
        }
        Ok(())
    }

    async fn is_given_back(&self, one: &Return) -> Result<bool> {
        let Some(platform) = Platform::parse(&one.platform) else { return Ok(true) };
        // There, one that is taken back takes all of that person's with it.
        if platform == Platform::YouTube && self.store.is_lent_otherwise(one).await? {
            return Ok(true);
        }
        let tokens = self.vault.to_return(one).await?;
        let given_back = self.platforms.revoke(platform, &tokens.access, tokens.refresh.as_ref()).await;
        let ends = match given_back {
            Err(failure) if failure.passes() => {
                let is_over = self.clock.now().since(one.since) >= GIVEN_BACK_WITHIN;
                if is_over {
                    tracing::warn!(platform = one.platform, "what nobody uses was not given back: {failure}");
                }
                is_over
            }
            // It is, or was good for nothing there already.
            Ok(_) | Err(_) => true,
        };
        if ends {
            self.retire_tokens(&tokens);
        }
        Ok(ends)
    }

    /// How connecting ended that an audit entry asked for, where whoever watched it is gone; none while it goes on.
    pub async fn ended_as(&self, entry: &str, user: UserId, platform: Platform) -> Result<Option<Card>> {
        let Some(consent) = self.store.consent_of_entry(user, entry).await? else {
            // A code stands in no row: whether they typed it, nobody asks any more.
            let why = if self.asks_by_code(platform) {
                format!(
                    "I was stopped while you were asked, and that code leads nowhere any more: connect anew. If {platform} lists me all the same, you can take that back there: {}.",
                    platform.connections()
                )
            } else {
                "I was stopped before it came to anything.".to_owned()
            };
            return Ok(Some(self.ended(platform, Came::Failed(why)).card()));
        };
        let noted = self.store.consent_came(user, &consent.id, GRACE).await?;
        let came = self.came(user, platform, noted).await?;
        Ok(came.map(|came| self.ended(platform, came).card()))
    }

    /// What was noted of a consent, as it is told; none while it is waited for.
    pub(super) async fn came(&self, user: UserId, platform: Platform, noted: Noted) -> Result<Option<Came>> {
        Ok(Some(match noted {
            Noted::Waiting(_) => return Ok(None),
            Noted::Expired => Came::Expired,
            Noted::Denied => Came::Denied,
            Noted::Failed(why) => Came::Failed(why),
            Noted::Connected => match self.at(user, platform).await? {
                Some(account) => connected(&account),
                // Gone again in the same second.
                None => Came::Expired,
            },
        }))
    }
}
