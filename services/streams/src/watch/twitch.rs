//! Asks Twitch: a hundred channels a question.

use platforms::{
    Answered, Twitch,
    twitch::streams::{AT_ONCE, Stream},
};
use store::streams::Source;

use super::by_ids::ByIds;
use crate::lives::machine::Sighting;

impl ByIds for Twitch {
    const SOURCE: Source = Source::Twitch;
    const AT_ONCE: usize = AT_ONCE;
    const SETTING: &'static str = "TWITCH_CLIENT_ID";

    async fn live(&self, ids: &[&str]) -> Answered<Vec<(String, Sighting)>> {
        Ok(self.streams(ids).await?.iter().map(sighting).collect())
    }
}

fn sighting(stream: &Stream) -> (String, Sighting) {
    let sighting = Sighting {
        key: stream.id.clone(),
        // Helix says `live` of whatever is shown; only an event knows of reruns and premieres.
        kind: None,
        title: stream.title.clone(),
        game: stream.game.clone(),
        tags: stream.tags.clone(),
        picture: stream.picture.clone(),
        vod: None,
        viewers: Some(stream.viewers),
        started: stream.started,
    };
    (stream.user.clone(), sighting)
}
