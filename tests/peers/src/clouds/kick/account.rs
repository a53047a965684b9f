//! Who people are there, and their channels.

use serde_json::{Value, json};

use super::State;
use crate::{
    clouds::{Person, cloud::Shared},
    http::{Out, Request},
};

/// `GET /users`: whoever lent the token.
pub(super) fn users(shared: &Shared<State>, request: &Request, out: Out) {
    told(
        shared,
        request,
        "user:read",
        out,
        |person| json!({ "user_id": person.id.parse::<u64>().unwrap_or_default(), "name": person.name }),
    );
}

fn told(shared: &Shared<State>, request: &Request, scope: &str, out: Out, told: impl Fn(&Person) -> Value) {
    let now = shared.now();
    let tokens = &shared.state().tokens;
    let token = request.bearer();
    let Some(access) = tokens.good(token, now) else {
        return out.json(401, &[], &json!({ "message": "Unauthorized" }));
    };
    if access.person.is_some() && !access.scopes.iter().any(|held| held == scope) {
        return out.json(403, &[], &json!({ "message": "Forbidden" }));
    }
    let found: Vec<Value> = tokens.who(token, now).into_iter().map(told).collect();
    out.json(200, &[], &json!({ "data": found, "message": "OK" }));
}
