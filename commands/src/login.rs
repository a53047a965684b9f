//! Logging in with Discord, for pages that are not for everybody: who somebody is, and nothing else of theirs.
//!
//! **Invariants:** the code is proven by a word that only this process knows. What Discord lends for it is used once and kept nowhere.
//! What somebody may is asked for by the bot itself, at each page.

use std::time::Duration;

use base::{Error, Result, Secret, UserId};
use reqwest::{StatusCode, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::rest::Rest;

const AUTHORIZE: &str = "https://discord.com/oauth2/authorize";
const TOKEN: &str = "https://discord.com/api/v10/oauth2/token";
const ME: &str = "https://discord.com/api/v10/users/@me";
/// Where Discord sends people back to, below our own address.
pub const BACK: &str = "/oauth/discord";
/// Discord takes no longer for both answers.
const DEADLINE: Duration = Duration::from_secs(15);
/// No answer is longer, in bytes.
const LONGEST: usize = 64 * 1024;

/// The way in with Discord.
pub struct Login {
    rest: Rest,
    client: reqwest::Client,
    secret: Secret,
    address: String,
}

impl Login {
    /// People reach us at this address; the secret is the application's.
    pub fn new(rest: Rest, client: reqwest::Client, secret: &str, address: &str) -> Self {
        Self { rest, client, secret: Secret::new(secret), address: address.to_owned() }
    }

    /// Where people reach us.
    pub fn address(&self) -> &str {
        &self.address
    }

    fn back(&self) -> String {
        format!("{}{BACK}", self.address)
    }

    /// Where somebody is asked whether they want to say who they are.
    pub fn ask(&self, state: &str, challenge: &str) -> Result<String> {
        let application = self.rest.application().map_err(|error| Error::internal("logging somebody in", error))?;
        let fields = [
            ("response_type", "code"),
            ("client_id", &application.get().to_string()),
            ("scope", "identify"),
            ("state", state),
            ("redirect_uri", &self.back()),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
            ("prompt", "none"),
        ];
        let url = Url::parse_with_params(AUTHORIZE, fields);
        url.map(String::from).map_err(|error| Error::internal("logging somebody in", error))
    }

    /// Who came back with a code.
    pub async fn who(&self, code: &str, verifier: &str) -> Result<UserId> {
        let asked = tokio::time::timeout(DEADLINE, self.exchange(code, verifier));
        asked
            .await
            .unwrap_or_else(|_| Err(Error::Busy("Discord takes too long to say who you are. Try again.".to_owned())))
    }

    async fn exchange(&self, code: &str, verifier: &str) -> Result<UserId> {
        let application = self.rest.application().map_err(|error| Error::internal("logging somebody in", error))?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.back()),
            ("code_verifier", verifier),
        ];
        let request = self.client.post(TOKEN).basic_auth(application, Some(self.secret.expose())).form(&form);
        let token: Value = answer(request).await?;
        let token = token["access_token"].as_str().ok_or_else(refused)?;
        let me: Value = answer(self.client.get(ME).bearer_auth(token)).await?;
        me["id"].as_str().and_then(|id| id.parse().ok()).map(UserId).ok_or_else(refused)
    }
}

fn refused() -> Error {
    Error::Busy("Discord does not say who you are. Log in again.".to_owned())
}

async fn answer<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T> {
    // What was sent holds secrets, and no error may tell of it.
    let silent = |_| Error::Busy("Discord could not be reached. Try again.".to_owned());
    let mut response = request.send().await.map_err(silent)?;
    if response.status() != StatusCode::OK {
        tracing::warn!(status = response.status().as_u16(), "Discord does not log somebody in");
        return Err(refused());
    }
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(silent)? {
        if bytes.len() + piece.len() > LONGEST {
            return Err(refused());
        }
        bytes.extend_from_slice(&piece);
    }
    serde_json::from_slice(&bytes).map_err(|_| refused())
}
