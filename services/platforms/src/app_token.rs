//! An app's own token: kept until shortly before its end, and fetched by one at a time.

use std::time::Duration;

use base::{Millis, Secret};
use reqwest::RequestBuilder;
use tokio::sync::Mutex;

use crate::{Answered, Web, oauth::Tokens};

/// A token that ends sooner than this is fetched anew.
const MARGIN: Duration = Duration::from_mins(1);
/// One of which nothing is said lasts so long.
const USUALLY: Duration = Duration::from_mins(10);
/// What asks for one.
pub(crate) const GRANT: (&str, &str) = ("grant_type", "client_credentials");

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
        *held = Some((grant.access.clone(), until));
        Ok(grant.access)
    }

    /// It is no longer taken: the next one is fetched, unless somebody else did already.
    pub(crate) async fn forget(&self, refused: &Secret) {
        let mut held = self.0.lock().await;
        if held.as_ref().is_some_and(|(token, _)| token.expose() == refused.expose()) {
            *held = None;
        }
    }
}
