//! Spotify: tokens at one host, everything else at another.

mod account;
mod oauth;
mod player;

pub use player::Playing;

use reqwest::Url;

use crate::{App, Web, hosts::Host};

/// Where it is asked.
#[derive(Debug, Clone)]
pub struct Hosts {
    /// Consent and tokens.
    pub(crate) accounts: Host,
    /// Everything else.
    pub(crate) api: Host,
}

impl Hosts {
    pub(crate) fn new(stand_in: Option<&Url>) -> Self {
        Self {
            accounts: Host::of("https://accounts.spotify.com", stand_in, "accounts"),
            api: Host::of("https://api.spotify.com/v1", stand_in, "api/v1"),
        }
    }
}

/// Spotify, as an app of ours speaks to it.
pub struct Spotify {
    pub(crate) app: App,
    pub(crate) hosts: Hosts,
    pub(crate) web: Web,
}

impl Spotify {
    pub(crate) fn new(app: App, hosts: Hosts, web: Web) -> Self {
        Self { app, hosts, web }
    }
}
