//! Plex: what plays on a server.
//!
//! **Invariant:** a server tells who watches what; only what the person who was named plays is read, and of that only what it is called.

use std::sync::Arc;

use base::{Clock, Secret};
use platforms::{Answered, Failure, Web};
use reqwest::{Client, Url, redirect::Policy};
use serde::Deserialize;

use super::{
    PATIENCE, Reach,
    reach::{Careful, ip, is_open},
};
use crate::feeds::{Media, Track};

/// The way to Plex servers, as far as whoever asks may go.
pub(crate) struct Plex {
    everything: Ways,
    others: Ways,
}

/// By how what is asked gets there.
struct Ways {
    /// Over `http://`, which stays in the house.
    open: Web,
    /// Over `https://`.
    sealed: Web,
}

#[derive(Deserialize)]
struct Sessions {
    #[serde(rename = "MediaContainer")]
    container: Container,
}

#[derive(Deserialize)]
struct Container {
    /// Not there where nothing plays.
    #[serde(rename = "Metadata", default)]
    all: Vec<Session>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    #[serde(rename = "type")]
    kind: Option<String>,
    title: Option<String>,
    /// The show of an episode, the artist of a track.
    grandparent_title: Option<String>,
    /// The artist of this one track, where that is another.
    original_title: Option<String>,
    year: Option<u32>,
    #[serde(rename = "User")]
    user: Option<User>,
    #[serde(rename = "Player")]
    player: Option<Player>,
}

#[derive(Deserialize)]
struct User {
    title: String,
}

#[derive(Deserialize)]
struct Player {
    state: Option<String>,
}

impl Plex {
    pub(crate) fn new(clock: &Clock) -> Self {
        let web = |reach, stays| {
            let http = Client::builder()
                .redirect(Policy::none())
                .no_proxy()
                .dns_resolver(Arc::new(Careful { reach, stays }))
                .connect_timeout(PATIENCE.connect)
                .timeout(PATIENCE.whole)
                .user_agent("nebula")
                .build()
                .expect("the TLS provider was installed at the start");
            Web::through(http, PATIENCE, clock.clone())
        };
        let both = |reach| Ways { open: web(reach, true), sealed: web(reach, false) };
        Self { everything: both(Reach::Everything), others: both(Reach::ButThisMachine) }
    }

    /// What this person plays on a server; none where they play nothing, also where they paused it.
    pub(crate) async fn playing(
        &self,
        (address, reach): (&Url, Reach),
        user: &str,
        token: &Secret,
    ) -> Answered<Option<Track>> {
        // A name is looked at when it is resolved; what is no name is looked at here.
        if let Some(why) = ip(address).and_then(|ip| reach.refusal(ip)) {
            return Err(Failure::Unreachable(why));
        }
        let ways = if reach == Reach::Everything { &self.everything } else { &self.others };
        let web = if is_open(address) { &ways.open } else { &ways.sealed };
        let mut url = address.clone();
        url.set_path(&format!("{}/status/sessions", address.path().trim_end_matches('/')));
        let request = web.get(url).header("X-Plex-Token", token.expose()).header("Accept", "application/json");
        let sessions: Sessions = web.json(request).await?;
        Ok(sessions.container.all.into_iter().find_map(|session| session.of(user)))
    }
}

impl Session {
    /// What it is called, where this person plays it.
    fn of(self, user: &str) -> Option<Track> {
        let is_theirs =
            self.user.is_some_and(|theirs| theirs.title.trim().to_lowercase() == user.trim().to_lowercase());
        let plays =
            self.player.and_then(|player| player.state).is_some_and(|state| state == "playing" || state == "buffering");
        if !is_theirs || !plays {
            return None;
        }
        let title = self.title.filter(|title| !title.trim().is_empty())?;
        let parent = self.grandparent_title.unwrap_or_default();
        let (by, media) = match self.kind.as_deref() {
            Some("track") => (self.original_title.unwrap_or(parent), Media::Heard),
            Some("episode") => (parent, Media::Seen),
            Some("movie") => (self.year.map(|year| year.to_string()).unwrap_or_default(), Media::Seen),
            _ => (String::new(), Media::Seen),
        };
        Some(Track { title, by, media })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(session: &Value, user: &str) -> Option<Track> {
        let text = json!({ "MediaContainer": { "size": 1, "Metadata": [session] } }).to_string();
        let sessions: Sessions = serde_json::from_str(&text).unwrap();
        sessions.container.all.into_iter().find_map(|session| session.of(user))
    }

    #[test]
    fn only_what_the_named_person_plays_now_is_read_and_only_what_it_is_called() {
        let film = |user: &str, state: &str| {
            json!({ "type": "movie", "title": "Dune", "year": 2021, "thumb": "/x", "User": { "id": "1", "title": user },
                "Player": { "title": "Living room", "state": state } })
        };
        let dune = Track { title: "Dune".to_owned(), by: "2021".to_owned(), media: Media::Seen };
        assert_eq!(of(&film("Ada", "playing"), "ada "), Some(dune));
        assert_eq!(of(&film("Ada", "paused"), "Ada"), None);
        assert_eq!(of(&film("Grace", "playing"), "Ada"), None);
        assert_eq!(of(&json!({ "title": "Dune", "Player": { "state": "playing" } }), "Ada"), None);
    }

    #[test]
    fn an_episode_is_of_its_show_and_a_track_by_its_artist() {
        let with = |more: &Value| {
            let mut all = json!({ "User": { "title": "Ada" }, "Player": { "state": "playing" } });
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            of(&all, "Ada").map(|track| (track.title, track.by, track.media))
        };
        let episode = json!({ "type": "episode", "title": "Pilot", "grandparentTitle": "The Show" });
        assert_eq!(with(&episode), Some(("Pilot".to_owned(), "The Show".to_owned(), Media::Seen)));
        let track = json!({ "type": "track", "title": "Song", "grandparentTitle": "Various", "originalTitle": "Ella" });
        assert_eq!(with(&track), Some(("Song".to_owned(), "Ella".to_owned(), Media::Heard)));
        assert_eq!(
            serde_json::from_str::<Sessions>(r#"{"MediaContainer":{"size":0}}"#).unwrap().container.all.len(),
            0
        );
    }
}
