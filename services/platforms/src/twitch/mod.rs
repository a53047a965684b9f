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

/// As whom something is asked.
#[derive(Debug, Clone, Copy)]
pub enum As<'a> {
    /// As the app.
    App,
    /// As somebody who lent us this token.
    User(&'a Secret),
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

    /// The app's own token.
    pub(crate) async fn app_token(&self) -> Answered<Secret> {
        let request = || {
            let secret = self.app.secret.as_ref().ok_or(Failure::NotSet("TWITCH_CLIENT_SECRET"))?;
            let form = [("client_id", self.app.id.as_str()), ("client_secret", secret.expose()), GRANT];
            Ok(self.web.post(self.hosts.id.at("oauth2/token")).form(&form))
        };
        self.token.get(&self.web, request).await
    }

    /// Asks Helix: the path without what is before every one, and what completes the request.
    pub(crate) async fn helix(
        &self,
        whom: As<'_>,
        method: Method,
        path: &str,
        complete: impl Fn(RequestBuilder) -> RequestBuilder + Send + Sync,
    ) -> Answered<Answer> {
        let ask = async |token: &Secret| {
            let request = self.web.request(method.clone(), self.hosts.helix.at(path));
            let request = request.bearer_auth(token.expose()).header("Client-Id", &self.app.id);
            self.web.send(complete(request)).await
        };
        let token = match whom {
            As::User(token) => return ask(token).await,
            As::App => self.app_token().await?,
        };
        match ask(&token).await {
            // It may have ended before its time: once more with a fresh one.
            Err(Failure::Unauthorised) => {
                self.token.forget(&token).await;
                ask(&self.app_token().await?).await
            }
            answered => answered,
        }
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
