//! How Google gives tokens: people are asked at one host, tokens given at another.

use serde_json::json;

use super::State;
use crate::{
    clouds::{
        cloud::Shared,
        oauth::{Proof, Refused, field, refusal},
    },
    http::{Out, Request},
};

/// Where people are asked.
pub(super) fn ask(shared: &Shared<State>, place: &str, request: &Request, out: Out) {
    let now = shared.now();
    let asked = request.query();
    let lasting = field(&asked, "access_type") == Some("offline") && field(&asked, "prompt") == Some("consent");
    let next =
        shared.state().tokens.ask(&asked, Proof::Unknown, now).filter(|_| place == "o/oauth2/v2/auth" && lasting);
    match next {
        Some(next) => out.whole(302, "text/plain", &[("Location", &next)], ""),
        None => out.whole(400, "text/html", &[], "Error 400: invalid_request"),
    }
}

pub(super) fn answer(shared: &Shared<State>, place: &str, request: &Request, out: Out) {
    let now = shared.now();
    let form = request.form();
    let tokens = &mut shared.state().tokens;
    let get = |name| field(&form, name);
    if place == "revoke" {
        // Whatever is given back, all of it is.
        return match get("token").and_then(|token| tokens.owner(token)) {
            Some(person) => {
                tokens.take_back(&person);
                out.json(200, &[], &json!({}));
            }
            None => out.json(
                400,
                &[],
                &json!({ "error": "invalid_token", "error_description": "Token expired or revoked" }),
            ),
        };
    }
    if place == "tokeninfo" {
        return match tokens.good(request.bearer(), now) {
            Some(access) => out.json(200, &[], &json!({ "scope": access.scopes.join(" "), "expires_in": "3000" })),
            None => {
                out.json(400, &[], &json!({ "error": "invalid_token", "error_description": "Invalid Value" }));
            }
        };
    }
    if place != "token" {
        return out.json(404, &[], &json!({ "error": "not_found" }));
    }
    let lent = match get("grant_type") {
        _ if !tokens.is_app(get("client_id").unwrap_or_default(), get("client_secret")) => Err(Refused::Client),
        Some("authorization_code") => tokens.exchange(&form, Proof::Unknown, now),
        Some("refresh_token") => tokens.renew(&form, now),
        _ => Err(Refused::Request),
    };
    let (status, body) = match lent {
        Ok(lent) => (200, tokens.told(&lent)),
        Err(refused) => refusal(refused),
    };
    out.json(status, &[], &body);
}
