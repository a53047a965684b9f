//! Who people are there.

use serde_json::json;

use super::State;
use crate::{
    clouds::cloud::Shared,
    http::{Out, Request},
};

/// `GET /me`.
pub(super) fn me(shared: &Shared<State>, request: &Request, out: Out) {
    let now = shared.now();
    let tokens = &shared.state().tokens;
    match tokens.who(request.bearer(), now) {
        Some(person) => out.json(200, &[], &json!({ "id": person.id, "display_name": person.name })),
        None => out.json(401, &[], &json!({ "error": { "status": 401, "message": "The access token expired" } })),
    }
}
