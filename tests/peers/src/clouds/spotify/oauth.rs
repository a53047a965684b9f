//! How it gives tokens: the app says who it is in a header.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;

use super::State;
use crate::{
    clouds::{
        cloud::Shared,
        oauth::{Proof, Refused, field, refusal},
    },
    http::{Out, Request},
};

pub(super) fn answer(shared: &Shared<State>, place: &str, request: &Request, out: Out) {
    let now = shared.now();
    let form = request.form();
    let tokens = &mut shared.state().tokens;
    match place {
        "authorize" => {
            return match tokens.ask(&request.query(), Proof::Unknown, now) {
                Some(next) => out.whole(302, "text/plain", &[("Location", &next)], ""),
                None => out.whole(400, "text/plain", &[], "INVALID_CLIENT: Invalid client"),
            };
        }
        "api/token" => {}
        _ => return out.json(404, &[], &json!({ "error": { "status": 404, "message": "Service not found" } })),
    }
    let given = request.headers.get("authorization").and_then(|given| given.strip_prefix("Basic "));
    let given = given.and_then(|given| String::from_utf8(BASE64_STANDARD.decode(given).ok()?).ok());
    let is_app = given
        .as_deref()
        .and_then(|given| given.split_once(':'))
        .is_some_and(|(id, secret)| tokens.is_app(id, Some(secret)));
    let lent = match field(&form, "grant_type") {
        _ if !is_app => Err(Refused::Client),
        Some("client_credentials") => {
            let token = tokens.of_app(now);
            let body = json!({ "access_token": token, "expires_in": tokens.lasts / 1000, "token_type": "Bearer" });
            return out.json(200, &[], &body);
        }
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
