//! A Plex server: what is played there, told to whoever has its token.

use serde_json::{Value, json};

use super::a_medium;
use crate::{
    clouds::cloud::{Cloud, Shared},
    http::{Out, Request},
};

/// A Plex server on this machine.
#[derive(Debug)]
pub struct Plex {
    pub(super) cloud: Cloud<State>,
}

a_medium!(Plex);

#[derive(Debug)]
pub(super) struct State {
    token: String,
    sessions: Vec<Value>,
}

impl Plex {
    /// One that this token opens.
    pub fn start(token: &str) -> Self {
        Self { cloud: Cloud::start(State { token: token.to_owned(), sessions: Vec::new() }, answer) }
    }

    /// Somebody watches a film there.
    pub fn watches(&self, user: &str, title: &str, year: u32) {
        self.plays(user, json!({ "type": "movie", "title": title, "year": year }));
    }

    /// Somebody hears a track there.
    pub fn hears(&self, user: &str, title: &str, artist: &str) {
        self.plays(
            user,
            json!({ "type": "track", "title": title, "grandparentTitle": artist, "parentTitle": "Album" }),
        );
    }

    fn plays(&self, user: &str, mut session: Value) {
        session["User"] = json!({ "id": "1", "title": user });
        session["Player"] =
            json!({ "title": "Living room", "state": "playing", "machineIdentifier": "m", "local": true });
        session["viewOffset"] = json!(1_000);
        let mut state = self.cloud.shared.state();
        state.sessions.retain(|known| known["User"]["title"] != user);
        state.sessions.push(session);
    }

    /// They pause it.
    pub fn pauses(&self, user: &str) {
        for session in self.cloud.shared.state().sessions.iter_mut().filter(|one| one["User"]["title"] == user) {
            session["Player"]["state"] = json!("paused");
        }
    }

    /// They stop.
    pub fn stops(&self, user: &str) {
        self.cloud.shared.state().sessions.retain(|known| known["User"]["title"] != user);
    }
}

fn answer(shared: &Shared<State>, request: &Request, out: Out) {
    let state = shared.state();
    if request.headers.get("x-plex-token") != Some(&state.token) {
        return out.whole(401, "text/html", &[], "<html><head><title>Unauthorized</title></head></html>");
    }
    if request.place() != "/status/sessions" {
        return out.whole(404, "text/html", &[], "<html><head><title>Not Found</title></head></html>");
    }
    // It speaks XML unless it is asked for something else.
    if request.headers.get("accept").is_none_or(|accept| accept != "application/json") {
        return out.whole(200, "text/xml", &[], "<MediaContainer size=\"0\"></MediaContainer>");
    }
    let mut container = json!({ "size": state.sessions.len() });
    if !state.sessions.is_empty() {
        container["Metadata"] = json!(state.sessions);
    }
    drop(state);
    out.json(200, &[], &json!({ "MediaContainer": container }));
}
