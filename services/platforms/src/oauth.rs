//! How somebody lets us act for them, as every platform has it: asked in the browser, and answered with tokens.
//!
//! **Invariant:** that a refresh token is dead is only what a platform says in so many words: neither silence nor trouble with our own app
//! ends an account.

use std::time::Duration;

use base::{Millis, Secret};
use reqwest::Url;
use serde::Deserialize;

use crate::{Answered, Failure, Platform, Platforms};

/// What a person is asked in their browser.
#[derive(Debug, Clone, Copy)]
pub struct Consent<'a> {
    /// Where they are sent back to.
    pub back: &'a str,
    /// What comes back with them.
    pub state: &'a str,
    /// The SHA-256 of the word that proves that it is us who asked.
    pub challenge: &'a str,
    /// What we ask to be allowed.
    pub scopes: &'a [&'a str],
}

/// What somebody lets us have.
#[derive(Debug, Clone)]
pub struct Grant {
    /// By which we act.
    pub access: Secret,
    /// By which we get the next one; none where the one before stays good.
    pub refresh: Option<Secret>,
    /// When it ends; none where it does not say.
    pub expires: Option<Millis>,
    /// What we may, in the platform's words; empty where it does not say.
    pub scopes: Vec<String>,
}

/// Who somebody is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// Their id, which stays.
    pub id: String,
    /// What is in the address of their channel, see [`crate::Platform::channel`].
    pub login: String,
    /// Their name.
    pub name: String,
}

/// What came of giving a token back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// It is good for nothing any more.
    Yes,
    /// The platform offers no way to do so: only its owner takes it back, there.
    OnlyThere(&'static str),
}

impl Platforms {
    /// Where somebody is asked.
    pub fn consent(&self, platform: Platform, consent: &Consent<'_>) -> Answered<Url> {
        match platform {
            Platform::Twitch => self.twitch()?.consent(consent),
            Platform::YouTube => self.youtube.consent(consent),
            Platform::Kick => Ok(self.kick()?.consent(consent)),
            Platform::Spotify => Ok(self.spotify()?.consent(consent)),
        }
    }

    /// What somebody lets us have who came back with this code.
    pub async fn exchange(&self, platform: Platform, code: &str, verifier: &str, back: &str) -> Answered<Grant> {
        match platform {
            Platform::Twitch => self.twitch()?.exchange(code, back).await,
            Platform::YouTube => self.youtube.exchange(code, verifier, back).await,
            Platform::Kick => self.kick()?.exchange(code, verifier, back).await,
            Platform::Spotify => self.spotify()?.exchange(code, verifier, back).await,
        }
    }

    /// The next tokens. [`Failure::Unauthorised`] means that there are none, ever: they are to be asked again.
    pub async fn refresh(&self, platform: Platform, refresh: &Secret) -> Answered<Grant> {
        let answered = match platform {
            Platform::Twitch => self.twitch()?.refresh(refresh).await,
            Platform::YouTube => self.youtube.refresh(refresh).await,
            Platform::Kick => self.kick()?.refresh(refresh).await,
            Platform::Spotify => self.spotify()?.refresh(refresh).await,
        };
        answered.map_err(|failure| if is_dead(&failure) { Failure::Unauthorised } else { failure })
    }

    /// Gives tokens back.
    pub async fn revoke(&self, platform: Platform, access: &Secret, refresh: Option<&Secret>) -> Answered<Revoked> {
        match platform {
            Platform::Twitch => self.twitch()?.revoke(access).await,
            // One of them is enough, and the one that lasts is known there for longer.
            Platform::YouTube => self.youtube.revoke(refresh.unwrap_or(access)).await,
            Platform::Kick => self.kick()?.revoke(access, refresh).await,
            Platform::Spotify => Ok(Revoked::OnlyThere(platform.connections())),
        }
    }

    /// Who lent us this token; none where they have no channel there.
    pub async fn who(&self, platform: Platform, access: &Secret) -> Answered<Option<Who>> {
        match platform {
            Platform::Twitch => self.twitch()?.who(access).await,
            Platform::YouTube => self.youtube.who(access).await,
            Platform::Kick => self.kick()?.who(access).await,
            Platform::Spotify => self.spotify()?.who(access).await.map(Some),
        }
    }

    /// Whether a token is taken, asked where that costs least; [`Failure::Unauthorised`] where it is not.
    ///
    /// Twitch's `/validate` counts towards none of Helix' points, and Google's `tokeninfo` costs none of YouTube's units, of which any
    /// question to the data API costs one. Kick is asked where it gives tokens. Spotify has no such question: its `/me` is one request
    /// of those it counts in 30 seconds.
    pub async fn takes(&self, platform: Platform, access: &Secret) -> Answered<()> {
        match platform {
            Platform::Twitch => self.twitch()?.validate(access).await.map(drop),
            Platform::YouTube => self.youtube.takes(access).await,
            Platform::Kick => self.kick()?.takes(access).await,
            Platform::Spotify => self.spotify()?.who(access).await.map(drop),
        }
    }

    /// Twitch, where its app is set.
    pub fn twitch(&self) -> Answered<&crate::Twitch> {
        self.twitch.as_ref().ok_or(Failure::NotSet("TWITCH_CLIENT_ID"))
    }

    /// Kick, where its app is set.
    pub fn kick(&self) -> Answered<&crate::Kick> {
        self.kick.as_ref().ok_or(Failure::NotSet("KICK_CLIENT_ID"))
    }

    /// Spotify, where its app is set.
    pub fn spotify(&self) -> Answered<&crate::Spotify> {
        self.spotify.as_ref().ok_or(Failure::NotSet("SPOTIFY_CLIENT_ID"))
    }
}

/// Whether a refresh token is no longer taken. What is said of our own app says nothing of it.
fn is_dead(failure: &Failure) -> bool {
    let Failure::Refused { status: 400 | 401, said, named } = failure else { return false };
    if named == "invalid_client" || named == "unauthorized_client" {
        return false;
    }
    named == "invalid_grant" || said.to_lowercase().contains("refresh token")
}

/// The answer of every platform that gives tokens.
#[derive(Deserialize)]
pub(crate) struct Tokens {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<u64>,
    #[serde(default)]
    scope: Scope,
}

/// Words with blanks between them, or on Twitch a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scope {
    Text(String),
    List(Vec<String>),
    Nothing(()),
}

impl Default for Scope {
    fn default() -> Self {
        Self::Nothing(())
    }
}

impl Tokens {
    /// As it is kept, counted from now.
    pub(crate) fn grant(self, now: Millis) -> Grant {
        let scopes = match self.scope {
            Scope::Text(text) => text.split_whitespace().map(str::to_owned).collect(),
            Scope::List(all) => all,
            Scope::Nothing(()) => Vec::new(),
        };
        Grant {
            access: Secret::new(self.access_token),
            refresh: self.refresh_token.filter(|token| !token.is_empty()).map(Secret::new),
            expires: self.expires_in.map(|seconds| now.plus(Duration::from_secs(seconds))),
            scopes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_of_the_token_itself_ends_an_account() {
        let refused = |status, said: &str, named: &str| {
            is_dead(&Failure::Refused { status, said: said.to_owned(), named: named.to_owned() })
        };
        assert!(refused(400, "Invalid refresh token", "Bad Request"));
        assert!(refused(401, "Invalid refresh token", "Unauthorized"));
        assert!(refused(400, "Token has been expired or revoked.", "invalid_grant"));
        assert!(!refused(401, "The OAuth client was not found.", "invalid_client"));
        assert!(!refused(400, "invalid client", "Bad Request"));
        assert!(!refused(403, "invalid client secret", "Forbidden"));
        assert!(!is_dead(&Failure::Unreachable("x")) && !is_dead(&Failure::Limited { until: Millis(1) }));
    }

    #[test]
    fn scopes_are_words_or_a_list_or_nothing() {
        let read = |text: &str| serde_json::from_str::<Tokens>(text).unwrap().grant(Millis(1_000));
        let list = read(r#"{"access_token":"a","refresh_token":"r","expires_in":10,"scope":["x","y"]}"#);
        assert_eq!((list.scopes, list.expires), (vec!["x".to_owned(), "y".to_owned()], Some(Millis(11_000))));
        assert_eq!(read(r#"{"access_token":"a","scope":"x y"}"#).scopes, ["x", "y"]);
        let bare = read(r#"{"access_token":"a","refresh_token":""}"#);
        assert!(bare.scopes.is_empty() && bare.refresh.is_none() && bare.expires.is_none());
    }
}
