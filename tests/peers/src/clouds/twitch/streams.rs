//! Who is there, and what is live: users, streams, channels and videos of Helix.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{State, Twitch};
use crate::{
    clouds::cloud::Shared,
    http::{Out, Request},
};

/// A stream that goes on.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) game: String,
    pub(crate) tags: Vec<String>,
    /// What its events say it is; whoever asks is told `live` of everything.
    pub(crate) kind: String,
    pub(crate) viewers: i64,
    /// In milliseconds since 1970.
    pub(crate) started: i64,
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    /// Login and name, by id.
    pub(crate) people: BTreeMap<String, (String, String)>,
    /// By whose it is.
    pub(crate) live: BTreeMap<String, Live>,
    /// What was live, and is kept: the stream and whose it was.
    pub(crate) kept: Vec<(String, String)>,
}

impl Twitch {
    /// Somebody has a channel there.
    pub fn add_channel(&self, id: &str, login: &str, name: &str) {
        self.cloud.shared.state().streams.people.insert(id.to_owned(), (login.to_owned(), name.to_owned()));
    }

    /// They go live, since this moment (milliseconds since 1970).
    pub fn go_live(&self, user: &str, stream: &str, title: &str, game: &str, started: i64) {
        let (id, title, game) = (stream.to_owned(), title.to_owned(), game.to_owned());
        let (tags, kind) = (vec!["English".to_owned()], "live".to_owned());
        let live = Live { id, title, game, tags, kind, viewers: 7, started };
        self.cloud.shared.state().streams.live.insert(user.to_owned(), live);
    }

    /// What they show is a `rerun` or a `premiere`, as the events of it say.
    pub fn shows(&self, user: &str, kind: &str) {
        if let Some(live) = self.cloud.shared.state().streams.live.get_mut(user) {
            kind.clone_into(&mut live.kind);
        }
    }

    /// What they show has these tags.
    pub fn tag(&self, user: &str, tags: &[&str]) {
        if let Some(live) = self.cloud.shared.state().streams.live.get_mut(user) {
            live.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        }
    }

    /// So many see it now.
    pub fn watch(&self, user: &str, viewers: i64) {
        if let Some(live) = self.cloud.shared.state().streams.live.get_mut(user) {
            live.viewers = viewers;
        }
    }

    /// They are live no longer, and it is kept.
    pub fn go_off(&self, user: &str) {
        let mut state = self.cloud.shared.state();
        if let Some(live) = state.streams.live.remove(user) {
            state.streams.kept.push((live.id, user.to_owned()));
        }
    }
}

pub(super) fn answer(shared: &Shared<State>, place: &str, request: &Request, out: Out) {
    let query = request.query();
    let wanted = |name: &str| -> Vec<&str> {
        query.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    };
    let state = shared.state();
    let streams = &state.streams;
    if wanted("user_id").len() > 100 || wanted("login").len() > 100 {
        drop(state);
        return out.json(400, &[], &json!({ "error": "Bad Request", "status": 400, "message": "too many" }));
    }
    let person = |id: &str| streams.people.get(id);
    let data: Vec<Value> = match place {
        "users" => streams
            .people
            .iter()
            .filter(|(id, (login, _))| wanted("login").contains(&login.as_str()) || wanted("id").contains(&id.as_str()))
            .map(|(id, (login, name))| json!({ "id": id, "login": login, "display_name": name, "type": "" }))
            .collect(),
        "streams" => wanted("user_id")
            .into_iter()
            .filter_map(|user| Some((user, streams.live.get(user)?, person(user)?)))
            .map(|(user, live, (login, name))| {
                json!({
                    "id": live.id, "user_id": user, "user_login": login, "user_name": name, "game_id": "1",
                    "game_name": live.game, "type": "live", "title": live.title, "viewer_count": live.viewers,
                    "started_at": moment(live.started), "language": "en", "tags": live.tags, "tag_ids": [],
                    "thumbnail_url": format!("https://static-cdn.example/{login}-{{width}}x{{height}}.jpg"),
                    "is_mature": false,
                })
            })
            .collect(),
        "channels" => wanted("broadcaster_id")
            .into_iter()
            .filter_map(|user| Some((user, person(user)?)))
            .map(|(user, (login, name))| {
                let live = streams.live.get(user);
                json!({
                    "broadcaster_id": user, "broadcaster_login": login, "broadcaster_name": name,
                    "game_name": live.map_or("", |live| live.game.as_str()),
                    "title": live.map_or("", |live| live.title.as_str()), "delay": 0,
                    "tags": live.map_or(&[][..], |live| live.tags.as_slice()),
                })
            })
            .collect(),
        "videos" => streams
            .kept
            .iter()
            .filter(|(_, user)| wanted("user_id").contains(&user.as_str()))
            .map(|(stream, user)| {
                let url = format!("https://www.twitch.tv/videos/{stream}");
                json!({ "id": stream, "stream_id": stream, "user_id": user, "url": url, "type": "archive" })
            })
            .collect(),
        _ => {
            drop(state);
            return out.json(404, &[], &json!({ "error": "Not Found", "status": 404, "message": "" }));
        }
    };
    drop(state);
    out.json(
        200,
        &[("Ratelimit-Limit", "800"), ("Ratelimit-Remaining", "799")],
        &json!({ "data": data, "pagination": {} }),
    );
}

/// A moment as Twitch writes it.
pub(crate) fn moment(millis: i64) -> String {
    base::Millis(millis).utc()
}
