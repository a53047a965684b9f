//! What members are seen to do on Discord, where whoever runs the bot wants that: that somebody shows a stream of a followed channel
//! hastens a look there.
//!
//! **Invariants:** nothing of a presence is kept but what was asked about within the last minute. What shows no stream costs no query,
//! and what shows one costs one a minute at most; it never says that anybody is live.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base::{GuildId, Millis, Result, UserId};
use store::streams::Source;
use tokio::sync::Semaphore;

use crate::{Streams, lives::machine::Heard, resolve::read};

/// The same is asked about once in this.
const ONCE_IN: Duration = Duration::from_mins(1);
/// As much is remembered for that long; who comes after it waits for the platform's own word.
const REMEMBERED: usize = 4_096;
/// Where that is full, it is looked through so often.
const SWEPT: Duration = Duration::from_secs(10);
/// As many are looked up at a time.
const AT_ONCE: usize = 16;

/// What somebody is seen to show.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Shown {
    /// A channel, by the name in its address.
    Named(Source, String),
    /// A video of theirs, which names no channel.
    Theirs(GuildId, UserId),
    /// A channel's row.
    Channel(String),
}

/// What was asked about within the last minute, and when it was looked through last.
#[derive(Default)]
struct Asked {
    at: HashMap<Shown, Millis>,
    swept: Option<Millis>,
}

/// What was asked about within the last minute.
pub(crate) struct Seen {
    asked: Mutex<Asked>,
    looks: Arc<Semaphore>,
}

impl Default for Seen {
    fn default() -> Self {
        Self { asked: Mutex::default(), looks: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Seen {
    /// Whether this is asked about now: it was not within the last minute.
    fn is_new(&self, shown: &Shown, now: Millis) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let is_young = |then: &Millis| now.since(*then) < ONCE_IN && then.0 <= now.0;
        if asked.at.get(shown).is_some_and(is_young) {
            return false;
        }
        if asked.at.len() >= REMEMBERED && asked.swept.is_none_or(|then| now.since(then) >= SWEPT) {
            asked.at.retain(|_, then| is_young(then));
            asked.swept = Some(now);
        }
        if asked.at.len() >= REMEMBERED {
            return false;
        }
        asked.at.insert(shown.clone(), now);
        true
    }
}

/// What an address shows that a member streams at; nothing where it is none of a platform's.
fn shown(guild: GuildId, member: UserId, address: &str) -> Option<Shown> {
    let is_video = ["https://www.youtube.com/watch", "https://youtube.com/watch", "https://youtu.be/"];
    if is_video.iter().any(|start| address.starts_with(start)) {
        return Some(Shown::Theirs(guild, member));
    }
    let named = address.starts_with("https://").then(|| read(address, None).ok())??;
    Some(Shown::Named(named.source, named.name))
}

impl Streams {
    /// Somebody is seen to stream at this address. Whoever says so is not believed: its platform is asked, soon.
    pub fn seen_streaming(self: &Arc<Self>, guild: GuildId, member: UserId, address: &str) {
        let Some(shown) = shown(guild, member, address) else { return };
        if !self.seen.is_new(&shown, self.clock.now()) {
            return;
        }
        // Where too many come at once, the platform's own word comes soon enough.
        let Ok(place) = Arc::clone(&self.seen.looks).try_acquire_owned() else { return };
        let streams = Arc::clone(self);
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = streams.stirred(&shown).await {
                tracing::warn!("what a member is seen to show leads to no look: {error}");
            }
        });
    }

    async fn stirred(&self, shown: &Shown) -> Result<()> {
        let channels = match shown {
            Shown::Named(source, name) => self.store.followed_channels_called(*source, name).await?,
            Shown::Theirs(guild, member) => {
                let theirs = self.store.stream_channels_of_member(*guild, *member).await?;
                theirs.into_iter().filter(|channel| channel.source == Source::YouTube).collect()
            }
            Shown::Channel(_) => Vec::new(),
        };
        for channel in channels {
            // Its video and its name are two ways to the same.
            if self.seen.is_new(&Shown::Channel(channel.id.clone()), self.clock.now()) {
                self.course(&channel.id, Heard::Stirred).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_channel_or_a_members_video_or_nothing() {
        let of = |address| shown(GuildId(1), UserId(2), address);
        let named = |source, name: &str| Some(Shown::Named(source, name.to_owned()));
        assert_eq!(of("https://www.twitch.tv/Ada"), named(Source::Twitch, "ada"));
        assert_eq!(of("https://kick.com/ada"), named(Source::Kick, "ada"));
        assert_eq!(of("https://www.youtube.com/watch?v=abc"), Some(Shown::Theirs(GuildId(1), UserId(2))));
        for other in ["", "ada", "http://", "https://evil.example/ada", "https://twitch.tv/", "spotify:track:1"] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn the_same_is_asked_about_once_a_minute_and_what_is_remembered_is_bounded() {
        let (seen, start) = (Seen::default(), Millis(1_000_000));
        let name = |number: usize| Shown::Named(Source::Twitch, number.to_string());
        assert!(seen.is_new(&name(0), start) && !seen.is_new(&name(0), start.plus(ONCE_IN / 2)));
        assert!(seen.is_new(&name(0), start.plus(ONCE_IN)));
        let news = (0..100_000).filter(|number| seen.is_new(&name(*number), start.plus(ONCE_IN))).count();
        assert_eq!(news, REMEMBERED - 1);
        assert!(seen.is_new(&name(99_999), start.plus(ONCE_IN * 2)));
    }
}
