//! What Discord counts over time: edits of old messages, creations of commands, slow mode.

use super::World;
use super::permissions::BYPASS_SLOWMODE;
use crate::clock::Millis;
use crate::errors::{Answer, ApiError};
use crate::snowflake::{self, Id};
use serde_json::json;
use std::collections::{BTreeMap, VecDeque};

const HOUR: Millis = 60 * 60 * 1000;
const DAY: Millis = 24 * HOUR;
/// Edits of messages older than an hour that a channel takes within `OLD_EDITS_WINDOW`. Discord does not publish the numbers; bots
/// that ran into the limit report these.
const OLD_EDITS: usize = 3;
const OLD_EDITS_WINDOW: Millis = 20 * 1000;
/// Commands that may be created in a day, globally and in each guild.
const CREATIONS: usize = 200;

#[derive(Debug, Default)]
pub(crate) struct Limits {
    old_edits: BTreeMap<Id, VecDeque<Millis>>,
    creations: BTreeMap<Option<Id>, VecDeque<Millis>>,
    /// When somebody last wrote into a channel, or started a thread in it.
    spoken: BTreeMap<(Id, Id), Millis>,
}

impl World {
    /// Counts an edit if its message is older than an hour.
    pub(crate) fn count_edit(&mut self, channel: Id, message: Id) -> Answer<()> {
        if snowflake::made_at(message) + HOUR > self.now {
            return Ok(());
        }
        let (now, edits) = (self.now, self.limits.old_edits.entry(channel).or_default());
        forget(edits, now, OLD_EDITS_WINDOW);
        if let Some(first) = edits.front().filter(|_| edits.len() >= OLD_EDITS) {
            let words = "Maximum number of edits to messages older than 1 hour reached. Try again later";
            return Err(try_again(30046, words, first + OLD_EDITS_WINDOW - now));
        }
        edits.push_back(now);
        Ok(())
    }

    /// Counts commands that are new in their place; changing one does not count.
    pub(crate) fn count_creations(&mut self, guild: Option<Id>, new: usize) -> Answer<()> {
        let (now, made) = (self.now, self.limits.creations.entry(guild).or_default());
        forget(made, now, DAY);
        if made.len() + new > CREATIONS {
            let words = "Max number of daily application command creates has been reached (200)";
            return Err(ApiError::new(400, 30034, words).breaks("commands.daily_creates"));
        }
        made.extend(std::iter::repeat_n(now, new));
        Ok(())
    }

    /// Slow mode: people wait between two messages, bots and whoever may bypass it do not.
    pub(crate) fn wait_turn(&mut self, channel: Id, author: Id) -> Answer<()> {
        let slowmode = self.channel(channel)?.slowmode * 1000;
        let exempt = author == self.application.id || self.permissions(author, channel) & BYPASS_SLOWMODE != 0;
        if slowmode == 0 || exempt {
            return Ok(());
        }
        let (now, last) = (self.now, self.limits.spoken.get(&(channel, author)));
        if let Some(wait) = last.and_then(|last| (last + slowmode).checked_sub(now)).filter(|wait| *wait > 0) {
            return Err(try_again(20016, "This action cannot be performed due to slowmode rate limit", wait));
        }
        self.limits.spoken.insert((channel, author), now);
        Ok(())
    }
}

fn forget(times: &mut VecDeque<Millis>, now: Millis, window: Millis) {
    while times.front().is_some_and(|first| first + window <= now) {
        times.pop_front();
    }
}

/// A refusal that says when to come back. Nobody can know beforehand, so it breaks no rule.
fn try_again(code: u32, words: &str, wait: Millis) -> ApiError {
    let mut error = ApiError::new(429, code, words);
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of at most a day")]
    let seconds = wait as f64 / 1000.0;
    error.body["retry_after"] = json!(seconds);
    error.body["global"] = json!(false);
    error
}
