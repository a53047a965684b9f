//! Channels as their streamers manage them: described, marked, clipped, spoken in, and sent elsewhere.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{State, oauth::said};
use crate::{
    clouds::{cloud::Shared, oauth::field},
    http::{Out, Request},
};

/// The categories there are.
const CATEGORIES: [(&str, &str); 4] = [
    ("743", "Chess"),
    ("509658", "Just Chatting"),
    ("1469308723", "Software and Game Development"),
    ("33214", "Chess Ultra"),
];

/// A channel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Described {
    pub title: String,
    pub category: String,
    pub tags: Vec<String>,
    pub live: bool,
    /// What was said in its chat, and announced.
    pub chat: Vec<String>,
    /// What is said is taken and not shown, for this reason.
    pub drops: Option<&'static str>,
    pub markers: Vec<String>,
    /// Clips are there after so many looks.
    pub clips_after: usize,
    pub raids: Option<String>,
}

/// All of them, by whose they are.
pub(crate) type Channels = BTreeMap<String, Described>;

/// The answer, where it is about a channel; where it is not, what it goes to comes back.
pub(super) fn answer(shared: &Shared<State>, place: &str, request: &Request, out: Out) -> Result<(), Out> {
    let (method, place) = (request.method.as_str(), place.strip_prefix("/helix/").unwrap_or_default());
    let scope = match (method, place) {
        ("GET", "channels" | "search/categories" | "clips") => "",
        ("PATCH", "channels") | ("POST", "streams/markers") => "channel:manage:broadcast",
        ("POST", "clips") => "clips:edit",
        ("POST", "chat/messages") => "user:write:chat",
        ("POST", "chat/announcements") => "moderator:manage:announcements",
        ("POST" | "DELETE", "raids") => "channel:manage:raids",
        _ => return Err(out),
    };
    let now = shared.now();
    let state = &mut *shared.state();
    let Some(access) = state.tokens.good(request.bearer(), now).filter(|access| access.person.is_some()) else {
        return Err(out);
    };
    if !scope.is_empty() && !access.scopes.iter().any(|held| held == scope) {
        out.json(401, &[], &said(401, &format!("Missing scope: {scope}")));
        return Ok(());
    }
    let person = access.person.clone().unwrap_or_default();
    let (query, body) = (request.query(), &request.body);
    let channel = state.channels.entry(person.clone()).or_default();
    let (status, told) = match (method, place) {
        ("GET", "channels") => {
            let name = CATEGORIES.iter().find(|(id, _)| *id == channel.category).map_or("", |(_, name)| name);
            let row = json!({ "broadcaster_id": person, "title": channel.title, "game_id": channel.category,
                "game_name": name, "tags": channel.tags });
            (200, json!({ "data": [row] }))
        }
        ("PATCH", _) => {
            if let Some(title) = body["title"].as_str() {
                title.clone_into(&mut channel.title);
            }
            if let Some(id) = body["game_id"].as_str() {
                channel.category = if id == "0" { String::new() } else { id.to_owned() };
            }
            if let Some(tags) = body["tags"].as_array() {
                channel.tags = tags.iter().filter_map(|tag| tag.as_str().map(str::to_owned)).collect();
            }
            (204, Value::Null)
        }
        ("GET", "search/categories") => {
            let like = field(&query, "query").unwrap_or_default().to_lowercase();
            let found = CATEGORIES.iter().filter(|(_, name)| name.to_lowercase().contains(&like));
            let found: Vec<Value> = found.map(|(id, name)| json!({ "id": id, "name": name })).collect();
            (200, json!({ "data": found }))
        }
        (_, "streams/markers") if channel.live => {
            channel.markers.push(body["description"].as_str().unwrap_or_default().to_owned());
            (200, json!({ "data": [{ "id": "m", "position_seconds": 125 }] }))
        }
        ("POST", "clips") if channel.live => {
            (202, json!({ "data": [{ "id": "clip-1", "edit_url": "https://clips.twitch.tv/clip-1/edit" }] }))
        }
        ("GET", "clips") => {
            let is_there = channel.clips_after == 0;
            channel.clips_after = channel.clips_after.saturating_sub(1);
            let found: &[Value] = &[json!({ "id": "clip-1", "url": "https://clips.twitch.tv/clip-1" })];
            (200, json!({ "data": if is_there { found } else { &[] } }))
        }
        (_, "chat/messages") => {
            let dropped = channel.drops.map(|why| json!({ "code": "msg_rejected", "message": why }));
            if dropped.is_none() {
                channel.chat.push(body["message"].as_str().unwrap_or_default().to_owned());
            }
            (200, json!({ "data": [{ "message_id": "x", "is_sent": dropped.is_none(), "drop_reason": dropped }] }))
        }
        (_, "chat/announcements") => {
            channel.chat.push(format!("/announce {}", body["message"].as_str().unwrap_or_default()));
            (204, Value::Null)
        }
        ("POST", "raids") => {
            channel.raids = field(&query, "to_broadcaster_id").map(str::to_owned);
            (200, json!({ "data": [{ "created_at": "2026-11-22T10:00:00Z", "is_mature": false }] }))
        }
        ("DELETE", "raids") if channel.raids.take().is_some() => (204, Value::Null),
        _ => (404, said(404, "The broadcaster is not live.")),
    };
    match status {
        204 => out.whole(204, "text/plain", &[], ""),
        _ => out.json(status, &[], &told),
    }
    Ok(())
}
