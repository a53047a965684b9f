//! Asks YouTube: feeds cost nothing and name videos, and what became of those is asked fifty at a time.

use std::{collections::BTreeMap, time::Duration};

use base::{Millis, Result};
use futures::{StreamExt, stream};
use platforms::{
    Failure,
    youtube::videos::{AT_ONCE, Standing, Video as Found, is_out_of_quota},
};
use store::streams::{Channel, Kind, Live, QUOTA_RESTS, Source, Video};

use super::plan;
use crate::{
    Streams,
    lives::machine::{Heard, Sighting},
};

/// Feeds that are read at a time, and looked through in one round.
const FEEDS: usize = 8;
const CHANNELS: i64 = 100;
/// Whoever is asked about anyway takes along who would be by then.
const ALONG: Duration = Duration::from_mins(1);
/// Where a unit may not be used yet, or nobody answered, that is tried again after so long.
const AGAIN: Duration = Duration::from_secs(30);

impl Streams {
    pub(super) async fn look_at_youtube(&self) -> Result<()> {
        let due = self.store.stream_channels_due(Source::YouTube, self.clock.now(), CHANNELS).await?;
        let read = stream::iter(due)
            .map(|channel| async move {
                let feed = self.platforms.youtube.feed(&channel.platform_id).await;
                (channel, feed)
            })
            .buffer_unordered(FEEDS)
            .collect::<Vec<_>>();
        for (channel, feed) in read.await {
            match feed {
                Ok(Some(feed)) => {
                    let its = feed.videos.into_iter().filter(|(_, of)| *of == channel.platform_id);
                    let ids: Vec<String> = its.map(|(video, _)| video).collect();
                    let new = self.store.note_stream_videos(&channel.id, &ids).await?;
                    self.feed_was_read(&channel, new).await?;
                }
                Ok(None) => {
                    let gone = Failure::Unreachable("YouTube says that there is no such channel");
                    self.unknown(&[channel], &gone).await?;
                }
                Err(failure) => self.unknown(&[channel], &failure).await?,
            }
        }
        self.look_at_videos().await
    }

    /// Nothing is live but what is known to be, once every video of the feed was asked about.
    async fn feed_was_read(&self, channel: &Channel, new: u64) -> Result<()> {
        if !self.platforms.youtube.has_key() {
            return self.unknown(std::slice::from_ref(channel), &Failure::NotSet("YOUTUBE_API_KEY")).await;
        }
        let now = self.clock.now();
        if let Some(until) = self.quota_until(now).await? {
            // What is in it is noted, and whether that is live nobody can say.
            let (over, again) = (Failure::Limited { until }, now.plus(self.every()));
            return self.unknown_until(std::slice::from_ref(channel), &over, again).await;
        }
        let heard = if new == 0 && !self.waits(channel).await? {
            Heard::Live(self.going_on(channel).await?.iter().map(again).collect())
        } else {
            // Whether it is live is said in a moment.
            Heard::Stirred
        };
        let is_answer = matches!(heard, Heard::Live(_));
        self.course(&channel.id, heard).await?;
        if is_answer {
            Ok(())
        } else {
            self.store.defer_stream_channel(&channel.id, self.clock.now().plus(self.every())).await
        }
    }

    /// Whether a video of this channel is still to be asked about.
    async fn waits(&self, channel: &Channel) -> Result<bool> {
        let due = self.store.stream_videos_due(self.clock.now(), 1_000).await?;
        Ok(due.iter().any(|video| video.stream_channel == channel.id))
    }

    async fn going_on(&self, channel: &Channel) -> Result<Vec<Live>> {
        let all = self.store.stream_lives_of(&channel.id, self.clock.now()).await?;
        Ok(all.into_iter().filter(|live| live.ended.is_none() && live.gone.is_none()).collect())
    }

    async fn look_at_videos(&self) -> Result<()> {
        if !self.platforms.youtube.has_key() {
            return Ok(());
        }
        loop {
            let now = self.clock.now();
            let most = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
            let due = self.store.stream_videos_due(now.plus(ALONG), most).await?;
            if !due.iter().any(|video| video.look_at.is_some_and(|at| at <= now)) {
                return Ok(());
            }
            let asked = if self.may_use_quota(1).await? {
                let ids: Vec<&str> = due.iter().map(|video| video.id.as_str()).collect();
                self.platforms.youtube.videos(&ids).await
            } else {
                Err(Failure::Limited { until: self.quota_until(now).await?.unwrap_or(now.plus(AGAIN)) })
            };
            match asked {
                Ok(found) => self.videos_are(&due, &found).await?,
                Err(failure) => {
                    let failure = if is_out_of_quota(&failure) { self.quota_is_over(now).await? } else { failure };
                    let again = match &failure {
                        Failure::Limited { until } => (*until).max(now.plus(AGAIN)),
                        _ => now.plus(AGAIN),
                    };
                    let mut channels = BTreeMap::new();
                    for video in &due {
                        if let Some(channel) = self.store.stream_channel(&video.stream_channel).await? {
                            channels.insert(channel.id.clone(), channel);
                        }
                    }
                    let channels: Vec<Channel> = channels.into_values().collect();
                    // Feeds cost nothing, and are read on.
                    self.unknown_until(&channels, &failure, now.plus(self.every())).await?;
                    let wait = |video: Video| Video { look_at: video.look_at.max(Some(again)), ..video };
                    return self.store.keep_stream_videos(&due.into_iter().map(wait).collect::<Vec<_>>()).await;
                }
            }
            if due.len() < AT_ONCE {
                return Ok(());
            }
        }
    }

    /// These were asked about, and those of them are there.
    async fn videos_are(&self, asked: &[Video], found: &[Found]) -> Result<()> {
        let now = self.clock.now();
        let mut kept = Vec::new();
        let mut by_channel: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for video in asked {
            by_channel.entry(&video.stream_channel).or_default().push(&video.id);
        }
        for (channel, ids) in by_channel {
            let Some(channel) = self.store.stream_channel(channel).await? else { continue };
            let going_on = self.store.stream_lives_of(&channel.id, now).await?;
            let mut live: Vec<Sighting> = going_on
                .iter()
                .filter(|one| one.ended.is_none() && one.gone.is_none() && !ids.contains(&one.key.as_str()))
                .map(again)
                .collect();
            for id in ids {
                let video = found.iter().find(|video| video.id == id && video.channel == channel.platform_id);
                let is_going_on = going_on.iter().any(|one| one.key == id && one.ended.is_none());
                let (look_at, scheduled) = match video {
                    Some(video) => (plan::next(video.standing, video.scheduled, now), video.scheduled),
                    None => (None, None),
                };
                // What went on is looked at until its end is certain.
                let look_at = if is_going_on { look_at.or(Some(now.plus(ALONG))) } else { look_at };
                kept.push(Video { id: id.to_owned(), stream_channel: channel.id.clone(), look_at, scheduled });
                live.extend(video.and_then(sighting));
            }
            self.course(&channel.id, Heard::Live(live)).await?;
        }
        self.store.keep_stream_videos(&kept).await
    }

    /// Until when YouTube is asked nothing of that kind any more, because it said that its units are used. It may begin its day later than
    /// our clock does, or be given more of them: after a while it is tried, whatever the hour.
    pub(crate) async fn quota_until(&self, now: Millis) -> Result<Option<Millis>> {
        let said = self.store.quota_over_since(Source::YouTube, &plan::day(now)).await?;
        Ok(said.map(|said| plan::midnight(now).min(said.plus(QUOTA_RESTS))))
    }

    /// YouTube says that its units are used: whoever used them, nothing is asked for now. Feeds cost none, and go on.
    pub(crate) async fn quota_is_over(&self, now: Millis) -> Result<Failure> {
        let until = plan::midnight(now).min(now.plus(QUOTA_RESTS));
        if self.store.quota_is_over(Source::YouTube, &plan::day(now)).await? {
            tracing::warn!(until = until.utc(), "YouTube's quota is used up: until then only feeds are read");
        }
        Ok(Failure::Limited { until })
    }

    /// Notes units of quota as used, where they may be by now.
    pub(crate) async fn may_use_quota(&self, units: i64) -> Result<bool> {
        let now = self.clock.now();
        self.store.use_quota(Source::YouTube, &plan::day(now), units, plan::allowed(now)).await
    }
}

/// A stream as it was seen last.
fn again(live: &Live) -> Sighting {
    Sighting {
        key: live.key.clone(),
        kind: Some(live.kind),
        title: live.title.clone(),
        game: live.game.clone(),
        tags: live.tags.clone(),
        picture: live.picture.clone(),
        vod: live.vod.clone(),
        viewers: live.viewers,
        started: live.started,
    }
}

fn sighting(video: &Found) -> Option<Sighting> {
    let started = video.started.filter(|_| video.standing == Standing::Live)?;
    Some(Sighting {
        key: video.id.clone(),
        kind: Some(if video.premiere { Kind::Premiere } else { Kind::Live }),
        title: video.title.clone(),
        game: String::new(),
        tags: video.tags.clone(),
        picture: video.picture.clone(),
        vod: None,
        viewers: video.viewers,
        started,
    })
}
