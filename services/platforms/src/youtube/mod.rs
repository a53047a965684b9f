//! YouTube: Google's hosts for consent and tokens, the data API, feeds and a hub.

mod account;
mod channel;
pub mod feed;
mod oauth;
pub mod videos;
pub mod websub;

use base::Secret;
use reqwest::Url;

use crate::{App, Web, hosts::Host};

/// Where it is asked.
#[derive(Debug, Clone)]
pub struct Hosts {
    /// Where people are asked.
    pub(crate) accounts: Host,
    /// Tokens.
    pub(crate) oauth: Host,
    /// The data API.
    pub(crate) api: Host,
    /// Feeds.
    pub(crate) www: Host,
    /// The hub that tells of what is new in them.
    pub(crate) hub: Host,
}

impl Hosts {
    pub(crate) fn new(stand_in: Option<&Url>) -> Self {
        Self {
            accounts: Host::of("https://accounts.google.com", stand_in, "accounts"),
            oauth: Host::of("https://oauth2.googleapis.com", stand_in, "oauth2"),
            api: Host::of("https://www.googleapis.com/youtube/v3", stand_in, "youtube/v3"),
            www: Host::of("https://www.youtube.com", stand_in, "www"),
            hub: Host::of("https://pubsubhubbub.appspot.com", stand_in, "hub"),
        }
    }
}

/// YouTube, as far as we may ask it.
pub struct YouTube {
    /// By which people connect their accounts.
    pub(crate) app: Option<App>,
    /// By which we ask for what is everybody's.
    pub(crate) key: Option<Secret>,
    pub(crate) hosts: Hosts,
    pub(crate) web: Web,
}

impl YouTube {
    pub(crate) fn new(app: Option<App>, key: Option<Secret>, hosts: Hosts, web: Web) -> Self {
        Self { app, key, hosts, web }
    }

    /// Whether people can connect their accounts.
    pub fn has_app(&self) -> bool {
        self.app.is_some()
    }

    /// Whether the data API answers what is everybody's.
    pub fn has_key(&self) -> bool {
        self.key.is_some()
    }
}
