//! Tells people, in a direct message, that an account of theirs is to be connected again.
//!
//! **Invariant:** it is a post under a key, so who is told is told once; it is noted as told after the post is on its way.

use std::time::Duration;

use base::{Card, Result, card::code};
use hub::Hub;
use platforms::Platform;
use store::accounts::Account;

use crate::{asked::direct, rest::Rest};

/// What ended is told within this.
const TICK: Duration = Duration::from_secs(2);

/// Tells for ever. Only for the process that has the gateway.
pub async fn tell(rest: Rest, hub: Hub) {
    rest.me().await;
    loop {
        match hub.store().accounts_untold().await {
            Ok(untold) => {
                for account in untold {
                    if let Err(error) = told(&rest, &hub, &account).await {
                        tracing::warn!("that an account is to be connected again is not told yet: {error}");
                    }
                }
            }
            Err(error) => tracing::warn!("accounts cannot be looked through: {error}"),
        }
        tokio::time::sleep(TICK).await;
    }
}

async fn told(rest: &Rest, hub: &Hub, account: &Account) -> Result<()> {
    let platform = Platform::parse(&account.platform).map_or(account.platform.as_str(), |platform| platform.name());
    let why = account.ended.as_deref().unwrap_or_default();
    let card = Card::attention(format!("**Connect {platform} again**"))
        .text(format!("{why} Until you connect {} again, I do nothing there for you.", code(&account.name)))
        .text(format!("`/connect {}` does that, in any server that I am in.", account.platform))
        .redacted(&hub.redactor(account.guild));
    let key = format!("account/{}/{}/ended", account.id, account.version);
    direct::tell(rest, hub, (account.guild, account.user), (&key, &card)).await?;
    hub.store().account_is_told(account).await
}
