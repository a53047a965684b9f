//! What the hub of YouTube's feeds pushes; and its question whether it is we who asked.

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

impl Streams {
    /// The hub asks whether a subscription is ours.
    pub async fn asked_by_hub(&self, query: &[(String, String)]) -> Result<Reply> {
        let said = |name: &str| query.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
        let (mode, topic, word) = (said("hub.mode"), said("hub.topic"), said("hub.challenge"));
        let Some((_, id)) = topic.rsplit_once("channel_id=") else { return Ok(Reply::Unknown) };
        if topic != self.platforms.youtube.topic(id) || word.is_empty() || word.len() > CHALLENGE {
            return Ok(Reply::Unknown);
        }
        let channel = self.store.stream_channel_at(Source::YouTube, id).await?;
        let wanted = match &channel {
            Some(channel) => self.store.subscription_of(channel, FEED).await?,
            None => None,
        };
        match (mode, wanted) {
            ("subscribe", Some(one)) => {
                let seconds =
                    said("hub.lease_seconds").parse().unwrap_or(LEASE.as_secs()).clamp(60, LEASE.as_secs() * 2);
                let now = self.clock.now();
                let again = now.plus(Duration::from_secs(seconds * RENEWED / 100));
                let until = now.plus(Duration::from_secs(seconds));
                self.store.subscription_is_on(&one, None, Some(until), again).await?;
                Ok(Reply::Word(word.to_owned()))
            }
            // Whoever follows no longer lets it go.
            ("unsubscribe", None) => {
                if let Some(channel) = &channel {
                    self.store.subscription_is_gone(channel, FEED).await?;
                }
                Ok(Reply::Word(word.to_owned()))
            }
            _ => Ok(Reply::Unknown),
        }
    }

    /// The hub pushes something. What is not signed is taken for nothing, and not refused: a hub that is refused tries again.
    pub async fn heard_from_hub(&self, came: Came<'_>) -> Result<Reply> {
        let secret = self.vault.hook_secret(Source::YouTube).await?;
        if !signature::hub(secret.expose(), came.body, came.header("x-hub-signature")) {
            return Ok(Reply::Taken);
        }
        let read = std::str::from_utf8(came.body).ok().and_then(feed::read);
        let Some(read) = read.filter(|read| !read.videos.is_empty()) else { return Ok(Reply::Taken) };
        // It has no id and no time: the same again is the same news, and is asked about once.
        let body = serde_json::to_string(&read.videos).unwrap_or_default();
        self.take(Source::YouTube, &self.clock.key(), FEED, &body).await
    }
}
