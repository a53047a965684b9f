//! Asks Kick: fifty channels a question.

use base::{Millis, Result};
use platforms::{
    Failure,
    kick::livestreams::{AT_ONCE, Livestream},
};
use store::streams::{Kind, Source};

use crate::{
    Streams,
    lives::machine::{Heard, Sighting},
};

impl Streams {
    pub(super) async fn look_at_kick(&self) -> Result<()> {
        loop {
            let most = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
            let due = self.store.stream_channels_due(Source::Kick, self.clock.now(), most).await?;
            if due.is_empty() {
                return Ok(());
            }
            let ids: Vec<&str> = due.iter().map(|channel| channel.platform_id.as_str()).collect();
            let asked = match &self.platforms.kick {
                Some(kick) => kick.livestreams(&ids).await,
                None => Err(Failure::NotSet("KICK_CLIENT_ID")),
            };
            match asked {
                Ok(streams) => {
                    for channel in &due {
                        let its = streams.iter().filter(|stream| stream.user == channel.platform_id);
                        self.course(&channel.id, Heard::Live(its.map(sighting).collect())).await?;
                    }
                }
                Err(failure) => return self.unknown(&due, &failure).await,
            }
            if due.len() < AT_ONCE {
                return Ok(());
            }
        }
    }
}

/// The one key of a stream on Kick, which gives it none: whose it is, and the second at which it began.
pub(crate) fn key(user: &str, started: Millis) -> String {
    format!("{user}-{}", started.0.div_euclid(1_000))
}

fn sighting(stream: &Livestream) -> Sighting {
    Sighting {
        key: key(&stream.user, stream.started),
        kind: Kind::Live,
        title: stream.title.clone(),
        game: stream.category.clone(),
        tags: stream.tags.clone(),
        picture: stream.picture.clone(),
        vod: None,
        viewers: Some(stream.viewers),
        started: stream.started,
    }
}
