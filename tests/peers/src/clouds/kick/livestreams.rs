//! Who is there, and what is live.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Kick, State};
use crate::{
    clouds::cloud::Shared,
    http::{Out, Request},
};

/// A stream that goes on.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    title: String,
    category: String,
    viewers: i64,
    /// In milliseconds since 1970.
    started: i64,
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Livestreams {
    /// Slugs by id.
    people: BTreeMap<u64, String>,
    live: BTreeMap<u64, Live>,
}

impl Kick {
    /// Somebody has a channel there.
    pub fn add_channel(&self, id: u64, slug: &str) {
        self.cloud.shared.state().livestreams.people.insert(id, slug.to_owned());
    }

    /// They go live, since this moment (milliseconds since 1970).
    pub fn go_live(&self, user: u64, title: &str, category: &str, started: i64) {
        let live = Live { title: title.to_owned(), category: category.to_owned(), viewers: 5, started };
        self.cloud.shared.state().livestreams.live.insert(user, live);
    }

    /// They are live no longer.
    pub fn go_off(&self, user: u64) {
        self.cloud.shared.state().livestreams.live.remove(&user);
    }
}

pub(super) fn answer(shared: &Shared<State>, place: &str, request: &Request, out: Out) {
    let query = request.query();
    let wanted = |name: &str| -> Vec<&str> {
        query.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    };
    let state = shared.state();
    let all = &state.livestreams;
    let data: Vec<Value> = match place {
        "v1/channels" => all
            .people
            .iter()
            .filter(|(_, slug)| wanted("slug").contains(&slug.as_str()))
            .map(|(id, slug)| json!({ "broadcaster_user_id": id, "slug": slug, "stream_title": "" }))
            .collect(),
        "v2/livestreams" => wanted("broadcaster_user_id")
            .into_iter()
            .filter_map(|id| id.parse::<u64>().ok())
            .filter_map(|id| Some((id, all.live.get(&id)?, all.people.get(&id)?)))
            .map(|(id, live, slug)| {
                json!({
                    "broadcaster_user_id": id, "slug": slug, "stream_title": live.title, "custom_tags": ["fun"],
                    "category": { "id": 1, "name": live.category, "thumbnail": "" }, "viewer_count": live.viewers,
                    // Not as its events write it.
                    "started_at": base::Millis(live.started).utc().replace('Z', ".000000+00:00"),
                    "thumbnail": "https://images.kick.example/a.webp", "language": "en", "has_mature_content": false,
                })
            })
            .collect(),
        _ => {
            drop(state);
            return out.json(404, &[], &json!({ "message": "not found" }));
        }
    };
    drop(state);
    out.json(200, &[], &json!({ "data": data, "message": "OK" }));
}

/// What goes on, for an event of it.
pub(super) fn status(state: &State, user: u64) -> Value {
    let all = &state.livestreams;
    let slug = all.people.get(&user).cloned().unwrap_or_default();
    let live = all.live.get(&user);
    json!({
        "broadcaster": { "user_id": user, "username": slug, "channel_slug": slug, "is_verified": false },
        "is_live": live.is_some(),
        "title": live.map_or("", |live| live.title.as_str()),
        "started_at": live.map_or(Value::Null, |live| json!(base::Millis(live.started).utc())),
        "ended_at": Value::Null,
    })
}
