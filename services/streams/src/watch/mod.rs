//! Asks platforms what is live, hears what they tell, and tells guilds: for ever, and again after a kill.

mod alone;
mod by_ids;
mod end;
mod hear;
mod kick;
pub mod plan;
mod revocations;
mod subscribe;
mod twitch;
mod youtube;

pub(crate) use self::{
    alone::Alone,
    hear::{OFFLINE, ONLINE},
    revocations::Revocations,
    subscribe::FEED,
};

use std::{sync::Arc, time::Duration};

use base::{Millis, Result};
use platforms::Failure;
use store::streams::{Channel, Source};
use tokio::time::MissedTickBehavior;

use crate::{
    Streams,
    lives::machine::{Course, Follows, Heard},
};

/// How late something that time asks for may be.
const TICK: Duration = Duration::from_secs(1);
/// What ended is remembered so long: an event that comes late finds it.
const REMEMBERED: Duration = Duration::from_hours(24);
/// Streams are kept so long.
const KEPT: Duration = Duration::from_hours(30 * 24);
/// What is old is swept so often, in ticks.
const SWEEP: u32 = 600;

impl Streams {
    /// Looks, for ever. Only for the process that has the gateway.
    pub async fn look_out(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut count: u32 = 0;
        loop {
            ticks.tick().await;
            if let Err(error) = self.look().await {
                tracing::warn!("streams wait: {error}");
            }
            count = count.wrapping_add(1);
            if count.is_multiple_of(SWEEP)
                && let Err(error) = self.sweep().await
            {
                tracing::warn!("old streams are still kept: {error}");
            }
        }
    }

    /// Hears what came in and tells of it, for ever: nobody waits for a platform that is slow to answer.
    pub async fn listen(self: Arc<Self>) {
        loop {
            if let Err(error) = self.hear_all().await {
                tracing::warn!("what came in of streams waits: {error}");
            }
            let _ = tokio::time::timeout(TICK, self.came.notified()).await;
        }
    }

    /// Asks about every channel that is due, at every platform at once, and tells of what is new.
    pub async fn look(&self) -> Result<()> {
        let (twitch, kick) = (self.platforms.twitch.as_ref(), self.platforms.kick.as_ref());
        let (twitch, youtube, kick) =
            futures::join!(self.look_by_ids(twitch), self.look_at_youtube(), self.look_by_ids(kick));
        for looked in [twitch, youtube, kick] {
            looked?;
        }
        self.subscribe().await?;
        self.subscribe_to_revocations().await?;
        self.unsubscribe().await?;
        self.tell().await
    }

    /// Hears every event that came in, and tells of what is new.
    pub async fn hear_all(&self) -> Result<()> {
        self.hear_deliveries().await?;
        self.tell().await
    }

    async fn sweep(&self) -> Result<()> {
        let now = self.clock.now();
        self.store.forget_deliveries().await?;
        self.store.forget_streams(Millis(now.0 - millis(KEPT))).await?;
        self.store.forget_quota(&plan::day(Millis(now.0 - millis(KEPT)))).await
    }

    /// A channel hears something. What follows is kept before anybody is told.
    pub(crate) async fn course(&self, id: &str, heard: Heard) -> Result<()> {
        let _one = self.courses.lock().await;
        let now = self.clock.now();
        let Some(channel) = self.store.stream_channel(id).await? else { return Ok(()) };
        let lives = self.store.stream_lives_of(id, Millis(now.0 - millis(REMEMBERED))).await?;
        let is_look = matches!(heard, Heard::Live(_) | Heard::Unknown(_));
        let mut course = Course { channel, lives };
        let before = course.clone();
        let follows = course.hear(heard, now);
        if is_look {
            course.channel.look_at = now.plus(self.every());
        } else if follows.contains(&Follows::Look) {
            course.channel.look_at = course.channel.look_at.min(now);
        }
        for live in &mut course.lives {
            if live.ended.is_some() && follows.contains(&Follows::Ended(live.key.clone())) {
                self.remember_where(&course.channel, live).await;
            }
        }
        let changed: Vec<_> =
            course.lives.into_iter().filter(|live| !before.lives.iter().any(|known| known == live)).collect();
        self.store.keep_stream_course(&course.channel, &changed).await
    }

    /// They could not be asked about.
    async fn unknown(&self, channels: &[Channel], failure: &Failure) -> Result<()> {
        let now = self.clock.now();
        let again = match failure {
            Failure::Limited { until } => (*until).max(now.plus(self.every())),
            _ => now.plus(self.every()),
        };
        self.unknown_until(channels, failure, again).await
    }

    /// The same, and it is looked there again then.
    async fn unknown_until(&self, channels: &[Channel], failure: &Failure, again: Millis) -> Result<()> {
        let _one = self.courses.lock().await;
        let ids: Vec<String> = channels.iter().map(|channel| channel.id.clone()).collect();
        self.store.stream_channels_unknown(&ids, &failure.to_string(), again).await
    }

    /// Where a stream that ended can be seen again. Nobody waits for that: without it the channel is named.
    async fn remember_where(&self, channel: &Channel, live: &mut store::streams::Live) {
        let found = match (channel.source, &self.platforms.twitch) {
            (Source::Twitch, Some(twitch)) => twitch.recorded(&channel.platform_id, &live.key).await,
            (Source::YouTube, _) => Ok(Some(format!("https://www.youtube.com/watch?v={}", live.key))),
            _ => Ok(None),
        };
        match found {
            Ok(vod) => live.vod = vod,
            Err(failure) => tracing::debug!("where a stream can be seen again is not known: {failure}"),
        }
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
