//! Giving an account back: what it lent is revoked at the platform, then forgotten here.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use platforms::{Platform, Revoked};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Accounts, trouble};

/// Disconnect an account: what you gave me is given back, and forgotten.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DisconnectAccount {
    /// Which platform.
    pub platform: Platform,
}

/// It is disconnected.
#[derive(Debug, Serialize)]
pub struct Disconnected {
    platform: Platform,
    name: String,
    given_back: GivenBack,
}

/// What became of what they gave.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum GivenBack {
    /// It is good for nothing any more.
    Yes,
    /// It had ended before.
    Before,
    /// Only they can do that, at this address.
    OnlyThere(&'static str),
    /// It could not be, and this is why.
    No(String),
}

impl Action for DisconnectAccount {
    const NAME: &'static str = "account.disconnect";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Accounts;
    type Report = Disconnected;

    fn plan(&self) -> String {
        format!("Disconnect their own {} account", self.platform)
    }

    fn refusal(&self) -> String {
        "connect accounts".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Accounts, _: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, accounts: &Accounts, _: &Run) -> Result<Disconnected> {
        let (platform, user) = (permit.action().platform, permit.actor().user);
        // Nobody renews it meanwhile: what came of that would be left behind.
        let account = accounts.held(user, platform).await?;
        let given_back = match accounts.vault.account_tokens(&account).await? {
            None => GivenBack::Before,
            Some(tokens) => match accounts.platforms.revoke(platform, &tokens.access, tokens.refresh.as_ref()).await {
                Ok(Revoked::Yes) => GivenBack::Yes,
                Ok(Revoked::OnlyThere(address)) => GivenBack::OnlyThere(address),
                Err(failure) => {
                    tracing::warn!(platform = platform.as_str(), "what an account lent was not given back: {failure}");
                    GivenBack::No(trouble::why(platform, &failure, &accounts.clock))
                }
            },
        };
        if !accounts.store.remove_account(&account).await? {
            return Err(Error::Busy("It was disconnected in the same moment.".to_owned()));
        }
        accounts.lets_go(&account.id);
        Ok(Disconnected { platform, name: account.name, given_back })
    }
}

impl Report for Disconnected {
    fn card(&self) -> Card {
        let platform = self.platform;
        let title = format!("**Disconnected** {} on {platform}", code(&self.name));
        match &self.given_back {
            GivenBack::Yes => {
                Card::ok(title).text(format!("What you gave me is good for nothing any more, at {platform} too."))
            }
            GivenBack::Before => Card::ok(title).text("What you gave me had ended before. Nothing of it is left here."),
            GivenBack::OnlyThere(address) => Card::ok(title).text(format!(
                "Nothing of it is left here. {platform} has only you take it back there, too: {address}"
            )),
            GivenBack::No(why) => Card::attention(title).text(format!(
                "Nothing of it is left here, but it was **not given back**: {why} Take it back yourself: {}",
                platform.connections()
            )),
        }
    }
}
