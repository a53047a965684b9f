//! Who people are there.

use serde_json::{Value, json};

use super::{State, oauth::said};
use crate::{
    clouds::{Person, cloud::Shared},
    http::{Out, Request},
};

/// Whether they are asked for who lent the token, or for somebody who has an account.
pub(super) fn knows(shared: &Shared<State>, request: &Request) -> bool {
    let (asked, state) = (request.query(), shared.state());
    let is_known = |value: &str| state.tokens.people.values().any(|one| one.id == value || one.login == value);
    asked.is_empty() || asked.iter().any(|(_, value)| is_known(value))
}

/// `GET /helix/users`: whoever lent the token, or those who are asked for.
pub(super) fn users(shared: &Shared<State>, request: &Request, out: Out) {
    let now = shared.now();
    let tokens = &shared.state().tokens;
    let token = request.bearer();
    if tokens.good(token, now).is_none() {
        return out.json(401, &[], &said(401, "Invalid OAuth token"));
    }
    let asked = request.query();
    let wanted = |person: &&Person| {
        asked.iter().any(|(name, value)| match name.as_str() {
            "id" => *value == person.id,
            "login" => *value == person.login,
            _ => false,
        })
    };
    let told = |person: &Person| json!({ "id": person.id, "login": person.login, "display_name": person.name });
    let found: Vec<Value> = match tokens.who(token, now) {
        Some(person) if asked.is_empty() => vec![told(person)],
        _ => tokens.people.values().filter(wanted).map(told).collect(),
    };
    out.json(200, &[], &json!({ "data": found }));
}
