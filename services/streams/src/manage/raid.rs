//! Sending one's own viewers to somebody else's stream.

use std::time::Duration;

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

/// It sets off by itself after this, as Twitch has it; until then it can be called off.
const SETS_OFF: Duration = Duration::from_secs(90);
/// What is said of one that can be called off no longer.
const TOO_LATE: &str = "It was too late: 90 seconds after it began a raid sets off. Nothing was called off.";
const GONE: &str = "It was too late: it has set off, or was called off there. Nothing was called off.";
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
pub struct CallOffRaid {
    /// When it sets off by itself, in milliseconds since 1970, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// The id of whose raid it is: nobody else calls it off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
}

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
        let until = manager.clock.now().plus(SETS_OFF);
        let raid = |_: Platform, lent: Lent| async move {
            let twitch = platforms.twitch()?;
            let Some(whom) = twitch.with_login(&lent.token, login).await? else {
                return Ok(Done::No(format!("There is no channel {}.", code(login))));
            };
            twitch.raid(&lent.token, &lent.account.subject, &whom.id).await?;
            let when = until.relative();
            Ok(Done::Yes(format!(
                "to {}: it sets off by itself {when}, or with your press on Twitch",
                code(&whom.name)
            )))
        };
        let begun = manager.on_each((user, Some(Platform::Twitch)), ("**Began** a raid", Right::Raid), raid).await?;
        Ok(begun.or_undo(&CallOffRaid { until: Some(until.0), of: Some(user.0) }))
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

    ones_own!(|raid| raid.of);

    async fn run(permit: Permit<Self>, manager: &Manager, _: &Run) -> Result<Each> {
        let (user, until) = (permit.actor().user, permit.action().until);
        let platforms = manager.accounts.platforms();
        // By then another may have begun, which nobody asked to be called off.
        let is_over = until.is_some_and(|until| until <= manager.clock.now().0);
        let stop = |_: Platform, lent: Lent| async move {
            if is_over {
                return Ok(Done::No(TOO_LATE.to_owned()));
            }
            Ok(match platforms.twitch()?.call_off_raid(&lent.token, &lent.account.subject).await? {
                Some(()) => Done::Yes("nobody is sent anywhere".to_owned()),
                None if until.is_some() => Done::No(GONE.to_owned()),
                None => Done::No("No raid of yours was about to set off.".to_owned()),
            })
        };
        manager.on_each((user, Some(Platform::Twitch)), ("**Called off** the raid", Right::Raid), stop).await
    }
}
