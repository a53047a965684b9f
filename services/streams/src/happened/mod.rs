//! What happens on the streams of accounts that feed overlays: follows, subscriptions, gifts, cheers, raids, what is said, and what is
//! taken back of that.
//!
//! **Invariants:** each has an id that it is known by for ever, so that whoever shows it shows it once. Who gave without a name has none.

mod gone;
mod kick;
mod twitch;

use base::{GuildId, Result};
use futures::future::BoxFuture;
use serde_json::Value;
use store::{
    overlays::Origin,
    streams::{Delivery, Source},
};

use crate::Streams;

pub use gone::{Gone, TakenBack};
pub(crate) use kick::KINDS as KICK_KINDS;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Somebody follows.
    Follow,
    /// Somebody subscribed, or did so again: the amount is months.
    Sub,
    /// Somebody gave subscriptions: the amount is how many.
    Gift,
    /// Somebody cheered: the amount is how much.
    Cheer,
    /// Another channel came over: the amount is how many people.
    Raid,
    /// Somebody wrote in the chat.
    Chat,
}

/// Something that happened on a stream, as its platform tells it: names and words are whoever's they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// What it is known by.
    pub id: String,
    /// What it was.
    pub what: What,
    /// Where.
    pub platform: Origin,
    /// On whose stream, by their id there.
    pub channel: String,
    /// Whose doing it was.
    pub name: String,
    /// Who wrote what was said, by their id there.
    pub author: String,
    /// How much of it.
    pub amount: i64,
    /// What they said.
    pub message: String,
    /// The colour of their name.
    pub colour: Option<u32>,
}

/// Shows what happens.
pub trait Stage: Send + Sync {
    /// Shows it in a guild, once.
    fn show(&self, guild: GuildId, happening: &Happening) -> BoxFuture<'_, Result<()>>;

    /// Shows no longer what was taken back.
    fn take_back(&self, guild: GuildId, gone: &TakenBack) -> BoxFuture<'_, Result<()>>;
}

/// Whoever has no name.
const NOBODY: &str = "Anonymous";

impl Streams {
    /// Has everybody see what happened whose overlays the account feeds. The answer is whether it was of that kind.
    pub(crate) async fn show(&self, delivery: &Delivery) -> Result<bool> {
        let Ok(body) = serde_json::from_str::<Value>(&delivery.body) else { return Ok(false) };
        if delivery.source == Source::Twitch && gone::is_one(&delivery.subject) {
            self.take_back(gone::read(delivery, &body["event"])).await?;
            return Ok(true);
        }
        let happening = match delivery.source {
            Source::Twitch if twitch::is_one(&delivery.subject) => twitch::read(delivery, &body["event"]),
            Source::Kick if KICK_KINDS.contains(&delivery.subject.as_str()) => kick::read(delivery, &body),
            _ => return Ok(false),
        };
        let (Some(happening), Some(stage)) = (happening, self.stage.get()) else { return Ok(true) };
        for guild in self.store.guilds_fed_by(happening.platform, &happening.channel).await? {
            stage.show(guild, &happening).await?;
        }
        Ok(true)
    }

    /// Has nobody see any more what was taken back.
    async fn take_back(&self, gone: Option<TakenBack>) -> Result<()> {
        let (Some(gone), Some(stage)) = (gone, self.stage.get()) else { return Ok(()) };
        for guild in self.store.guilds_fed_by(gone.platform, &gone.channel).await? {
            stage.take_back(guild, &gone).await?;
        }
        Ok(())
    }
}

/// What a message of a chat is known by. What is said is forgotten sooner than the rest.
fn said(platform: Origin, channel: &str, message: &str) -> String {
    format!("chat {} {channel} {message}", platform.as_str())
}

/// A text of an event; empty where there is none.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Somebody's name; whoever wants to be nobody is.
fn name(name: &Value, anonymous: &Value) -> String {
    let said = text(name);
    if anonymous == true || said.is_empty() { NOBODY.to_owned() } else { said.to_owned() }
}

/// A colour such as `#9146FF`.
fn colour(value: &Value) -> Option<u32> {
    let digits = text(value).strip_prefix('#').filter(|digits| digits.len() == 6)?;
    u32::from_str_radix(digits, 16).ok()
}

/// How much of it, where that is not less than nothing.
fn amount(value: &Value) -> i64 {
    value.as_i64().unwrap_or(1).max(0)
}
