//! Lanyard: what people listen to who are in its server.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::a_medium;
use crate::{
    clouds::cloud::{Cloud, Shared},
    http::{Out, Request},
};

/// A Lanyard on this machine.
#[derive(Debug)]
pub struct Lanyard {
    pub(super) cloud: Cloud<State>,
}

a_medium!(Lanyard);

/// Everybody in its server, by number, and what they listen to.
pub(super) type State = BTreeMap<u64, Option<(String, String)>>;

impl Lanyard {
    /// One that knows nobody.
    pub fn start() -> Self {
        Self { cloud: Cloud::start(State::new(), answer) }
    }

    /// Somebody is in its server, and listens to nothing.
    pub fn knows(&self, user: u64) {
        self.cloud.shared.state().insert(user, None);
    }

    /// Somebody listens to this.
    pub fn listens(&self, user: u64, song: &str, artist: &str) {
        self.cloud.shared.state().insert(user, Some((song.to_owned(), artist.to_owned())));
    }
}

fn answer(shared: &Shared<State>, request: &Request, out: Out) {
    let user = request.place().strip_prefix("/v1/users/").and_then(|user| user.parse::<u64>().ok());
    let known = user.and_then(|user| shared.state().get(&user).cloned().map(|listens| (user, listens)));
    let Some((user, listens)) = known else {
        let error = json!({ "code": "user_not_monitored", "message": "User is not being monitored by Lanyard" });
        return out.json(404, &[], &json!({ "success": false, "error": error }));
    };
    let spotify = listens.as_ref().map_or(Value::Null, |(song, artist)| {
        json!({ "track_id": "t", "song": song, "artist": artist, "album": "Album", "timestamps": { "start": 1, "end": 2 } })
    });
    let game = json!({ "type": 0, "name": "A game that nobody is to hear of", "id": "g" });
    let data = json!({
        "discord_user": { "id": user.to_string(), "username": "somebody" }, "discord_status": "dnd",
        "activities": [game], "spotify": spotify, "listening_to_spotify": listens.is_some(), "kv": {},
    });
    out.json(200, &[], &json!({ "success": true, "data": data }));
}
