//! What the hub of YouTube's feeds pushes; and its question whether it is we who asked.
//!
//! **Invariants:** each subscription has an address that nobody guesses, and at any other there is nothing. Only what we asked for is
//! confirmed, for no longer than we asked.

use std::time::Duration;

use base::Result;
use platforms::youtube::{feed, websub::LEASE};
use store::streams::Source;

use super::{Came, Reply, signature};
use crate::{Streams, watch::FEED};

/// A word that is asked back is no longer, in bytes.
const CHALLENGE: usize = 512;
/// A lease is renewed once this much of it is over, in percent.
const RENEWED: u64 = 80;
/// A lease that is shorter counts as one of this, in seconds: nobody is asked over and over.
const SHORTEST: u64 = 60;

/// Where the hub asks back and pushes what is new of one channel.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The channel's id.
    pub channel: &'a str,
    /// What proves that we gave this address.
    pub proof: &'a str,
}

impl Streams {
    /// The address at which the hub tells of a channel.
    pub(crate) async fn hub_place(&self, channel: &str, address: &str) -> Result<String> {
        let secret = self.hook_secret(Source::YouTube).await?;
        let proof = signature::proof(secret.expose(), &self.platforms.youtube.topic(channel));
        Ok(format!("{address}/hooks/youtube/{channel}/{proof}"))
    }

    async fn is_ours(&self, place: Place<'_>) -> Result<bool> {
        if !feed::is_id(place.channel) {
            return Ok(false);
        }
        let secret = self.hook_secret(Source::YouTube).await?;
        Ok(signature::is_proof(secret.expose(), &self.platforms.youtube.topic(place.channel), place.proof))
    }

    /// The hub asks whether a subscription is ours.
    pub async fn asked_by_hub(&self, place: Place<'_>, query: &[(String, String)]) -> Result<Reply> {
        let said = |name: &str| query.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
        let (mode, topic, word) = (said("hub.mode"), said("hub.topic"), said("hub.challenge"));
        let is_asked = !word.is_empty() && word.len() <= CHALLENGE;
        if !is_asked || !self.is_ours(place).await? || topic != self.platforms.youtube.topic(place.channel) {
            return Ok(Reply::Unknown);
        }
        let channel = self.store.stream_channel_at(Source::YouTube, place.channel).await?;
        let asked = match &channel {
            Some(channel) => self.store.subscription_of(channel, FEED).await?,
            None => None,
        };
        match (mode, asked) {
            ("subscribe", Some(one)) if one.was_asked && one.is_needed => {
                // What stands already stands no longer for being asked about once more.
                if !one.is_on {
                    let seconds = said("hub.lease_seconds").parse().unwrap_or(LEASE.as_secs());
                    let seconds: u64 = seconds.clamp(SHORTEST, LEASE.as_secs());
                    let now = self.clock.now();
                    let again = now.plus(Duration::from_secs(seconds * RENEWED / 100));
                    let until = now.plus(Duration::from_secs(seconds));
                    self.store.subscription_is_on(&one, None, Some(until), again).await?;
                }
                Ok(Reply::Word(word.to_owned()))
            }
            // It was told that it is to end, and perhaps twice.
            ("unsubscribe", None) => Ok(Reply::Word(word.to_owned())),
            ("unsubscribe", Some(one)) if one.ending.is_some() && !one.is_needed => {
                self.store.subscription_is_gone(&one.channel, FEED).await?;
                Ok(Reply::Word(word.to_owned()))
            }
            _ => Ok(Reply::Unknown),
        }
    }

    /// The hub pushes something. What is not signed is taken for nothing, and not refused: a hub that is refused tries again.
    pub async fn heard_from_hub(&self, place: Place<'_>, came: Came<'_>) -> Result<Reply> {
        if !self.is_ours(place).await? {
            return Ok(Reply::Unknown);
        }
        let secret = self.hook_secret(Source::YouTube).await?;
        if !signature::hub(secret.expose(), came.body, came.header("x-hub-signature")) {
            return Ok(Reply::Taken);
        }
        let read = std::str::from_utf8(came.body).ok().and_then(feed::read).unwrap_or_default();
        // What is told at an address is of its channel.
        let videos: Vec<_> = read.videos.into_iter().filter(|(_, of)| of == place.channel).collect();
        if videos.is_empty() {
            return Ok(Reply::Taken);
        }
        // It has no id and no time: the same again is the same news, and is asked about once.
        let body = serde_json::to_string(&videos).unwrap_or_default();
        self.take(Source::YouTube, &self.clock.key(), FEED, &body).await
    }
}
