//! Videos, fifty for a unit of the day's quota; and who a channel is.

use base::Millis;
use serde::Deserialize;

use super::YouTube;
use crate::{Answered, Failure, Who, moment::moment};

/// As many are asked about at once, for one unit.
pub const AT_ONCE: usize = 50;

/// A handle is no longer, with its `@`.
const HANDLE: usize = 65;

/// How a video stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is to be live.
    Upcoming,
    /// It is live.
    Live,
    /// It is an ordinary video, or its stream is over.
    Over,
}

/// A video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Video {
    /// Its id.
    pub id: String,
    /// Its channel's id.
    pub channel: String,
    /// Its title.
    pub title: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// How it stands.
    pub standing: Standing,
    /// When it is to begin.
    pub scheduled: Option<Millis>,
    /// When it began.
    pub started: Option<Millis>,
    /// How many see it.
    pub viewers: Option<i64>,
    /// Where a picture of it is.
    pub picture: Option<String>,
    /// Whether it was uploaded before, and is shown for the first time.
    pub premiere: bool,
}

#[derive(Deserialize)]
struct Items<T> {
    #[serde(default = "Vec::new")]
    items: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    id: String,
    snippet: Snippet,
    live_streaming_details: Option<Details>,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Snippet {
    channel_id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    live_broadcast_content: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    scheduled_start_time: Option<String>,
    actual_start_time: Option<String>,
    actual_end_time: Option<String>,
    concurrent_viewers: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    upload_status: Option<String>,
}

#[derive(Deserialize)]
struct Channel {
    id: String,
    snippet: Titled,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Titled {
    title: String,
    /// Its handle.
    custom_url: Option<String>,
}

impl YouTube {
    /// These videos, for a unit of quota each fifty; who is not there is gone, or is not for everybody.
    pub async fn videos(&self, ids: &[&str]) -> Answered<Vec<Video>> {
        let key = self.key.as_ref().ok_or(Failure::NotSet("YOUTUBE_API_KEY"))?;
        let mut all = Vec::new();
        for ids in ids.chunks(AT_ONCE) {
            let query = [
                ("part", "snippet,liveStreamingDetails,status".to_owned()),
                ("id", ids.join(",")),
                ("maxResults", AT_ONCE.to_string()),
            ];
            let request =
                self.web.get(self.hosts.api.at("videos")).query(&query).header("X-Goog-Api-Key", key.expose());
            let items: Items<Raw> = self.web.json(request).await?;
            all.extend(items.items.into_iter().map(Video::from));
        }
        Ok(all)
    }

    /// Whose channel has this handle (`@ada`) or id, for a unit of quota; none where nobody's has. Its login is its handle.
    pub async fn called(&self, name: &str) -> Answered<Option<Who>> {
        let key = self.key.as_ref().ok_or(Failure::NotSet("YOUTUBE_API_KEY"))?;
        let by = if is_channel(name) { "id" } else { "forHandle" };
        let request = self.web.get(self.hosts.api.at("channels")).header("X-Goog-Api-Key", key.expose());
        let items: Items<Channel> = self.web.json(request.query(&[("part", "snippet"), (by, name)])).await?;
        let first = items.items.into_iter().next();
        let who = |one: Channel| {
            let said = one.snippet.custom_url.filter(|said| said.starts_with('@') && said.chars().count() <= HANDLE);
            let typed = (!is_channel(name)).then(|| name.to_owned());
            let login = said.or(typed).unwrap_or_else(|| one.id.clone());
            Who { login, id: one.id, name: one.snippet.title }
        };
        Ok(first.map(who))
    }
}

/// Whether it says that the units of this day are used, whoever used them.
pub fn is_out_of_quota(failure: &Failure) -> bool {
    let over = ["quotaExceeded", "dailyLimitExceeded"];
    matches!(failure, Failure::Refused { status: 403, named, .. } if over.contains(&named.as_str()))
}

/// What can be the id of a channel, and no handle.
pub fn is_channel(text: &str) -> bool {
    text.len() == 24 && text.starts_with("UC") && super::feed::is_id(text)
}

impl From<Raw> for Video {
    fn from(raw: Raw) -> Self {
        let read = |text: Option<&String>| text.and_then(|text| moment(text));
        let details = raw.live_streaming_details.as_ref();
        let started = details.and_then(|details| read(details.actual_start_time.as_ref()));
        let ended = details.is_some_and(|details| details.actual_end_time.is_some());
        let said = raw.snippet.live_broadcast_content.as_str();
        let standing = match (started, ended) {
            (Some(_), false) if said != "none" => Standing::Live,
            (None, false) if said == "upcoming" || said == "live" => Standing::Upcoming,
            _ => Standing::Over,
        };
        let uploaded = raw.status.and_then(|status| status.upload_status);
        Self {
            // Google's own address of its pictures.
            picture: Some(format!("https://i.ytimg.com/vi/{}/hqdefault_live.jpg", raw.id)),
            id: raw.id,
            channel: raw.snippet.channel_id,
            title: raw.snippet.title,
            tags: raw.snippet.tags,
            standing,
            scheduled: details.and_then(|details| read(details.scheduled_start_time.as_ref())),
            started,
            viewers: details.and_then(|details| details.concurrent_viewers.as_ref()?.parse().ok()),
            // A stream is `uploaded` only once it is over; a premiere was before it began.
            premiere: uploaded.as_deref() == Some("processed"),
        }
    }
}
