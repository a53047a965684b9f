//! Channels as their streamers manage them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::State;
use crate::{
    clouds::{cloud::Shared, oauth::field},
    http::{Out, Request},
};

/// The categories there are.
const CATEGORIES: [(u64, &str); 2] = [(15, "Just Chatting"), (88, "Chess")];

/// A channel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Described {
    pub title: String,
    pub category: u64,
    pub tags: Vec<String>,
    pub chat: Vec<String>,
    /// What is said is taken and not shown.
    pub drops: bool,
}

/// All of them, by whose they are.
pub(crate) type Channels = BTreeMap<String, Described>;

/// The answer, where it is about a channel of whoever lent the token; where it is not, what it goes to comes back.
pub(super) fn answer(shared: &Shared<State>, place: &str, request: &Request, out: Out) -> Result<(), Out> {
    let (method, place) = (request.method.as_str(), place.strip_prefix("/api/public/").unwrap_or_default());
    let scope = match (method, place) {
        ("GET", "v1/channels") if request.query().is_empty() => "channel:read",
        ("GET", "v2/categories") => "",
        ("PATCH", "v1/channels") => "channel:write",
        ("POST", "v1/chat") => "chat:write",
        _ => return Err(out),
    };
    let now = shared.now();
    let state = &mut *shared.state();
    let Some(access) = state.tokens.good(request.bearer(), now) else {
        out.json(401, &[], &json!({ "message": "Unauthorized" }));
        return Ok(());
    };
    let (person, held) = (access.person.clone().unwrap_or_default(), &access.scopes);
    if !scope.is_empty() && !held.iter().any(|held| held == scope) {
        out.json(403, &[], &json!({ "message": "Forbidden" }));
        return Ok(());
    }
    let login = state.tokens.people.get(&person).map(|person| person.login.clone()).unwrap_or_default();
    let channel = state.channels.entry(person.clone()).or_default();
    let body = &request.body;
    let named = |id: u64| CATEGORIES.iter().find(|(known, _)| *known == id).map_or("", |(_, name)| name);
    let told = match (method, place) {
        ("GET", "v1/channels") => json!({ "data": [{
            "broadcaster_user_id": person.parse::<u64>().unwrap_or_default(), "slug": login, "stream_title": channel.title,
            "category": { "id": channel.category, "name": named(channel.category) },
            "stream": { "custom_tags": channel.tags },
        }] }),
        ("GET", _) => {
            let query = request.query();
            let like = field(&query, "name").unwrap_or_default().to_lowercase();
            let found = CATEGORIES.iter().filter(|(_, name)| name.to_lowercase().contains(&like));
            json!({ "data": found.map(|(id, name)| json!({ "id": id, "name": name })).collect::<Vec<Value>>() })
        }
        ("PATCH", _) => {
            if let Some(title) = body["stream_title"].as_str() {
                title.clone_into(&mut channel.title);
            }
            if let Some(id) = body["category_id"].as_u64() {
                channel.category = id;
            }
            if let Some(tags) = body["custom_tags"].as_array() {
                channel.tags = tags.iter().filter_map(|tag| tag.as_str().map(str::to_owned)).collect();
            }
            out.whole(204, "text/plain", &[], "");
            return Ok(());
        }
        _ => {
            if !channel.drops {
                channel.chat.push(body["content"].as_str().unwrap_or_default().to_owned());
            }
            json!({ "data": { "is_sent": !channel.drops, "message_id": "x" } })
        }
    };
    out.json(200, &[], &told);
    Ok(())
}
