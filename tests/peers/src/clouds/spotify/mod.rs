//! Spotify, as far as it can be had without it.

mod account;
mod oauth;
mod player;

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;

use super::{
    cloud::{Cloud, Shared, a_cloud},
    oauth::{Rotation, Tokens},
};
use crate::http::{Out, Request};

/// A Spotify on this machine.
#[derive(Debug)]
pub struct Spotify {
    cloud: Cloud<State>,
}

a_cloud!(Spotify);

/// What it keeps.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) tokens: Tokens,
    /// What each person plays.
    pub(crate) players: BTreeMap<String, player::Player>,
}

impl Spotify {
    /// One that knows this app.
    pub fn start(id: &str, secret: Option<&str>) -> Self {
        let mut tokens = Tokens::new(Rotation::Stays, Duration::from_hours(1));
        tokens.apps.insert(id.to_owned(), secret.map(str::to_owned));
        Self { cloud: Cloud::start(State { tokens, players: BTreeMap::new() }, answer) }
    }
}

fn answer(shared: &Shared<State>, request: &Request, out: Out) {
    let place = request.place();
    if let Some(place) = place.strip_prefix("/accounts/") {
        return oauth::answer(shared, place, request, out);
    }
    if place == "/api/v1/me" {
        return account::me(shared, request, out);
    }
    if place == "/api/v1/me/player/currently-playing" {
        return player::playing(shared, request, out);
    }
    out.json(404, &[], &json!({ "message": "not found" }));
}
