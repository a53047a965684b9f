//! Channels, their feeds and videos; and how many units of quota were used.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{State, YouTube};
use crate::{
    clouds::{cloud::Shared, oauth::field},
    http::{Out, Request},
};

/// A video.
#[derive(Debug, Clone)]
pub(crate) struct Video {
    channel: String,
    title: String,
    scheduled: Option<i64>,
    started: Option<i64>,
    ended: Option<i64>,
    /// Whether it was uploaded before.
    premiere: bool,
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Videos {
    /// Handle and name by id.
    channels: BTreeMap<String, (String, String)>,
    all: BTreeMap<String, Video>,
    /// Units of quota that were used.
    used: i64,
}

impl YouTube {
    /// A channel with this handle, without its `@`.
    pub fn add_channel(&self, id: &str, handle: &str, name: &str) {
        self.cloud.shared.state().videos.channels.insert(id.to_owned(), (handle.to_owned(), name.to_owned()));
    }

    /// It puts up a video, which is to begin then where it is a stream.
    pub fn publish(&self, channel: &str, video: &str, title: &str, scheduled: Option<i64>) {
        let (channel, title) = (channel.to_owned(), title.to_owned());
        let one = Video { channel, title, scheduled, started: None, ended: None, premiere: false };
        self.cloud.shared.state().videos.all.insert(video.to_owned(), one);
    }

    /// A video was uploaded before, and is to be shown for the first time.
    pub fn premieres(&self, video: &str) {
        if let Some(one) = self.cloud.shared.state().videos.all.get_mut(video) {
            one.premiere = true;
        }
    }

    /// A video is live since this moment (milliseconds since 1970).
    pub fn go_live(&self, video: &str, started: i64) {
        if let Some(one) = self.cloud.shared.state().videos.all.get_mut(video) {
            one.started = Some(started);
        }
    }

    /// It was live until this moment.
    pub fn go_off(&self, video: &str, ended: i64) {
        if let Some(one) = self.cloud.shared.state().videos.all.get_mut(video) {
            one.ended = Some(ended);
        }
    }

    /// Units of quota that were used.
    pub fn used(&self) -> i64 {
        self.cloud.shared.state().videos.used
    }

    /// Somebody else uses what is left of the day's units.
    pub fn uses_up(&self) {
        self.cloud.shared.state().videos.used = 10_000;
    }

    /// The next day of its units begins.
    pub fn begins_a_day(&self) {
        self.cloud.shared.state().videos.used = 0;
    }

    /// What its hub pushes when this video is new, or is called something else.
    pub fn push_of(&self, video: &str) -> String {
        let state = self.cloud.shared.state();
        let one = &state.videos.all[video];
        feed(&state, &one.channel, |id| id == video)
    }
}

/// A channel's feed.
pub(super) fn read_feed(shared: &Shared<State>, request: &Request, out: Out) {
    let query = request.query();
    let channel = field(&query, "channel_id").unwrap_or_default();
    let state = shared.state();
    if !state.videos.channels.contains_key(channel) {
        drop(state);
        return out.whole(404, "text/html", &[], "<html/>");
    }
    let feed = feed(&state, channel, |_| true);
    drop(state);
    out.whole(200, "text/xml; charset=UTF-8", &[], &feed);
}

fn feed(state: &State, channel: &str, wanted: impl Fn(&str) -> bool) -> String {
    let name = state.videos.channels.get(channel).map_or("", |(_, name)| name.as_str());
    let entries: Vec<String> = state
        .videos
        .all
        .iter()
        .filter(|(id, one)| one.channel == channel && wanted(id))
        .take(15)
        .map(|(id, one)| {
            let title = one.title.replace('&', "&amp;").replace('<', "&lt;");
            format!(
                "<entry><id>yt:video:{id}</id><yt:videoId>{id}</yt:videoId><yt:channelId>{channel}</yt:channelId><title>{title}</title></entry>"
            )
        })
        .collect();
    let entries = entries.concat();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><feed xmlns:yt=\"http://www.youtube.com/xml/schemas/2015\" xmlns=\"http://www.w3.org/2005/Atom\"><title>{name}</title>{entries}</feed>"
    )
}

/// The data API: every question costs a unit, also one that is refused.
pub(super) fn answer(shared: &Shared<State>, place: &str, request: &Request, out: Out) {
    let query = request.query();
    let mut state = shared.state();
    state.videos.used += 1;
    let wanted: Vec<&str> = field(&query, "id").unwrap_or_default().split(',').filter(|id| !id.is_empty()).collect();
    let has_key = request.headers.get("x-goog-api-key").is_some_and(|key| *key == state.key);
    let refused = match place {
        _ if !has_key => Some((400, "badRequest")),
        "videos" if wanted.len() > 50 => Some((400, "invalidParameter")),
        _ if state.videos.used > 10_000 => Some((403, "quotaExceeded")),
        "videos" | "channels" => None,
        _ => Some((404, "notFound")),
    };
    if let Some((status, reason)) = refused {
        drop(state);
        let errors = json!([{ "domain": "youtube.quota", "reason": reason }]);
        return out.json(status, &[], &json!({ "error": { "code": status, "message": reason, "errors": errors } }));
    }
    let items: Vec<Value> = if place == "videos" {
        wanted.into_iter().filter_map(|id| Some(shown(id, state.videos.all.get(id)?))).collect()
    } else {
        let handle = field(&query, "forHandle").unwrap_or_default().trim_start_matches('@');
        let is_it =
            |id: &str, its: &str| wanted.contains(&id) || (!handle.is_empty() && its.eq_ignore_ascii_case(handle));
        let all = state.videos.channels.iter().filter(|(id, (its, _))| is_it(id, its));
        let shown = |(id, (handle, name)): (&String, &(String, String))| json!({ "id": id, "snippet": { "title": name, "customUrl": format!("@{handle}") } });
        all.map(shown).collect()
    };
    drop(state);
    out.json(200, &[], &json!({ "kind": "youtube#listResponse", "items": items }));
}

fn shown(id: &str, one: &Video) -> Value {
    let at = |at: Option<i64>| at.map(|at| base::Millis(at).utc());
    let said = match (one.started, one.ended, one.scheduled) {
        (Some(_), None, _) => "live",
        (None, None, Some(_)) => "upcoming",
        _ => "none",
    };
    let mut video = json!({
        "id": id,
        "snippet": { "channelId": one.channel, "title": one.title, "liveBroadcastContent": said },
        "status": { "uploadStatus": if one.premiere { "processed" } else { "uploaded" } },
    });
    if one.scheduled.is_some() || one.started.is_some() {
        let mut details = json!({ "concurrentViewers": "11" });
        for (name, at) in [
            ("scheduledStartTime", at(one.scheduled)),
            ("actualStartTime", at(one.started)),
            ("actualEndTime", at(one.ended)),
        ] {
            if let Some(at) = at {
                details[name] = json!(at);
            }
        }
        video["liveStreamingDetails"] = details;
    }
    video
}
