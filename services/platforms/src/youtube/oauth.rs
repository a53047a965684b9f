//! How Google lends tokens for YouTube.

use base::Secret;
use reqwest::Url;

use super::YouTube;
use crate::{Answered, App, Consent, Failure, Grant, Revoked, oauth::Tokens};

impl YouTube {
    fn app(&self) -> Answered<(&App, &Secret)> {
        let app = self.app.as_ref().ok_or(Failure::NotSet("YOUTUBE_CLIENT_ID"))?;
        Ok((app, app.secret.as_ref().ok_or(Failure::NotSet("YOUTUBE_CLIENT_SECRET"))?))
    }

    pub(crate) fn consent(&self, consent: &Consent<'_>) -> Answered<Url> {
        let (app, _) = self.app()?;
        Ok(self.hosts.accounts.asked(
            "o/oauth2/v2/auth",
            &[
                ("response_type", "code"),
                ("client_id", &app.id),
                ("redirect_uri", consent.back),
                ("scope", &consent.scopes.join(" ")),
                ("state", consent.state),
                ("code_challenge", consent.challenge),
                ("code_challenge_method", "S256"),
                // Without both it gives what renews a token only to whom it never asked before.
                ("access_type", "offline"),
                ("prompt", "consent"),
            ],
        ))
    }

    pub(crate) async fn exchange(&self, code: &str, verifier: &str, back: &str) -> Answered<Grant> {
        let form =
            [("grant_type", "authorization_code"), ("code", code), ("code_verifier", verifier), ("redirect_uri", back)];
        self.tokens(&form).await
    }

    pub(crate) async fn refresh(&self, refresh: &Secret) -> Answered<Grant> {
        self.tokens(&[("grant_type", "refresh_token"), ("refresh_token", refresh.expose())]).await
    }

    pub(crate) async fn revoke(&self, token: &Secret) -> Answered<Revoked> {
        let request = self.web.post(self.hosts.oauth.at("revoke")).form(&[("token", token.expose())]);
        match self.web.told(request).await {
            Ok(_) => Ok(Revoked::Yes),
            // It was good for nothing before.
            Err(Failure::Refused { status: 400, named, .. }) if named == "invalid_token" => Ok(Revoked::Yes),
            Err(failure) => Err(failure),
        }
    }

    /// Google says of every token what it is good for; of one that is good for nothing, that it is invalid.
    pub(crate) async fn takes(&self, access: &Secret) -> Answered<()> {
        let request = self.web.post(self.hosts.oauth.at("tokeninfo")).bearer_auth(access.expose());
        match self.web.told(request).await {
            Ok(_) => Ok(()),
            Err(failure) if is_invalid(&failure) => Err(Failure::Unauthorised),
            Err(failure) => Err(failure),
        }
    }

    async fn tokens(&self, more: &[(&str, &str)]) -> Answered<Grant> {
        let (app, secret) = self.app()?;
        let mut form = vec![("client_id", app.id.as_str()), ("client_secret", secret.expose())];
        form.extend_from_slice(more);
        let answer = self.web.told(self.web.post(self.hosts.oauth.at("token")).form(&form)).await?;
        Ok(answer.json::<Tokens>()?.grant(self.web.now()))
    }
}

/// Whether it says that a token is good for nothing: it has two ways.
fn is_invalid(failure: &Failure) -> bool {
    match failure {
        Failure::Refused { status: 401, .. } => true,
        Failure::Refused { status: 400, said, named } => named == "invalid_token" || said == "Invalid Value",
        _ => false,
    }
}
