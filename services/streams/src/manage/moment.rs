//! This very moment of one's own stream: marked, or clipped.

use std::time::Duration;

use accounts::{Lent, Right};
use base::{Action, Actor, Assessment, Error, Permit, Result, Risk, Run, card::code, measure};
use platforms::{Answered, Platform, Platforms};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Manager,
    change::ones_own,
    each::{Done, Each},
};

/// What a marker says is no longer.
const LONGEST: usize = 140;
/// A clip is there within this, or never.
const CLIPPED_WITHIN: Duration = Duration::from_secs(15);
/// And is looked for so often.
const LOOK: Duration = Duration::from_secs(1);
const NOT_LIVE: &str = "Nothing of yours is live there.";

/// Mark this moment of your stream, to find it in the video later; only Twitch does that.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct SetMarker {
    /// What happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
}

/// Make a clip of what was just seen in your stream; only Twitch does that.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct MakeClip {}

impl Action for SetMarker {
    const NAME: &'static str = "stream.marker";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Manager;
    type Report = Each;

    fn plan(&self) -> String {
        "Mark this moment of their own stream".to_owned()
    }

    ones_own!();

    async fn run(permit: Permit<Self>, manager: &Manager, _: &Run) -> Result<Each> {
        let (asked, user) = (permit.action(), permit.actor().user);
        let what = asked.what.as_deref().map(str::trim).filter(|what| !what.is_empty());
        if what.is_some_and(|what| what.chars().count() > LONGEST) {
            return Err(Error::Invalid(format!("A marker says at most {LONGEST} letters. Nothing was marked.")));
        }
        let platforms = manager.accounts.platforms();
        let mark = |_: Platform, lent: Lent| async move {
            let at = platforms.twitch()?.mark(&lent.token, &lent.account.subject, what).await?;
            Ok(match at {
                Some(seconds) => {
                    let named = what.map_or_else(String::new, |what| format!(" {}", code(what)));
                    Done::Yes(format!("{} in{named}", measure::span(Duration::from_secs(seconds))))
                }
                None => Done::No(format!("{NOT_LIVE} Or its videos are not kept.")),
            })
        };
        manager.on_each((user, Some(Platform::Twitch)), ("**Marked** this moment", Right::Manage), mark).await
    }
}

impl Action for MakeClip {
    const NAME: &'static str = "stream.clip";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Manager;
    type Report = Each;

    fn plan(&self) -> String {
        "Make a clip of their own stream".to_owned()
    }

    ones_own!();

    async fn run(permit: Permit<Self>, manager: &Manager, _: &Run) -> Result<Each> {
        let user = permit.actor().user;
        let platforms = manager.accounts.platforms();
        let clip = |_: Platform, lent: Lent| clipped(platforms, lent);
        manager.on_each((user, Some(Platform::Twitch)), ("**Made** a clip", Right::Clip), clip).await
    }
}

async fn clipped(platforms: &Platforms, lent: Lent) -> Answered<Done> {
    let twitch = platforms.twitch()?;
    let Some(clip) = twitch.clip(&lent.token, &lent.account.subject).await? else {
        return Ok(Done::No(NOT_LIVE.to_owned()));
    };
    let looks = async {
        loop {
            tokio::time::sleep(LOOK).await;
            // It was begun: trouble while it is looked for says nothing of it.
            if let Ok(Some(url)) = twitch.clipped(&lent.token, &clip).await {
                return url;
            }
        }
    };
    Ok(match tokio::time::timeout(CLIPPED_WITHIN, looks).await {
        Ok(url) => Done::Yes(url),
        Err(_) => Done::No(format!(
            "It began a clip, and it was not there within {}. It may still come.",
            measure::span(CLIPPED_WITHIN)
        )),
    })
}
