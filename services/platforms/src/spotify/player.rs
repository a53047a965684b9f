//! What somebody listens to at this moment. Where nothing is played, Spotify answers without a word (204).

use base::Secret;
use serde::Deserialize;

use super::Spotify;
use crate::Answered;

/// What is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Playing {
    /// What it is called.
    pub title: String,
    /// By whom: its artists, or the show of an episode.
    pub by: String,
}

#[derive(Deserialize)]
struct Player {
    #[serde(default)]
    is_playing: bool,
    /// None of an advertisement, and of what is not known.
    item: Option<Item>,
}

#[derive(Deserialize)]
struct Item {
    name: String,
    #[serde(default)]
    artists: Vec<Named>,
    show: Option<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl Spotify {
    /// What is played now; none where nothing is, also where it was paused.
    pub async fn playing(&self, access: &Secret) -> Answered<Option<Playing>> {
        let place = self.hosts.api.at("me/player/currently-playing");
        let answer = self.web.send(self.web.get(place).bearer_auth(access.expose())).await?;
        // It is an answer of its own, and has no body.
        if answer.status == 204 || answer.body.is_empty() {
            return Ok(None);
        }
        let player: Player = answer.json()?;
        let item = player.item.filter(|item| player.is_playing && !item.name.is_empty());
        Ok(item.map(|item| {
            let artists: Vec<String> = item.artists.into_iter().map(|artist| artist.name).collect();
            let by = if artists.is_empty() {
                item.show.map(|show| show.name).unwrap_or_default()
            } else {
                artists.join(", ")
            };
            Playing { title: item.name, by }
        }))
    }
}
