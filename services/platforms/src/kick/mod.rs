//! Kick: tokens at one host, everything else at another.

mod account;
mod channel;
pub mod events;
pub mod livestreams;
mod oauth;

use base::Secret;
use reqwest::{Method, RequestBuilder, Url};
use serde::{Deserialize, de::DeserializeOwned};

pub use crate::app_token::As;
use crate::{
    Answer, Answered, App, Failure, Web,
    app_token::{AppToken, GRANT},
    hosts::Host,
};

/// Where it is asked.
#[derive(Debug, Clone)]
pub struct Hosts {
    /// Tokens.
    pub(crate) id: Host,
    /// Everything else.
    pub(crate) api: Host,
}

impl Hosts {
    pub(crate) fn new(stand_in: Option<&Url>) -> Self {
        Self {
            id: Host::of("https://id.kick.com", stand_in, "id"),
            api: Host::of("https://api.kick.com/public", stand_in, "api/public"),
        }
    }
}

/// Kick, as an app of ours speaks to it.
pub struct Kick {
    pub(crate) app: App,
    pub(crate) hosts: Hosts,
    pub(crate) web: Web,
    pub(crate) token: AppToken,
}

/// What Kick wraps every answer in.
#[derive(Debug, Deserialize)]
pub(crate) struct Data<T> {
    pub(crate) data: T,
}

impl Kick {
    pub(crate) fn new(app: App, hosts: Hosts, web: Web) -> Self {
        Self { app, hosts, web, token: AppToken::default() }
    }

    /// What fetches the app's own token.
    fn app_token(&self) -> Answered<RequestBuilder> {
        let secret = self.app.secret.as_ref().ok_or(Failure::NotSet("KICK_CLIENT_SECRET"))?;
        let form = [("client_id", self.app.id.as_str()), ("client_secret", secret.expose()), GRANT];
        Ok(self.web.post(self.hosts.id.at("oauth/token")).form(&form))
    }

    /// Asks: the path from the version on (`v1/channels`), and what completes the request.
    pub(crate) async fn ask(
        &self,
        whom: As<'_>,
        method: Method,
        path: &str,
        complete: impl Fn(RequestBuilder) -> RequestBuilder + Send + Sync,
    ) -> Answered<Answer> {
        let request = |token: &Secret| {
            complete(self.web.request(method.clone(), self.hosts.api.at(path)).bearer_auth(token.expose()))
        };
        self.token.asked(&self.web, whom, || self.app_token(), request).await
    }

    /// The same for what only looks.
    pub(crate) async fn look<T: DeserializeOwned>(
        &self,
        whom: As<'_>,
        path: &str,
        query: &[(&str, &str)],
    ) -> Answered<T> {
        let answer = self.ask(whom, Method::GET, path, |request| request.query(query)).await?;
        answer.json::<Data<T>>().map(|all| all.data)
    }
}
