//! Asking somebody in their browser: a link that is theirs, a page that says whose it is, the platform, and back.
//!
//! **Invariants:** a link is gone on with by one browser, whose word only it has; what comes back is taken once, and only of that browser.
//! What proves to the platform that it is us who asked is made of both words, and stands in no row.

use std::{sync::Arc, time::Duration};

use base::{Actor, Result, Run};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use platforms::{Consent as Asked, Failure, Platform};
use sha2::{Digest, Sha256};
use store::accounts::{Came as Noted, Consent, NewConsent};

use super::{Asking, Came, LASTS, LOOK, finish::Finished};
use crate::{Accounts, hash, trouble};

/// What came back is exchanged and kept within this.
pub(super) const GRACE: Duration = Duration::from_mins(1);
/// No word of ours is longer.
const LONGEST: usize = 128;
/// Nor a platform's.
const LONGEST_CODE: usize = 4_096;

/// Where a browser goes next, and what it holds meanwhile.
#[derive(Debug, Clone)]
pub struct Asks {
    /// Where.
    pub address: String,
    /// Its word, for a cookie.
    pub browser: String,
}

/// What a browser that came back is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Back {
    /// The account is connected, under this name.
    Connected(String),
    /// They said no.
    Denied,
    /// Nothing was begun there, it is used, or its time is up.
    Nothing,
    /// Another browser went on with it.
    AnotherBrowser,
    /// It did not work, and this is why.
    Failed(String),
}

impl Accounts {
    pub(super) async fn by_browser(
        &self,
        (actor, entry): (&Actor, &str),
        platform: Platform,
        scopes: &[String],
        (address, run): (&str, &Run),
    ) -> Result<Came> {
        let word = self.clock.key();
        let new = NewConsent {
            user: actor.user,
            user_name: &actor.name,
            guild: actor.guild,
            platform: platform.as_str(),
            scopes,
            link: &hash(&word),
            entry,
        };
        let id = self.store.begin_consent(&new, LASTS).await?;
        let until = self.clock.now().plus(LASTS);
        let address = format!("{address}/oauth/{}/start?t={word}", platform.as_str());
        run.show(Arc::new(Asking { platform, address, code: None, until, scopes: scopes.to_vec() }));
        loop {
            tokio::select! {
                () = run.cancel().cancelled() => {
                    self.store.give_up_consent(actor.user, &id).await?;
                    return Ok(Came::Cancelled);
                }
                () = tokio::time::sleep(LOOK) => {}
            }
            let noted = self.store.consent_came(actor.user, &id, GRACE).await?;
            if let Some(came) = self.came(actor.user, platform, noted).await? {
                return Ok(came);
            }
        }
    }

    /// Whose a link is, while it leads anywhere: the name that the page shows.
    pub async fn behind(&self, platform: Platform, word: &str) -> Result<Option<Consent>> {
        if word.len() > LONGEST {
            return Ok(None);
        }
        self.store.consent_behind(platform.as_str(), &hash(word)).await
    }

    /// A browser goes on with a link. None where it leads nowhere any more.
    pub async fn go_on(&self, platform: Platform, word: &str) -> Result<Option<Asks>> {
        let Some(address) = self.address.get().filter(|_| word.len() <= LONGEST) else { return Ok(None) };
        let (state, browser) = (self.word(), self.word());
        let hashes = (hash(&state), hash(&browser));
        let gone_on = self.store.go_on_with_consent(platform.as_str(), &hash(word), (&hashes.0, &hashes.1)).await?;
        let Some(consent) = gone_on else { return Ok(None) };
        let scopes: Vec<&str> = consent.scopes.iter().map(String::as_str).collect();
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier(&state, &browser).as_bytes()));
        let asked = Asked { back: &back(address, platform), state: &state, challenge: &challenge, scopes: &scopes };
        match self.platforms.consent(platform, &asked) {
            Ok(address) => Ok(Some(Asks { address: address.into(), browser })),
            Err(failure) => Err(trouble::refused(platform, &failure, &self.clock)),
        }
    }

    /// A browser came back: with a code, or with a no.
    pub async fn come_back(
        &self,
        platform: Platform,
        state: &str,
        browser: Option<&str>,
        (code, error): (Option<&str>, Option<&str>),
    ) -> Result<Back> {
        let known = |word: &str| word.len() <= LONGEST;
        if !known(state) {
            return Ok(Back::Nothing);
        }
        // It is spent, whatever becomes of it.
        let Some(consent) = self.store.take_consent(platform.as_str(), &hash(state)).await? else {
            return Ok(Back::Nothing);
        };
        let Some(browser) = browser.filter(|word| known(word) && Some(hash(word)) == consent.browser) else {
            let why = "Another browser came back than the one that opened the link.".to_owned();
            self.store.consent_came_to(&consent, &Noted::Failed(why)).await?;
            return Ok(Back::AnotherBrowser);
        };
        let code = match (code, error) {
            (Some(code), None) if code.len() <= LONGEST_CODE => code,
            (_, Some("access_denied")) => {
                self.store.consent_came_to(&consent, &Noted::Denied).await?;
                return Ok(Back::Denied);
            }
            _ => return self.failed(&consent, format!("{platform} sent nothing that I understand.")).await,
        };
        let Some(address) = self.address.get() else { return Ok(Back::Nothing) };
        let proof = verifier(state, browser);
        let granted = self.platforms.exchange(platform, code, &proof, &back(address, platform)).await;
        let grant = match granted {
            Ok(grant) => grant,
            Err(failure) => return self.failed(&consent, not_exchanged(platform, &failure, self)).await,
        };
        if !self.keep(&consent, grant).await? {
            return Ok(Back::Nothing);
        }
        match self.finish(&consent, platform).await? {
            Finished::Connected(who) => Ok(Back::Connected(who.name)),
            Finished::No(why) => Ok(Back::Failed(why)),
            Finished::NotYet(failure) => self.failed(&consent, trouble::why(platform, &failure, &self.clock)).await,
        }
    }

    async fn failed(&self, consent: &Consent, why: String) -> Result<Back> {
        self.store.fail_consent(consent, &why, None).await?;
        Ok(Back::Failed(why))
    }

    /// A word that nobody guesses.
    fn word(&self) -> String {
        format!("{:032x}{:032x}", self.clock.random(), self.clock.random())
    }
}

fn not_exchanged(platform: Platform, failure: &Failure, accounts: &Accounts) -> String {
    match failure {
        Failure::Refused { named, .. } if named == "invalid_grant" => {
            format!("{platform} does not take the code that came back, or no longer.")
        }
        other => trouble::why(platform, other, &accounts.clock),
    }
}

/// Where the platform sends browsers back to.
fn back(address: &str, platform: Platform) -> String {
    format!("{address}/oauth/{}", platform.as_str())
}

/// What proves that it is us who asked: of the word that travels, and the word that stays in the browser.
fn verifier(state: &str, browser: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{browser}.{state}").as_bytes()))
}
