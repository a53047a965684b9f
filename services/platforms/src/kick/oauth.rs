//! How Kick lends tokens: each renewal gives two new ones, and the old are good no more.

use base::Secret;
use reqwest::Url;
use serde::Deserialize;

use super::{Data, Kick};
use crate::{Answered, Consent, Failure, Grant, Revoked, oauth::Tokens};

/// What stands there in place of our own address of this machine: Kick's page rewrites the first one it finds.
const SACRIFICE: (&str, &str) = ("redirect", "127.0.0.1");

#[derive(Deserialize)]
struct Introspected {
    active: bool,
}

impl Kick {
    fn secret(&self) -> Answered<&Secret> {
        self.app.secret.as_ref().ok_or(Failure::NotSet("KICK_CLIENT_SECRET"))
    }

    pub(crate) fn consent(&self, consent: &Consent<'_>) -> Url {
        let scopes = consent.scopes.join(" ");
        let mut query = vec![
            ("response_type", "code"),
            ("client_id", self.app.id.as_str()),
            ("redirect_uri", consent.back),
            ("scope", &scopes),
            ("state", consent.state),
            ("code_challenge", consent.challenge),
            ("code_challenge_method", "S256"),
        ];
        if consent.back.contains(SACRIFICE.1) {
            query.insert(0, SACRIFICE);
        }
        self.hosts.id.asked("oauth/authorize", &query)
    }

    pub(crate) async fn exchange(&self, code: &str, verifier: &str, back: &str) -> Answered<Grant> {
        let form =
            [("grant_type", "authorization_code"), ("code", code), ("code_verifier", verifier), ("redirect_uri", back)];
        self.tokens(&form).await
    }

    pub(crate) async fn refresh(&self, refresh: &Secret) -> Answered<Grant> {
        self.tokens(&[("grant_type", "refresh_token"), ("refresh_token", refresh.expose())]).await
    }

    pub(crate) async fn revoke(&self, access: &Secret, refresh: Option<&Secret>) -> Answered<Revoked> {
        // What renews goes first: what acts ends by itself.
        for (token, kind) in [(refresh, "refresh_token"), (Some(access), "access_token")] {
            let Some(token) = token else { continue };
            let query = [("token", token.expose()), ("token_hint_type", kind)];
            self.web.told(self.web.post(self.hosts.id.asked("oauth/revoke", &query))).await?;
        }
        Ok(Revoked::Yes)
    }

    /// Kick says of a token whether it is active; of one that it does not know, it says 401.
    pub(crate) async fn takes(&self, access: &Secret) -> Answered<()> {
        let request = self.web.post(self.hosts.id.at("oauth/token/introspect")).bearer_auth(access.expose());
        let known: Data<Introspected> = self.web.json(request).await?;
        if known.data.active { Ok(()) } else { Err(Failure::Unauthorised) }
    }

    async fn tokens(&self, more: &[(&str, &str)]) -> Answered<Grant> {
        let mut form = vec![("client_id", self.app.id.as_str()), ("client_secret", self.secret()?.expose())];
        form.extend_from_slice(more);
        let answer = self.web.told(self.web.post(self.hosts.id.at("oauth/token")).form(&form)).await?;
        Ok(answer.json::<Tokens>()?.grant(self.web.now()))
    }
}
