//! How Twitch lends tokens: in the browser, or by a code that is typed there. It knows no PKCE.

use std::time::Duration;

use base::{Millis, Secret};
use reqwest::Url;
use serde::Deserialize;

use super::Twitch;
use crate::{Answered, Consent, Failure, Grant, Revoked, oauth::Tokens};

const TOKEN: &str = "oauth2/token";
/// As RFC 8628 has it.
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Between two looks whether somebody typed the code, at least.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// What somebody types at Twitch, and by which we ask whether they did.
#[derive(Debug, Clone)]
pub struct DeviceCode {
    code: Secret,
    /// What they type.
    pub user_code: String,
    /// Where.
    pub address: Url,
    /// When it ends.
    pub expires: Millis,
    /// How long to wait between two looks.
    pub pause: Duration,
}

/// Whether somebody typed the code.
#[derive(Debug, Clone)]
pub enum Typed {
    /// Not yet.
    NotYet,
    /// They did, and this is what they lend us.
    Granted(Grant),
    /// It has ended, or they said no.
    Over,
}

/// Whether a token is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Valid {
    /// What it lets us do.
    pub scopes: Vec<String>,
    /// When it ends.
    pub expires: Millis,
}

#[derive(Deserialize)]
struct DeviceAnswer {
    device_code: String,
    user_code: String,
    verification_uri: String,
    expires_in: u64,
    #[serde(default)]
    interval: u64,
}

#[derive(Deserialize)]
struct ValidAnswer {
    #[serde(default)]
    scopes: Option<Vec<String>>,
    expires_in: u64,
}

impl Twitch {
    /// Whether somebody can be asked in their browser: that takes an app with a secret. By a code it goes without.
    pub fn asks_in_browsers(&self) -> bool {
        self.app.secret.is_some()
    }

    pub(crate) fn consent(&self, consent: &Consent<'_>) -> Answered<Url> {
        if !self.asks_in_browsers() {
            return Err(Failure::NotSet("TWITCH_CLIENT_SECRET"));
        }
        Ok(self.hosts.id.asked(
            "oauth2/authorize",
            &[
                ("response_type", "code"),
                ("client_id", &self.app.id),
                ("redirect_uri", consent.back),
                ("scope", &consent.scopes.join(" ")),
                ("state", consent.state),
                // Whoever is logged in there sees as whom, and can be somebody else.
                ("force_verify", "true"),
            ],
        ))
    }

    pub(crate) async fn exchange(&self, code: &str, back: &str) -> Answered<Grant> {
        self.tokens(&[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", back)]).await
    }

    pub(crate) async fn refresh(&self, refresh: &Secret) -> Answered<Grant> {
        self.tokens(&[("grant_type", "refresh_token"), ("refresh_token", refresh.expose())]).await
    }

    pub(crate) async fn revoke(&self, access: &Secret) -> Answered<Revoked> {
        let form = [("client_id", self.app.id.as_str()), ("token", access.expose())];
        match self.web.told(self.web.post(self.hosts.id.at("oauth2/revoke")).form(&form)).await {
            Ok(_) => Ok(Revoked::Yes),
            // It was good for nothing before.
            Err(Failure::Refused { status: 400, said, .. }) if said.eq_ignore_ascii_case("invalid token") => {
                Ok(Revoked::Yes)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Whether a token is good: Twitch wants to be asked at the start, and every hour. A bad one is [`Failure::Unauthorised`].
    pub async fn validate(&self, access: &Secret) -> Answered<Valid> {
        let authorization = format!("OAuth {}", access.expose());
        let request = self.web.get(self.hosts.id.at("oauth2/validate")).header("Authorization", authorization);
        let answer: ValidAnswer = self.web.json(request).await?;
        let expires = self.web.now().plus(Duration::from_secs(answer.expires_in));
        Ok(Valid { scopes: answer.scopes.unwrap_or_default(), expires })
    }

    /// Begins to ask somebody by a code.
    pub async fn device_code(&self, scopes: &[&str]) -> Answered<DeviceCode> {
        let form = [("client_id", self.app.id.as_str()), ("scopes", &scopes.join(" "))];
        let answer = self.web.told(self.web.post(self.hosts.id.at("oauth2/device")).form(&form)).await?;
        let answer: DeviceAnswer = answer.json()?;
        let odd = || Failure::NotUnderstood("the address where its code is typed is none");
        let address = Url::parse(&answer.verification_uri).map_err(|_| odd())?;
        if !matches!(address.scheme(), "http" | "https") {
            return Err(odd());
        }
        Ok(DeviceCode {
            code: Secret::new(answer.device_code),
            user_code: answer.user_code,
            address,
            expires: self.web.now().plus(Duration::from_secs(answer.expires_in)),
            pause: Duration::from_secs(answer.interval).max(SHORTEST_PAUSE),
        })
    }

    /// Looks whether they typed it.
    pub async fn typed(&self, device: &DeviceCode, scopes: &[&str]) -> Answered<Typed> {
        let form = [
            ("client_id", self.app.id.as_str()),
            ("scopes", &scopes.join(" ")),
            ("device_code", device.code.expose()),
            ("grant_type", DEVICE),
        ];
        let answered = self.web.told(self.web.post(self.hosts.id.at(TOKEN)).form(&form)).await;
        let said = match answered {
            Ok(answer) => return Ok(Typed::Granted(answer.json::<Tokens>()?.grant(self.web.now()))),
            Err(Failure::Refused { status: 400, said, .. }) => said,
            Err(failure) => return Err(failure),
        };
        Ok(match said.as_str() {
            "authorization_pending" | "slow_down" => Typed::NotYet,
            _ => Typed::Over,
        })
    }

    async fn tokens(&self, more: &[(&str, &str)]) -> Answered<Grant> {
        let mut form = vec![("client_id", self.app.id.as_str())];
        form.extend(self.app.secret.as_ref().map(|secret| ("client_secret", secret.expose())));
        form.extend_from_slice(more);
        let answer = self.web.told(self.web.post(self.hosts.id.at(TOKEN)).form(&form)).await?;
        Ok(answer.json::<Tokens>()?.grant(self.web.now()))
    }
}
