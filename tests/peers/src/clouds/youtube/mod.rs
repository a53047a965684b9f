//! YouTube, as far as it can be had without it.

mod account;
mod channel;
mod oauth;
mod videos;
mod websub;

use std::time::Duration;

use serde_json::json;

use super::{
    cloud::{Cloud, Shared, a_cloud},
    oauth::{Rotation, Tokens},
};
pub use channel::Broadcast;

use crate::http::{Out, Request};

pub use websub::Wanted;

/// A YouTube on this machine.
#[derive(Debug)]
pub struct YouTube {
    cloud: Cloud<State>,
}

a_cloud!(YouTube);

/// What it keeps.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) tokens: Tokens,
    pub(crate) broadcasts: channel::Broadcasts,
    /// By which what is everybody's is asked for.
    pub(crate) key: String,
    pub(crate) videos: videos::Videos,
    pub(crate) wanted: Vec<Wanted>,
    pub(crate) unwanted: Vec<Wanted>,
}

impl YouTube {
    /// One that knows this app.
    pub fn start(id: &str, secret: Option<&str>) -> Self {
        let mut tokens = Tokens::new(Rotation::Stays, Duration::from_hours(1));
        tokens.apps.insert(id.to_owned(), secret.map(str::to_owned));
        let (key, videos) = ("youtube-key-canary".to_owned(), videos::Videos::default());
        let broadcasts = channel::Broadcasts::new();
        Self {
            cloud: Cloud::start(
                State { tokens, broadcasts, key, videos, wanted: Vec::new(), unwanted: Vec::new() },
                answer,
            ),
        }
    }

    /// Somebody's stream there, to look at or to change.
    pub fn broadcast<T>(&self, id: &str, look: impl FnOnce(&mut Broadcast) -> T) -> T {
        look(self.cloud.shared.state().broadcasts.entry(id.to_owned()).or_default())
    }
}

fn answer(shared: &Shared<State>, request: &Request, out: Out) {
    let place = request.place();
    let out = match channel::answer(shared, place, request, out) {
        Ok(()) => return,
        Err(out) => out,
    };
    if let Some(place) = place.strip_prefix("/oauth2/") {
        return oauth::answer(shared, place, request, out);
    }
    if let Some(place) = place.strip_prefix("/accounts/") {
        return oauth::ask(shared, place, request, out);
    }
    if place == "/youtube/v3/channels" && request.query().iter().any(|(name, _)| name == "mine") {
        return account::mine(shared, request, out);
    }
    if let Some(place) = place.strip_prefix("/youtube/v3/") {
        return videos::answer(shared, place, request, out);
    }
    match place {
        "/www/feeds/videos.xml" => return videos::read_feed(shared, request, out),
        "/hub/subscribe" => return websub::answer(shared, request, out),
        _ => {}
    }
    out.json(404, &[], &json!({ "message": "not found" }));
}
