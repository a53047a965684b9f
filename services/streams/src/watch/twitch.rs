//! Asks Twitch: a hundred channels a question.

use base::Result;
use platforms::{
    Failure,
    twitch::streams::{AT_ONCE, Stream},
};
use store::streams::{Kind, Source};

use crate::{
    Streams,
    lives::machine::{Heard, Sighting},
};

impl Streams {
    pub(super) async fn look_at_twitch(&self) -> Result<()> {
        loop {
            let most = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
            let due = self.store.stream_channels_due(Source::Twitch, self.clock.now(), most).await?;
            if due.is_empty() {
                return Ok(());
            }
            let ids: Vec<&str> = due.iter().map(|channel| channel.platform_id.as_str()).collect();
            let asked = match &self.platforms.twitch {
                Some(twitch) => twitch.streams(&ids).await,
                None => Err(Failure::NotSet("TWITCH_CLIENT_ID")),
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

fn sighting(stream: &Stream) -> Sighting {
    Sighting {
        key: stream.id.clone(),
        kind: Kind::Live,
        title: stream.title.clone(),
        game: stream.game.clone(),
        tags: stream.tags.clone(),
        picture: stream.picture.clone(),
        vod: None,
        viewers: Some(stream.viewers),
        started: stream.started,
    }
}
