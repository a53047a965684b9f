//! Sending one's own viewers to somebody else's stream.

use accounts::{Lent, Right};
use base::{Action, Actor, Assessment, Error, Permit, Result, Risk, Run, card::code};
use platforms::Platform;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Manager,
    change::ones_own,
    each::{Done, Each},
};

/// No login is longer.
const LONGEST: usize = 25;

/// Raid somebody: your viewers are sent to their stream; only Twitch does that.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct BeginRaid {
    /// Their channel's name.
    pub channel: String,
}

/// Call your raid off before it sets off.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct CallOffRaid {}

impl Action for BeginRaid {
    const NAME: &'static str = "stream.raid";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Manager;
    type Report = Each;

    fn plan(&self) -> String {
        format!("Send their own viewers to {}", code(&self.channel))
    }

    ones_own!();

    async fn run(permit: Permit<Self>, manager: &Manager, _: &Run) -> Result<Each> {
        let (asked, user) = (permit.action(), permit.actor().user);
        let typed = asked.channel.trim().trim_start_matches('@');
        let login = typed.rsplit('/').next().unwrap_or_default().to_lowercase();
        let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if login.is_empty() || login.len() > LONGEST || !login.chars().all(fits) {
            return Err(Error::Invalid(format!("{} is no channel on Twitch. Nobody was raided.", code(typed))));
        }
        let (platforms, login) = (manager.accounts.platforms(), login.as_str());
        let raid = |_: Platform, lent: Lent| async move {
            let twitch = platforms.twitch()?;
            let Some(whom) = twitch.with_login(&lent.token, login).await? else {
                return Ok(Done::No(format!("There is no channel {}.", code(login))));
            };
            twitch.raid(&lent.token, &lent.account.subject, &whom.id).await?;
            Ok(Done::Yes(format!("to {}: it sets off by itself, or with your press on Twitch", code(&whom.name))))
        };
        manager.on_each((user, Some(Platform::Twitch)), ("**Began** a raid", Right::Raid), raid).await
    }
}

impl Action for CallOffRaid {
    const NAME: &'static str = "stream.call-off-raid";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Manager;
    type Report = Each;

    fn plan(&self) -> String {
        "Call their own raid off".to_owned()
    }

    ones_own!();

    async fn run(permit: Permit<Self>, manager: &Manager, _: &Run) -> Result<Each> {
        let user = permit.actor().user;
        let platforms = manager.accounts.platforms();
        let stop = |_: Platform, lent: Lent| async move {
            Ok(match platforms.twitch()?.call_off_raid(&lent.token, &lent.account.subject).await? {
                Some(()) => Done::Yes("nobody is sent anywhere".to_owned()),
                None => Done::No("No raid of yours was about to set off.".to_owned()),
            })
        };
        manager.on_each((user, Some(Platform::Twitch)), ("**Called off** the raid", Right::Raid), stop).await
    }
}
