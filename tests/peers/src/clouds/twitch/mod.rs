//! Twitch, as far as it can be had without it.

mod account;
mod channel;
mod eventsub;
mod oauth;
mod socket;
mod streams;

use std::time::Duration;

use serde_json::json;

use super::{
    cloud::{Cloud, Shared, a_cloud},
    oauth::{Rotation, Tokens},
};
pub use channel::Described;

use crate::http::{Out, Request};

pub use eventsub::Event;

/// A Twitch on this machine.
#[derive(Debug)]
pub struct Twitch {
    cloud: Cloud<State>,
}

a_cloud!(Twitch);

/// What it keeps.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) tokens: Tokens,
    pub(crate) channels: channel::Channels,
    pub(crate) devices: oauth::Devices,
    pub(crate) streams: streams::Streams,
    pub(crate) subscriptions: Vec<eventsub::Subscription>,
    /// Subscriptions that there ever were.
    pub(crate) counted: usize,
    pub(crate) sockets: socket::Sockets,
}

impl Twitch {
    /// One that knows this app.
    pub fn start(id: &str, secret: Option<&str>) -> Self {
        // An app without a secret gets another refresh token each time.
        let rotation = if secret.is_some() { Rotation::Stays } else { Rotation::Rotates };
        let mut tokens = Tokens::new(rotation, Duration::from_hours(4));
        tokens.apps.insert(id.to_owned(), secret.map(str::to_owned));
        Self {
            cloud: Cloud::start(
                State {
                    tokens,
                    channels: channel::Channels::new(),
                    devices: oauth::Devices::default(),
                    streams: streams::Streams::default(),
                    subscriptions: Vec::new(),
                    counted: 0,
                    sockets: socket::Sockets::default(),
                },
                answer,
            ),
        }
    }

    /// Somebody types a code at Twitch. The answer is whether it was one.
    pub fn types(&self, code: &str, person: &str) -> bool {
        self.cloud.shared.state().devices.types(code, person)
    }

    /// Codes that people type are good for so many seconds from now on.
    pub fn codes_last(&self, seconds: u64) {
        self.cloud.shared.state().devices.last = Some(seconds);
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
    if place == "/eventsub/ws" {
        return socket::serve(shared, request, out);
    }
    if let Some(place) = place.strip_prefix("/helix/") {
        let now = shared.now();
        if shared.state().tokens.good(request.bearer(), now).is_none() {
            let body = json!({ "error": "Unauthorized", "status": 401, "message": "Invalid OAuth token" });
            return out.json(401, &[], &body);
        }
        return match place {
            "users" if account::knows(shared, request) => account::users(shared, request, out),
            "eventsub/subscriptions" => eventsub::answer(shared, request, out),
            _ => streams::answer(shared, place, request, out),
        };
    }
    out.json(404, &[], &json!({ "message": "not found" }));
}
