//! Kick: tokens at one host, everything else at another.

mod account;
mod channel;
pub mod events;
pub mod livestreams;
mod oauth;

use base::Secret;
use reqwest::{Method, RequestBuilder, Url};
use serde::{Deserialize, de::DeserializeOwned};

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

/// As whom something is asked.
#[derive(Debug, Clone, Copy)]
pub enum As<'a> {
    /// As the app.
    App,
    /// As somebody who lent us this token.
    User(&'a Secret),
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

    /// The app's own token.
    pub(crate) async fn app_token(&self) -> Answered<Secret> {
        let request = || {
            let secret = self.app.secret.as_ref().ok_or(Failure::NotSet("KICK_CLIENT_SECRET"))?;
            let form = [("client_id", self.app.id.as_str()), ("client_secret", secret.expose()), GRANT];
            Ok(self.web.post(self.hosts.id.at("oauth/token")).form(&form))
        };
        self.token.get(&self.web, request).await
    }

    /// Asks: the path from the version on (`v1/channels`), and what completes the request.
    pub(crate) async fn ask(
        &self,
        whom: As<'_>,
        method: Method,
        path: &str,
        complete: impl Fn(RequestBuilder) -> RequestBuilder + Send + Sync,
    ) -> Answered<Answer> {
        let ask = async |token: &Secret| {
            let request = self.web.request(method.clone(), self.hosts.api.at(path)).bearer_auth(token.expose());
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
