//! How it gives tokens: scopes are a list, refusals are a sentence, and there is a code that people type.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::State;
use crate::{
    clouds::{
        cloud::Shared,
        oauth::{Lent, Proof, Refused, Tokens, field},
    },
    http::{Out, Request},
};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Codes that people type.
#[derive(Debug, Default)]
pub(crate) struct Devices {
    /// By what is asked with; what is typed, for what, until when, and who typed it.
    all: BTreeMap<String, Device>,
    /// How long they are good, in seconds, where a story says so.
    pub(super) last: Option<u64>,
}

#[derive(Debug)]
struct Device {
    typed: String,
    scopes: Vec<String>,
    until: i64,
    by: Option<String>,
}

impl Devices {
    /// Somebody types a code. The answer is whether it was one.
    pub(super) fn types(&mut self, code: &str, person: &str) -> bool {
        let found = self.all.values_mut().find(|device| device.typed == code);
        found.map(|device| device.by = Some(person.to_owned())).is_some()
    }
}

pub(super) fn answer(shared: &Shared<State>, place: &str, request: &Request, out: Out) {
    let now = shared.now();
    let form = request.form();
    let state = &mut *shared.state();
    let tokens = &mut state.tokens;
    if place == "oauth2/authorize" {
        return match tokens.ask(&request.query(), Proof::Unknown, now) {
            Some(next) => out.whole(302, "text/plain", &[("Location", &next)], ""),
            None => out.json(400, &[], &said(400, "invalid request")),
        };
    }
    if place == "oauth2/validate" {
        let token = request.headers.get("authorization").and_then(|given| given.strip_prefix("OAuth "));
        let Some(access) = tokens.good(token, now) else {
            return out.json(401, &[], &said(401, "invalid access token"));
        };
        let left = (access.until - now) / 1000;
        let person = access.person.as_ref().and_then(|id| tokens.people.get(id));
        let body = json!({
            "client_id": "app", "login": person.map(|one| &one.login), "user_id": person.map(|one| &one.id),
            "scopes": access.scopes, "expires_in": left,
        });
        return out.json(200, &[], &body);
    }
    let get = |name| field(&form, name);
    let id = get("client_id").unwrap_or_default();
    if place == "oauth2/device" {
        if !tokens.apps.contains_key(id) {
            return out.json(400, &[], &said(400, "invalid client"));
        }
        let scopes = get("scopes").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        let (code, typed) = (tokens.word("device"), format!("ABCD{:04}", tokens.words.len()));
        let lasts = state.devices.last.unwrap_or(1800);
        let body = json!({
            "device_code": code, "expires_in": lasts, "interval": 1, "user_code": typed,
            "verification_uri": "https://www.twitch.tv/activate",
        });
        state
            .devices
            .all
            .insert(code, Device { typed, scopes, until: now + i64::try_from(lasts).unwrap_or(1800) * 1000, by: None });
        return out.json(200, &[], &body);
    }
    if place == "oauth2/revoke" {
        let known = get("token").is_some_and(|token| tokens.revoke(token));
        return if known {
            out.whole(200, "text/plain", &[], "");
        } else {
            out.json(400, &[], &said(400, "Invalid token"));
        };
    }
    if place != "oauth2/token" {
        return out.json(404, &[], &said(404, "not found"));
    }
    let told = |tokens: &Tokens, lent: &Lent| {
        let mut told = tokens.told(lent);
        told["scope"] = json!(lent.scopes);
        told["token_type"] = json!("bearer");
        told
    };
    let lent = match get("grant_type") {
        Some(DEVICE) => {
            let code = get("device_code").unwrap_or_default();
            let Some(device) = state.devices.all.get(code).filter(|device| device.until > now) else {
                return out.json(400, &[], &said(400, "invalid device code"));
            };
            let Some(person) = device.by.clone() else {
                return out.json(400, &[], &said(400, "authorization_pending"));
            };
            let scopes = device.scopes.clone();
            state.devices.all.remove(code);
            Ok(tokens.lend(person, scopes, now))
        }
        _ if !tokens.is_app(id, get("client_secret")) => Err(Refused::Client),
        Some("client_credentials") => Ok(Lent { access: tokens.of_app(now), refresh: None, scopes: Vec::new() }),
        Some("authorization_code") if get("client_secret").is_some() => tokens.exchange(&form, Proof::Unknown, now),
        Some("refresh_token") => tokens.renew(&form, now).map_err(|_| Refused::Grant),
        _ => Err(Refused::Request),
    };
    match lent {
        Ok(lent) => {
            let body = told(tokens, &lent);
            out.json(200, &[], &body);
        }
        Err(Refused::Client) => out.json(403, &[], &said(403, "invalid client secret")),
        Err(Refused::Grant) if get("grant_type") == Some("refresh_token") => {
            out.json(400, &[], &said(400, "Invalid refresh token"));
        }
        Err(Refused::Grant) => out.json(400, &[], &said(400, "Invalid authorization code")),
        Err(Refused::Request) => out.json(400, &[], &said(400, "missing something")),
    }
}

/// As Twitch says no.
pub(super) fn said(status: u16, message: &str) -> Value {
    let error = match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        _ => "Not Found",
    };
    json!({ "error": error, "status": status, "message": message })
}
