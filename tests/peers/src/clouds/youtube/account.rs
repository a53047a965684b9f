//! Who people are there: their channels.

use serde_json::{Value, json};

use super::State;
use crate::{
    clouds::cloud::Shared,
    http::{Out, Request},
};

/// `GET channels?mine=true`.
pub(super) fn mine(shared: &Shared<State>, request: &Request, out: Out) {
    let now = shared.now();
    let tokens = &shared.state().tokens;
    if tokens.good(request.bearer(), now).is_none() {
        let body = json!({ "error": { "code": 401, "message": "Request had invalid authentication credentials.",
            "errors": [{ "reason": "authError" }] } });
        return out.json(401, &[], &body);
    }
    let channel = |person: &crate::clouds::Person| json!({ "id": person.login, "snippet": { "title": person.name } });
    // Whoever has no login has an account without a channel.
    let found: Vec<Value> =
        tokens.who(request.bearer(), now).into_iter().filter(|person| !person.login.is_empty()).map(channel).collect();
    out.json(200, &[], &json!({ "items": found }));
}
