//! People who log in elsewhere with their account: codes, and the tokens that these are exchanged for.

use super::World;
use crate::clock::Millis;
use crate::snowflake::Id;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

/// A code is good for a minute.
const CODE_LASTS: Millis = 60_000;
/// Seconds that a token is good for.
const TOKEN_LASTS: u64 = 604_800;
/// What the application proves itself with.
pub(crate) const CLIENT_SECRET: &str = "sandboxClientSecret-0123456789ab";

/// What was allowed and not exchanged yet, and what was.
#[derive(Debug, Default)]
pub(crate) struct Logins {
    codes: BTreeMap<String, Code>,
    tokens: BTreeMap<String, Id>,
}

#[derive(Debug)]
struct Code {
    user: Id,
    redirect: String,
    challenge: Option<String>,
    scope: String,
    until: Millis,
}

/// Why a request of OAuth's is refused: its status, and Discord's two words.
pub(crate) type Refused = (u16, Value);

fn refused(error: &str, words: &str) -> Refused {
    (400, json!({ "error": error, "error_description": words }))
}

impl World {
    /// Somebody allows the application to know who they are. The answer is where they are sent back to.
    pub(crate) fn allow(&mut self, user: Id, asked: &HashMap<String, String>) -> Result<String, Refused> {
        let field = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
        if field("client_id") != self.application.id.to_string() {
            return Err((404, json!({ "message": "Unknown Application", "code": 10002 })));
        }
        // The owner is taken to have registered what stands on this machine.
        let redirect = field("redirect_uri");
        if !["http://127.0.0.1", "http://localhost", "https://"].iter().any(|start| redirect.starts_with(start)) {
            return Err(refused("invalid_request", "Redirect URI is not supported by client"));
        }
        if field("response_type") != "code" || field("scope").is_empty() {
            return Err(refused("invalid_request", "response_type and scope are required"));
        }
        let challenge = asked.get("code_challenge").cloned();
        if challenge.is_some() && field("code_challenge_method") != "S256" {
            return Err(refused("invalid_request", "code_challenge_method must be S256"));
        }
        let code = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(format!("code {}", self.next_id()).as_bytes()));
        let code = code.chars().take(30).collect::<String>();
        let (redirect, scope) = (redirect.to_owned(), field("scope").to_owned());
        let back = format!("{redirect}?code={code}&state={}", field("state"));
        let until = self.now + CODE_LASTS;
        self.logins.codes.insert(code, Code { user, redirect, challenge, scope, until });
        Ok(back)
    }

    /// The application exchanges a code for a token; a code is spent by that, whatever comes of it.
    pub(crate) fn exchange(&mut self, form: &HashMap<String, String>) -> Result<Value, Refused> {
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        if field("client_id") != self.application.id.to_string() || field("client_secret") != CLIENT_SECRET {
            return Err((401, json!({ "error": "invalid_client" })));
        }
        if field("grant_type") != "authorization_code" {
            return Err(refused("unsupported_grant_type", "Grant type is not supported"));
        }
        let invalid = || refused("invalid_grant", "Invalid \"code\" in request.");
        let code = self.logins.codes.remove(field("code")).ok_or_else(invalid)?;
        let proof = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(field("code_verifier").as_bytes()));
        if code.until < self.now
            || code.redirect != field("redirect_uri")
            || code.challenge.is_some_and(|one| one != proof)
        {
            return Err(invalid());
        }
        let token = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(format!("token {}", self.next_id()).as_bytes()));
        self.logins.tokens.insert(token.clone(), code.user);
        Ok(json!({
            "token_type": "Bearer", "access_token": token, "expires_in": TOKEN_LASTS, "refresh_token": format!("r{}", &token[..29]),
            "scope": code.scope,
        }))
    }

    /// Whose token this is.
    pub(crate) fn bearer(&self, token: &str) -> Option<Id> {
        self.logins.tokens.get(token).copied()
    }
}
