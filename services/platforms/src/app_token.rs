//! An app's own token: kept until shortly before its end, fetched by one at a time, and anew where a platform no longer takes it.

use std::time::Duration;

use base::{Millis, Secret};
use reqwest::RequestBuilder;
use tokio::sync::Mutex;

use crate::{Answer, Answered, Failure, Web, oauth::Tokens};

/// A token that ends sooner than this is fetched anew.
const MARGIN: Duration = Duration::from_mins(1);
/// One of which nothing is said lasts so long.
const USUALLY: Duration = Duration::from_mins(10);
/// One that was replaced is masked for so long: it may still be on its way somewhere.
const REMEMBERED: Duration = Duration::from_hours(1);
/// What asks for one.
pub(crate) const GRANT: (&str, &str) = ("grant_type", "client_credentials");

/// As whom something is asked.
#[derive(Debug, Clone, Copy)]
pub enum As<'a> {
    /// As the app.
    App,
    /// As somebody who lent us this token.
    User(&'a Secret),
}

/// The token by which an app asks for what is everybody's.
#[derive(Default)]
pub(crate) struct AppToken(Mutex<Option<(Secret, Millis)>>);

impl AppToken {
    /// It, fetched by this request where there is none that lasts. Whoever asks meanwhile waits for the same.
    pub(crate) async fn get(&self, web: &Web, request: impl FnOnce() -> Answered<RequestBuilder>) -> Answered<Secret> {
        let mut held = self.0.lock().await;
        if let Some((token, until)) = &*held
            && *until > web.now().plus(MARGIN)
        {
            return Ok(token.clone());
        }
        let tokens: Tokens = web.told(request()?).await?.json()?;
        let grant = tokens.grant(web.now());
        let until = grant.expires.unwrap_or_else(|| web.now().plus(USUALLY));
        web.redactor().learn(grant.access.expose());
        let before = held.replace((grant.access.clone(), until));
        if let Some((before, _)) = before.filter(|(before, _)| before.expose() != grant.access.expose()) {
            web.redactor().retire(before.expose(), web.now().plus(REMEMBERED));
        }
        Ok(grant.access)
    }

    /// Asks with whose token it is asked as. The app's may have ended before its time: then it is asked once more, with a fresh one.
    pub(crate) async fn asked(
        &self,
        web: &Web,
        whom: As<'_>,
        fetch: impl Fn() -> Answered<RequestBuilder>,
        request: impl Fn(&Secret) -> RequestBuilder,
    ) -> Answered<Answer> {
        let token = match whom {
            As::User(token) => return web.send(request(token)).await,
            As::App => self.get(web, &fetch).await?,
        };
        match web.send(request(&token)).await {
            Err(Failure::Unauthorised) => {
                self.forget(&token).await;
                let fresh = self.get(web, &fetch).await?;
                web.send(request(&fresh)).await
            }
            answered => answered,
        }
    }

    /// It is no longer taken: the next one is fetched, unless somebody else did already.
    async fn forget(&self, refused: &Secret) {
        let mut held = self.0.lock().await;
        if held.as_ref().is_some_and(|(token, _)| token.expose() == refused.expose()) {
            *held = Some((refused.clone(), Millis(0)));
        }
    }
}
