//! What people play there.

use serde_json::json;

use super::{Spotify, State};
use crate::{
    clouds::cloud::Shared,
    http::{Out, Request},
};

/// What somebody's player is at.
#[derive(Debug, Clone)]
pub(crate) struct Player {
    title: String,
    artists: Vec<String>,
    is_playing: bool,
}

impl Spotify {
    /// Somebody plays this.
    pub fn plays(&self, person: &str, title: &str, artists: &[&str]) {
        let artists = artists.iter().map(|artist| (*artist).to_owned()).collect();
        let player = Player { title: title.to_owned(), artists, is_playing: true };
        self.cloud.shared.state().players.insert(person.to_owned(), player);
    }

    /// They pause it.
    pub fn pauses(&self, person: &str) {
        if let Some(player) = self.cloud.shared.state().players.get_mut(person) {
            player.is_playing = false;
        }
    }

    /// Their player is closed.
    pub fn stops(&self, person: &str) {
        self.cloud.shared.state().players.remove(person);
    }
}

/// `GET /me/player/currently-playing`: 204 where there is no player.
pub(super) fn playing(shared: &Shared<State>, request: &Request, out: Out) {
    let now = shared.now();
    let state = shared.state();
    let Some(person) = state.tokens.who(request.bearer(), now) else {
        return out.json(401, &[], &json!({ "error": { "status": 401, "message": "The access token expired" } }));
    };
    let Some(player) = state.players.get(&person.id).cloned() else {
        drop(state);
        return out.whole(204, "application/json", &[], "");
    };
    drop(state);
    let artists: Vec<_> = player.artists.iter().map(|name| json!({ "name": name, "type": "artist" })).collect();
    let body = json!({
        "timestamp": now, "progress_ms": 12_345, "is_playing": player.is_playing, "currently_playing_type": "track",
        "item": { "id": "track", "type": "track", "name": player.title, "duration_ms": 200_000, "artists": artists },
    });
    out.json(200, &[], &body);
}
