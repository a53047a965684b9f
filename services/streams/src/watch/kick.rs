//! Asks Kick: fifty channels a question.

use base::Millis;
use platforms::{
    Answered, Kick,
    kick::livestreams::{AT_ONCE, Livestream},
};
use store::streams::Source;

use super::by_ids::ByIds;
use crate::lives::machine::Sighting;

impl ByIds for Kick {
    const SOURCE: Source = Source::Kick;
    const AT_ONCE: usize = AT_ONCE;
    const SETTING: &'static str = "KICK_CLIENT_ID";

    async fn live(&self, ids: &[&str]) -> Answered<Vec<(String, Sighting)>> {
        Ok(self.livestreams(ids).await?.iter().map(sighting).collect())
    }
}

/// The one key of a stream on Kick, which gives it none: whose it is, and the second at which it began.
pub(crate) fn key(user: &str, started: Millis) -> String {
    format!("{user}-{}", started.0.div_euclid(1_000))
}

fn sighting(stream: &Livestream) -> (String, Sighting) {
    let sighting = Sighting {
        key: key(&stream.user, stream.started),
        // Kick knows of no kinds.
        kind: None,
        title: stream.title.clone(),
        game: stream.category.clone(),
        tags: stream.tags.clone(),
        picture: stream.picture.clone(),
        vod: None,
        viewers: Some(stream.viewers),
        started: stream.started,
    };
    (stream.user.clone(), sighting)
}
