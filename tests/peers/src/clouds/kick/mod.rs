//! Kick, as far as it can be had without it.

mod account;
mod channel;
mod events;
mod livestreams;
mod oauth;

use std::time::Duration;

use serde_json::json;

use super::{
    cloud::{Cloud, Shared, a_cloud},
    oauth::{Rotation, Tokens},
};
pub use channel::Described;

use crate::http::{Out, Request};

pub use events::Event;

/// A Kick on this machine.
#[derive(Debug)]
pub struct Kick {
    cloud: Cloud<State>,
}

a_cloud!(Kick);

/// What it keeps.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) tokens: Tokens,
    pub(crate) channels: channel::Channels,
    pub(crate) livestreams: livestreams::Livestreams,
    pub(crate) keys: &'static events::Keys,
    pub(crate) subscribed: Vec<events::Subscribed>,
}

impl Kick {
    /// One that knows this app.
    pub fn start(id: &str, secret: Option<&str>) -> Self {
        let mut tokens = Tokens::new(Rotation::Rotates, Duration::from_hours(2));
        tokens.apps.insert(id.to_owned(), secret.map(str::to_owned));
        let (livestreams, keys) = (livestreams::Livestreams::default(), events::Keys::of_kick());
        let channels = channel::Channels::new();
        let state = State { tokens, channels, livestreams, keys, subscribed: Vec::new() };
        Self { cloud: Cloud::start(state, answer) }
    }

    /// Somebody's channel there, to look at or to change.
    pub fn channel<T>(&self, id: &str, look: impl FnOnce(&mut Described) -> T) -> T {
        look(self.cloud.shared.state().channels.entry(id.to_owned()).or_default())
    }
}

fn answer(shared: &Shared<State>, request: &Request, out: Out) {
    let place = request.place();
    let out = match channel::answer(shared, place, request, out) {
        Ok(()) => return,
        Err(out) => out,
    };
    if let Some(place) = place.strip_prefix("/id/") {
        return oauth::answer(shared, place, request, out);
    }
    if let Some(place) = place.strip_prefix("/api/public/") {
        let now = shared.now();
        if shared.state().tokens.good(request.bearer(), now).is_none() {
            return out.json(401, &[], &json!({ "message": "Unauthorized" }));
        }
        return match place {
            "v1/users" => account::users(shared, request, out),
            "v1/public-key" => events::key(shared, out),
            "v1/events/subscriptions" => events::subscribe(shared, request, out),
            _ => livestreams::answer(shared, place, request, out),
        };
    }
    out.json(404, &[], &json!({ "message": "not found" }));
}
