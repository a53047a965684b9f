//! People's accounts at platforms: how they are connected, and how their tokens are kept.
//!
//! **Invariants:** an account is one person's: nothing here reads another's. What comes back from a platform is bound to who asked and to
//! the browser that went on with it, and is taken once. Tokens are sealed before they are used, renewed by one process at a time, and
//! ended only by the platform's own word: silence disconnects nobody. Who is to connect again is told once.

mod connect;
mod disconnect;
mod known;
mod lend;
mod lenders;
mod list;
mod pace;
mod right;
mod show;
mod tend;
mod test;
mod trouble;

use std::sync::{Arc, OnceLock};

use base::{Clock, Redactor, Result, UserId};
use platforms::{Platform, Platforms};
use sha2::{Digest, Sha256};
use store::{Store, Vault, accounts::Account};

pub use connect::{Asks, Back, ConnectAccount};
pub use disconnect::DisconnectAccount;
pub use lend::{Lent, Refusal};
pub use lenders::Members;
pub use list::ListAccounts;
pub use right::{Right, words};
pub use show::ShowAccount;
pub use test::TestAccount;
pub use trouble::ask_for;

/// As many channels of others may be heard over one account.
pub const OTHERS: usize = 5;
/// The same, as who is connected is told.
fn hears() -> String {
    format!(
        "Twitch finds no way to me here: over your account I also hear when up to {OTHERS} other channels go live that servers follow."
    )
}

/// What keeps accounts.
pub struct Accounts {
    store: Store,
    vault: Arc<Vault>,
    clock: Clock,
    redactor: Redactor,
    platforms: Arc<Platforms>,
    address: OnceLock<String>,
    /// Others' channels are heard over people's accounts.
    hears: OnceLock<()>,
    known: known::Known,
    lenders: lenders::Lenders,
    pace: pace::Pace,
}

impl Accounts {
    /// Keeps them in this database, with tokens in this vault.
    pub fn new(store: Store, vault: Arc<Vault>, clock: Clock, redactor: Redactor, platforms: Arc<Platforms>) -> Self {
        let (address, hears) = (OnceLock::new(), OnceLock::new());
        let (known, lenders) = (known::Known::default(), lenders::Lenders::default());
        let pace = pace::Pace::default();
        Self { store, vault, clock, redactor, platforms, address, hears, known, lenders, pace }
    }

    /// People reach our pages there: they can be asked in their browsers.
    pub fn know_address(&self, address: &str) {
        // It is said once, at the start.
        let _ = self.address.set(address.to_owned());
    }

    /// Twitch finds no address of ours: over people's accounts there it is heard what happens on others' channels.
    pub fn hear_over_them(&self) {
        // It is said once, at the start.
        let _ = self.hears.set(());
    }

    /// Whether others' channels may be heard over an account there.
    fn may_hear_over(&self, platform: Platform) -> bool {
        platform == Platform::Twitch && self.hears.get().is_some()
    }

    /// Where people reach our pages.
    pub fn address(&self) -> Option<&str> {
        self.address.get().map(String::as_str)
    }

    /// Where a platform asks people: a page that leads there must say so.
    pub fn asks_at(&self, platform: Platform) -> Option<String> {
        let nothing = platforms::Consent { back: "", state: "", challenge: "", scopes: &[] };
        self.platforms.consent(platform, &nothing).ok().map(|url| url.origin().ascii_serialization())
    }

    /// The platforms.
    pub fn platforms(&self) -> &Arc<Platforms> {
        &self.platforms
    }

    /// Somebody's accounts.
    pub async fn of(&self, user: UserId) -> Result<Vec<Account>> {
        self.store.accounts(user).await
    }

    /// Somebody's account at a platform.
    pub async fn at(&self, user: UserId, platform: Platform) -> Result<Option<Account>> {
        self.store.account(user, platform.as_str()).await
    }

    /// Masks every token from now on.
    pub async fn learn(&self) -> Result<()> {
        self.vault.all_account_tokens().await?.iter().for_each(|held| {
            self.holds(&held.account, held.version, &held.tokens);
        });
        self.vault.all_loose_tokens().await?.iter().for_each(|tokens| self.learn_tokens(tokens));
        Ok(())
    }
}

/// Whose platform an account is of; a row of none is no account.
fn platform(account: &Account) -> Result<Platform> {
    Platform::parse(&account.platform)
        .ok_or_else(|| base::Error::internal("reading an account", std::io::Error::other("its platform is none")))
}

/// What is kept of a word that somebody holds.
fn hash(word: &str) -> String {
    hex::encode(Sha256::digest(word.as_bytes()))
}
