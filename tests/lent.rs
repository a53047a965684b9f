//! Accounts that are connected before a story begins: by a code, with the steps in which everybody's are.

use base::Clock;
use store::{
    Store, Vault,
    accounts::{Connected, Granted, NewAccount, NewConsent, Tokens},
};

/// Somebody has this account, and lent us these.
pub(crate) async fn connected(store: &Store, vault: &Vault, new: &NewAccount<'_>, tokens: &Tokens) {
    let word = Clock::system().id().to_string();
    let begun = NewConsent {
        user: new.user,
        user_name: new.name,
        guild: new.guild,
        platform: new.platform,
        scopes: new.scopes,
        link: &word,
        entry: &word,
    };
    let consent = store.consent_by_code(&begun).await.unwrap();
    let granted = Granted { scopes: new.scopes.to_vec(), expires: new.expires.map(|expires| expires.0) };
    assert!(vault.keep_grant(&consent, tokens, &granted).await.unwrap());
    assert_eq!(vault.connect_granted(new, &consent).await.unwrap(), Connected::Kept);
}
