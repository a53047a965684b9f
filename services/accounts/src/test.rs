//! Asking a platform who somebody is, with what they gave.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, card::code};
use platforms::{Platform, Who};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Accounts, Refusal,
    show::choices,
    trouble::{self, ask_for},
};

/// Test an account that you have connected: its platform is asked who you are.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TestAccount {
    /// Which platform.
    pub platform: Platform,
}

/// It is tested.
#[derive(Debug, Serialize)]
pub struct Tested {
    platform: Platform,
    /// Who they are there, or why that is not known.
    found: std::result::Result<String, String>,
    ended: bool,
}

impl Action for TestAccount {
    const NAME: &'static str = "account.test";
    const RISK: Risk = Risk::Observe;
    const OWN: bool = true;
    type Service = Accounts;
    type Report = Tested;

    fn plan(&self) -> String {
        format!("Test their own {} account", self.platform)
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

    async fn run(permit: Permit<Self>, accounts: &Accounts, _: &Run) -> Result<Tested> {
        let platform = permit.action().platform;
        let ask = |lent: crate::Lent| async move { accounts.platforms.who(platform, &lent.token).await };
        let found = accounts.ask(permit.actor().user, platform, &[], ask).await;
        let (found, ended) = match found {
            Ok(Some(Who { name, .. })) => (Ok(name), false),
            Ok(None) => (Err(format!("{platform} knows no channel of yours any more.")), false),
            Err(Refusal::Ours(error)) => return Err(error),
            Err(Refusal::NotConnected) => return Err(trouble::not_connected(platform)),
            Err(refusal) => {
                let ended = matches!(refusal, Refusal::Ended(_));
                (Err(refusal.sentence(platform, &accounts.clock)), ended)
            }
        };
        Ok(Tested { platform, found, ended })
    }
}

impl Report for Tested {
    fn card(&self) -> Card {
        let platform = self.platform;
        match &self.found {
            Ok(name) => choices(
                Card::ok(format!("**{platform}** answers")).text(format!("You are {} there.", code(name))),
                platform,
            ),
            Err(why) if self.ended => Card::attention(format!("**{platform}** is to be connected again"))
                .text(why)
                .choice(ask_for(platform, &[])),
            Err(why) => choices(
                Card::failed(format!("**{platform}** does not answer for you")).text(why).text("Nothing was changed."),
                platform,
            ),
        }
    }
}
