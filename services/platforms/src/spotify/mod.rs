//! Spotify: tokens at one host, everything else at another.

mod account;
mod oauth;
mod player;

pub use player::Playing;

use base::Secret;
use reqwest::Url;

use crate::{
    Answered, App, Failure, Web,
    app_token::{AppToken, GRANT},
    hosts::Host,
};

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
    pub(crate) token: AppToken,
}

impl Spotify {
    pub(crate) fn new(app: App, hosts: Hosts, web: Web) -> Self {
        Self { app, hosts, web, token: AppToken::default() }
    }

    /// The app's own token.
    pub async fn app_token(&self) -> Answered<Secret> {
        let request = || {
            let secret = self.app.secret.as_ref().ok_or(Failure::NotSet("SPOTIFY_CLIENT_SECRET"))?;
            let request = self.web.post(self.hosts.accounts.at("api/token"));
            Ok(request.basic_auth(&self.app.id, Some(secret.expose())).form(&[GRANT]))
        };
        self.token.get(&self.web, request).await
    }
}
