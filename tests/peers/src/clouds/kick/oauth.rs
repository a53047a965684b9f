//! How it gives tokens: each renewal gives two new ones.

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
    let get = |name| field(&form, name);
    match place {
        "oauth/authorize" => {
            return match tokens.ask(&request.query(), Proof::Needed, now) {
                Some(next) => out.whole(302, "text/plain", &[("Location", &next)], ""),
                None => out.json(400, &[], &json!({ "error": "invalid_request" })),
            };
        }
        "oauth/revoke" => {
            let query = request.query();
            if let Some(token) = field(&query, "token") {
                tokens.revoke(token);
            }
            return out.whole(200, "text/plain", &[], "");
        }
        "oauth/token/introspect" => {
            let body = |active: bool| json!({ "data": { "active": active }, "message": "OK" });
            return match tokens.good(request.bearer(), now) {
                Some(_) => out.json(200, &[], &body(true)),
                None => out.json(401, &[], &json!({ "message": "Unauthorized" })),
            };
        }
        "oauth/token" => {}
        _ => return out.json(404, &[], &json!({ "message": "not found" })),
    }
    let lent = match get("grant_type") {
        _ if !tokens.is_app(get("client_id").unwrap_or_default(), get("client_secret")) => Err(Refused::Client),
        Some("client_credentials") => {
            let token = tokens.of_app(now);
            let body = json!({ "access_token": token, "expires_in": tokens.lasts / 1000, "token_type": "Bearer" });
            return out.json(200, &[], &body);
        }
        Some("authorization_code") => tokens.exchange(&form, Proof::Needed, now),
        Some("refresh_token") => tokens.renew(&form, now),
        _ => Err(Refused::Request),
    };
    let (status, body) = match lent {
        Ok(lent) => (200, tokens.told(&lent)),
        Err(refused) => refusal(refused),
    };
    out.json(status, &[], &body);
}
