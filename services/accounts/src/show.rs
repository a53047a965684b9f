//! One account of whoever asks: who they are there, what they let me do, and how it stands.

use base::{
    Action, Actor, Assessment, Card, Millis, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
};
use platforms::Platform;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Accounts, ConnectAccount, DisconnectAccount, ListAccounts, TestAccount, right, trouble};

/// Show an account that you have connected.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowAccount {
    /// Which platform.
    pub platform: Platform,
}

/// It is shown.
#[derive(Debug, Serialize)]
pub struct Shown {
    platform: Platform,
    name: String,
    channel: String,
    scopes: Vec<String>,
    ended: Option<String>,
    good: Millis,
    connected: Millis,
}

impl Action for ShowAccount {
    const NAME: &'static str = "account.show";
    const RISK: Risk = Risk::Observe;
    const OWN: bool = true;
    type Service = Accounts;
    type Report = Shown;

    fn plan(&self) -> String {
        format!("Show their own {} account", self.platform)
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

    async fn run(permit: Permit<Self>, accounts: &Accounts, _: &Run) -> Result<Shown> {
        let platform = permit.action().platform;
        let account = accounts.at(permit.actor().user, platform).await?;
        let account = account.ok_or_else(|| trouble::not_connected(platform))?;
        Ok(Shown {
            platform,
            channel: platform.channel(&account.login),
            name: account.name,
            scopes: account.scopes,
            ended: account.ended,
            good: account.good,
            connected: account.connected,
        })
    }
}

/// What is done with an account.
pub(crate) fn choices(card: Card, platform: Platform) -> Card {
    let again = ConnectAccount { platform, rights: Vec::new() };
    card.choice(Choice::perform("Test", &TestAccount { platform }, Lands::Here))
        .choice(Choice::perform("Reconnect", &again, Lands::Aside))
        .choice(Choice::perform("Disconnect", &DisconnectAccount { platform }, Lands::Here))
        .choice(Choice::perform("All", &ListAccounts {}, Lands::Here))
}

impl Report for Shown {
    fn card(&self) -> Card {
        let title = format!("**{}** {}", self.platform, code(&self.name));
        let card = match &self.ended {
            None => Card::ok(title).fact(format!("checked {}", self.good.relative())),
            Some(why) => Card::attention(title).fact("to be connected again").text(why),
        };
        let card = card
            .fact(format!("connected {}", self.connected.relative()))
            .text(right::sentence(&self.scopes))
            .beside(Choice::open("Channel", &self.channel));
        choices(card, self.platform)
    }
}
