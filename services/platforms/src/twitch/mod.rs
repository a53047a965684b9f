//! Twitch: tokens at one host, Helix at another, events at a third.

mod account;
mod channel;
pub mod eventsub;
mod oauth;
pub mod socket;
pub mod streams;
pub mod topic;

use base::Secret;
use reqwest::{Method, RequestBuilder, Url};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    Answer, Answered, App, Failure, Web,
    app_token::{AppToken, GRANT},
    hosts::Host,
};

pub use crate::app_token::As;
pub use oauth::{DeviceCode, Typed, Valid};

/// Where it is asked.
#[derive(Debug, Clone)]
pub struct Hosts {
    /// Tokens.
    pub(crate) id: Host,
    /// Everything else.
    pub(crate) helix: Host,
    /// What it tells of by itself.
    pub(crate) events: Host,
}

impl Hosts {
    pub(crate) fn new(stand_in: Option<&Url>) -> Self {
        Self {
            id: Host::of("https://id.twitch.tv", stand_in, "id"),
            helix: Host::of("https://api.twitch.tv/helix", stand_in, "helix"),
            events: Host::socket("wss://eventsub.wss.twitch.tv", stand_in, "eventsub"),
        }
    }
}

/// Twitch, as an app of ours speaks to it.
pub struct Twitch {
    pub(crate) app: App,
    pub(crate) hosts: Hosts,
    pub(crate) web: Web,
    pub(crate) token: AppToken,
}

/// What Helix wraps lists in.
#[derive(Debug, Deserialize)]
pub(crate) struct Data<T> {
    pub(crate) data: Vec<T>,
}

impl Twitch {
    pub(crate) fn new(app: App, hosts: Hosts, web: Web) -> Self {
        Self { app, hosts, web, token: AppToken::default() }
    }

    /// What fetches the app's own token.
    fn app_token(&self) -> Answered<RequestBuilder> {
        let secret = self.app.secret.as_ref().ok_or(Failure::NotSet("TWITCH_CLIENT_SECRET"))?;
        let form = [("client_id", self.app.id.as_str()), ("client_secret", secret.expose()), GRANT];
        Ok(self.web.post(self.hosts.id.at("oauth2/token")).form(&form))
    }

    /// Asks Helix: the path without what is before every one, and what completes the request.
    pub(crate) async fn helix(
        &self,
        whom: As<'_>,
        method: Method,
        path: &str,
        complete: impl Fn(RequestBuilder) -> RequestBuilder + Send + Sync,
    ) -> Answered<Answer> {
        let request = |token: &Secret| {
            let request = self.web.request(method.clone(), self.hosts.helix.at(path));
            complete(request.bearer_auth(token.expose()).header("Client-Id", &self.app.id))
        };
        self.token.asked(&self.web, whom, || self.app_token(), request).await
    }

    /// The same for what only looks, as a list.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        whom: As<'_>,
        path: &str,
        query: &[(&str, &str)],
    ) -> Answered<Vec<T>> {
        let answer = self.helix(whom, Method::GET, path, |request| request.query(query)).await?;
        answer.json::<Data<T>>().map(|all| all.data)
    }
}
