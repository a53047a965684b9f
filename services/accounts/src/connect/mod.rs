//! Connecting an account: somebody is asked at the platform, in their browser or by a code that they type there.

mod browser;
mod device;
mod finish;

use std::time::Duration;

use base::{
    Action, Actor, Assessment, Card, Error, Live, Millis, Permit, Report, Result, Risk, Run,
    action::Ending,
    actor::Asker,
    card::{Choice, code},
};
use platforms::Platform;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::accounts::Account;

pub use browser::{Asks, Back};

use crate::{Accounts, Right, hears, right, trouble};

/// A consent is given within this.
pub(crate) const LASTS: Duration = Duration::from_mins(10);
/// What is asked for and not yet said is looked at so often.
const LOOK: Duration = Duration::from_secs(1);

/// Connect your account at a platform, in place of the one you have connected there.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ConnectAccount {
    /// Which platform.
    pub platform: Platform,
    /// What else you let me do there, beyond seeing who you are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rights: Vec<Right>,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Connecting {
    platform: Platform,
    came: Came,
    /// What was asked for and not given.
    left_out: Vec<String>,
    /// Whether other people's channels may be heard over it.
    hears: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Came {
    /// With their name there, and what they let us do.
    Connected(String, Vec<String>),
    Denied,
    Expired,
    Cancelled,
    Failed(String),
}

impl Action for ConnectAccount {
    const NAME: &'static str = "account.connect";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Accounts;
    type Report = Connecting;

    fn plan(&self) -> String {
        format!("Connect their own {} account", self.platform)
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

    fn deadline(&self) -> Duration {
        // Whoever is asked says so in time, or does not.
        LASTS * 2
    }

    async fn run(permit: Permit<Self>, accounts: &Accounts, run: &Run) -> Result<Connecting> {
        let (asked, actor) = (permit.action(), permit.actor());
        let platform = asked.platform;
        let id = permit.record().id.to_string();
        let entry = accounts.store.audit_entry(&id).await?;
        // What was asked about is answered where others read it, and the link is for whoever asks alone.
        if actor.way.asker() != Asker::Person || entry.is_none_or(|entry| entry.approval_id.is_some()) {
            return Err(Error::Invalid(
                "An account is connected by its person with their own hands, with `/connect`. Nothing was done."
                    .to_owned(),
            ));
        }
        let missing = accounts.platforms.missing(platform);
        if !missing.is_empty() {
            return Err(trouble::not_set(platform, missing));
        }
        accounts.vault.check().await?;
        let held = accounts.at(actor.user, platform).await?.map(|account| account.scopes).unwrap_or_default();
        let scopes = right::asked_for(platform, &held, &asked.rights);
        let came = if accounts.asks_by_code(platform) {
            accounts.by_code((actor, &id), &scopes, run).await?
        } else {
            let address = accounts.address.get().ok_or_else(|| trouble::no_address(platform))?;
            accounts.by_browser((actor, &id), platform, &scopes, (address, run)).await?
        };
        let given = match &came {
            Came::Connected(_, given) => given.as_slice(),
            _ => return Ok(accounts.ended(platform, came)),
        };
        let left_out = scopes.into_iter().filter(|scope| !given.contains(scope)).collect();
        Ok(Connecting { left_out, ..accounts.ended(platform, came) })
    }
}

impl Accounts {
    /// Whether somebody is asked by a code that they type: where a browser would find no way back.
    fn asks_by_code(&self, platform: Platform) -> bool {
        let twitch = self.platforms.twitch.as_ref().filter(|_| platform == Platform::Twitch);
        twitch.is_some_and(|twitch| self.address.get().is_none() || !twitch.asks_in_browsers())
    }

    fn ended(&self, platform: Platform, came: Came) -> Connecting {
        Connecting { platform, came, left_out: Vec::new(), hears: self.may_hear_over(platform) }
    }
}

/// What is shown while somebody is asked.
struct Asking {
    platform: Platform,
    /// Where they go.
    address: String,
    /// What they type there.
    code: Option<String>,
    until: Millis,
    scopes: Vec<String>,
}

impl Live for Asking {
    fn card(&self) -> Card {
        let platform = self.platform;
        let card = Card::working(format!("**Connect {platform}**"))
            .fact(format!("ends {}", self.until.relative()))
            .text(right::sentence(&self.scopes).replace("I may", "I ask to"));
        let card = match &self.code {
            Some(typed) => card.text(format!("Open {platform} and type {}.", code(typed))),
            None => card.text("The link is for you alone: whoever opens it would connect their account in your name."),
        };
        card.choice(Choice::open(format!("Open {platform}"), &self.address))
    }
}

fn connected(account: &Account) -> Came {
    Came::Connected(account.name.clone(), account.scopes.clone())
}

impl Report for Connecting {
    fn card(&self) -> Card {
        let platform = self.platform;
        match &self.came {
            Came::Connected(name, scopes) => {
                let card =
                    Card::ok(format!("**Connected** {} on {platform}", code(name))).text(right::sentence(scopes));
                let card = if self.left_out.is_empty() {
                    card
                } else {
                    let all: Vec<&str> = self.left_out.iter().map(|scope| right::words(scope)).collect();
                    card.text(format!("You left out: {}.", all.join("; ")))
                };
                let card = if self.hears { card.text(hears()) } else { card };
                card.text("`/connections` tests it, or gives it back.")
            }
            Came::Denied => Card::quiet(format!("**Not connected** to {platform}"))
                .text("You said no there. Nothing was kept.")
                .choice(trouble::ask_for(platform, &[])),
            Came::Expired => Card::quiet(format!("**Not connected** to {platform}"))
                .text("Its time was up. Nothing was kept.")
                .choice(trouble::ask_for(platform, &[])),
            Came::Cancelled => {
                Card::quiet(format!("**Not connected** to {platform}")).text("It was stopped. Nothing was kept.")
            }
            Came::Failed(why) => Card::failed(format!("**Not connected** to {platform}"))
                .text(format!("{why} Nothing was kept."))
                .choice(trouble::ask_for(platform, &[])),
        }
    }

    fn ending(&self) -> Ending {
        match self.came {
            Came::Connected(..) => Ending::Done,
            Came::Denied | Came::Failed(_) => Ending::Failed,
            Came::Expired => Ending::TimedOut,
            Came::Cancelled => Ending::Cancelled,
        }
    }
}
