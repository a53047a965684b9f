//! What people stream there just now, as they manage it themselves.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::State;
use crate::{
    clouds::cloud::Shared,
    http::{Out, Request},
};

/// The categories there are.
const CATEGORIES: [(&str, &str); 2] = [("20", "Gaming"), ("28", "Science & Technology")];
const CHANGES: &str = "https://www.googleapis.com/auth/youtube.force-ssl";

/// What somebody streams.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Broadcast {
    pub live: bool,
    /// Its video's description, as it is sent.
    pub snippet: Value,
    pub chat: Vec<String>,
}

/// All of them, by whose they are.
pub(crate) type Broadcasts = BTreeMap<String, Broadcast>;

/// The answer, where it is about what whoever lent the token streams; where it is not, what it goes to comes back.
pub(super) fn answer(shared: &Shared<State>, place: &str, request: &Request, out: Out) -> Result<(), Out> {
    let (method, place) = (request.method.as_str(), place.strip_prefix("/youtube/v3/").unwrap_or_default());
    let known = ["liveBroadcasts", "videos", "videoCategories", "liveChat/messages"].contains(&place);
    let now = shared.now();
    let state = &mut *shared.state();
    let Some(access) = state.tokens.good(request.bearer(), now).filter(|access| known && access.person.is_some())
    else {
        return Err(out);
    };
    let person = access.person.clone().unwrap_or_default();
    if method != "GET" && !access.scopes.iter().any(|held| held == CHANGES) {
        let body = json!({ "error": { "code": 403, "message": "Request had insufficient authentication scopes.",
            "errors": [{ "reason": "insufficientPermissions" }] } });
        out.json(403, &[], &body);
        return Ok(());
    }
    let broadcast = state.broadcasts.entry(person.clone()).or_default();
    let live = |what: Value| if broadcast.live { json!({ "items": [what] }) } else { json!({ "items": [] }) };
    let told = match (method, place) {
        ("GET", "liveBroadcasts") => live(json!({ "id": "video-1", "snippet": { "liveChatId": "chat-1" } })),
        ("GET", "videos") => live(json!({ "id": "video-1", "snippet": broadcast.snippet })),
        ("GET", "videoCategories") => {
            let kind =
                |(id, name): &(&str, &str)| json!({ "id": id, "snippet": { "title": name, "assignable": true } });
            json!({ "items": CATEGORIES.iter().map(kind).collect::<Vec<Value>>() })
        }
        ("PUT", "videos") => {
            broadcast.snippet = request.body["snippet"].clone();
            request.body.clone()
        }
        _ => {
            let text = &request.body["snippet"]["textMessageDetails"]["messageText"];
            broadcast.chat.push(text.as_str().unwrap_or_default().to_owned());
            json!({ "id": "message-1" })
        }
    };
    out.json(200, &[], &told);
    Ok(())
}
