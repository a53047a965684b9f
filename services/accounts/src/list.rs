//! All accounts of whoever asks.

use base::{
    Action, Actor, Assessment, Card, Millis, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
};
use platforms::Platform;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Accounts, ShowAccount, hears, platform, trouble};

/// List the accounts that you have connected.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ListAccounts {}

/// They are listed.
#[derive(Debug, Serialize)]
pub struct Listed {
    accounts: Vec<Line>,
    /// Where they have none, and could.
    others: Vec<Platform>,
    /// Whether other people's channels may be heard over one of them.
    hears: bool,
}

#[derive(Debug, Serialize)]
struct Line {
    platform: Platform,
    name: String,
    ended: Option<String>,
    good: Millis,
}

impl Action for ListAccounts {
    const NAME: &'static str = "account.list";
    const RISK: Risk = Risk::Observe;
    const OWN: bool = true;
    type Service = Accounts;
    type Report = Listed;

    fn plan(&self) -> String {
        "List their own accounts".to_owned()
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

    async fn run(permit: Permit<Self>, accounts: &Accounts, _: &Run) -> Result<Listed> {
        let mut lines = Vec::new();
        for account in accounts.of(permit.actor().user).await? {
            let platform = platform(&account)?;
            lines.push(Line { platform, name: account.name, ended: account.ended, good: account.good });
        }
        let has = |platform: Platform| lines.iter().any(|line| line.platform == platform);
        let can = |platform: Platform| accounts.platforms.missing(platform).is_empty();
        let others = Platform::ALL.into_iter().filter(|platform| !has(*platform) && can(*platform)).collect();
        let hears = lines.iter().any(|line| line.ended.is_none() && accounts.may_hear_over(line.platform));
        Ok(Listed { accounts: lines, others, hears })
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        let ended = self.accounts.iter().filter(|line| line.ended.is_some()).count();
        let mut card = if self.accounts.is_empty() {
            Card::plain("**Connections** none yet")
        } else {
            Card::plain("**Connections**").fact(format!("{} connected", self.accounts.len() - ended))
        };
        if ended > 0 {
            card = card.fact(format!("{ended} to be connected again"));
        }
        for line in &self.accounts {
            let state = match &line.ended {
                None => format!("✓ {}  {}  checked {}", line.platform, code(&line.name), line.good.relative()),
                Some(_) => format!("! {}  {}  to be connected again", line.platform, code(&line.name)),
            };
            let show = ShowAccount { platform: line.platform };
            card = card.row(state, Some(Choice::perform(line.platform.name(), &show, Lands::Here)));
        }
        if self.hears {
            card = card.text(hears());
        }
        if self.accounts.is_empty() && self.others.is_empty() {
            return card.text("No platform is set up here: whoever runs me registers apps for them.");
        }
        self.others.iter().fold(card, |card, platform| card.choice(trouble::ask_for(*platform, &[])))
    }
}
