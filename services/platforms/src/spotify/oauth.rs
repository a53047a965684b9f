//! How Spotify lends tokens.

use base::Secret;
use reqwest::Url;

use super::Spotify;
use crate::{Answered, Consent, Failure, Grant, oauth::Tokens};

impl Spotify {
    pub(crate) fn consent(&self, consent: &Consent<'_>) -> Url {
        self.hosts.accounts.asked(
            "authorize",
            &[
                ("response_type", "code"),
                ("client_id", &self.app.id),
                ("redirect_uri", consent.back),
                ("scope", &consent.scopes.join(" ")),
                ("state", consent.state),
                ("code_challenge", consent.challenge),
                ("code_challenge_method", "S256"),
                // Whoever is logged in there sees as whom, and can be somebody else.
                ("show_dialog", "true"),
            ],
        )
    }

    pub(crate) async fn exchange(&self, code: &str, verifier: &str, back: &str) -> Answered<Grant> {
        let form =
            [("grant_type", "authorization_code"), ("code", code), ("code_verifier", verifier), ("redirect_uri", back)];
        self.tokens(&form).await
    }

    pub(crate) async fn refresh(&self, refresh: &Secret) -> Answered<Grant> {
        self.tokens(&[("grant_type", "refresh_token"), ("refresh_token", refresh.expose())]).await
    }

    async fn tokens(&self, form: &[(&str, &str)]) -> Answered<Grant> {
        let secret = self.app.secret.as_ref().ok_or(Failure::NotSet("SPOTIFY_CLIENT_SECRET"))?;
        let request = self.web.post(self.hosts.accounts.at("api/token"));
        let request = request.basic_auth(&self.app.id, Some(secret.expose())).form(form);
        Ok(self.web.told(request).await?.json::<Tokens>()?.grant(self.web.now()))
    }
}
