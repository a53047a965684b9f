//! Words in one's own chat: said, or announced.

use accounts::{Lent, Right};
use base::{Action, Actor, Assessment, Error, Permit, Result, Risk, Run, card::code};
use platforms::{Platform, channel::Said};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Manager,
    change::ones_own,
    each::{Done, Each},
};

/// A message is no longer than this; YouTube's are shorter.
const LONGEST: usize = 500;
const LONGEST_ON_YOUTUBE: usize = 200;

/// Say something in your own chat, as yourself.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SayInChat {
    /// What.
    pub text: String,
    /// On one platform only; on every one that is connected unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Platform>,
}

/// Announce something in your own chat, so that it stands out; only Twitch does that.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AnnounceInChat {
    /// What.
    pub text: String,
}

fn read(run: &Run, typed: &str) -> Result<String> {
    let text = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if run.redactor().finds(&text) {
        return Err(Error::Invalid(
            "That holds a secret, and a chat is read by everybody. Nothing was said.".to_owned(),
        ));
    }
    let letters = text.chars().count();
    if letters == 0 || letters > LONGEST {
        return Err(Error::Invalid(format!(
            "A message has from 1 to {LONGEST} letters, and this has {letters}. Nothing was said."
        )));
    }
    Ok(text)
}

impl Action for SayInChat {
    const NAME: &'static str = "stream.chat";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Manager;
    type Report = Each;

    fn plan(&self) -> String {
        format!("Say {} in their own chat", code(&self.text))
    }

    ones_own!();

    async fn run(permit: Permit<Self>, manager: &Manager, run: &Run) -> Result<Each> {
        let (asked, user) = (permit.action(), permit.actor().user);
        let text = read(run, &asked.text)?;
        let (platforms, text) = (manager.accounts.platforms(), text.as_str());
        let say = |platform: Platform, lent: Lent| async move {
            let letters = text.chars().count();
            if platform == Platform::YouTube && letters > LONGEST_ON_YOUTUBE {
                return Ok(Done::No(format!("It takes {LONGEST_ON_YOUTUBE} letters, and this has {letters}.")));
            }
            Ok(match platforms.say(platform, &lent.token, &lent.account.subject, text).await? {
                Some(Said::Shown) => Done::Yes("said".to_owned()),
                Some(Said::Dropped(why)) if why.is_empty() => {
                    Done::No("It took the message and did not show it, without a word why.".to_owned())
                }
                Some(Said::Dropped(why)) => Done::No(format!("It took the message and did not show it: {}", code(why))),
                None => Done::No("Nothing of yours is live there, so there is no chat.".to_owned()),
            })
        };
        manager.on_each((user, asked.on), ("**Said** in chat", Right::Chat), say).await
    }
}

impl Action for AnnounceInChat {
    const NAME: &'static str = "stream.announce";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Manager;
    type Report = Each;

    fn plan(&self) -> String {
        format!("Announce {} in their own chat", code(&self.text))
    }

    ones_own!();

    async fn run(permit: Permit<Self>, manager: &Manager, run: &Run) -> Result<Each> {
        let (asked, user) = (permit.action(), permit.actor().user);
        let text = read(run, &asked.text)?;
        let (platforms, text) = (manager.accounts.platforms(), text.as_str());
        let announce = |_: Platform, lent: Lent| async move {
            platforms.twitch()?.announce(&lent.token, &lent.account.subject, text).await?;
            Ok(Done::Yes("announced".to_owned()))
        };
        let title = ("**Announced** in chat", Right::Announce);
        manager.on_each((user, Some(Platform::Twitch)), title, announce).await
    }
}
