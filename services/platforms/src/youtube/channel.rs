//! What somebody streams on YouTube just now: described, and spoken in.
//!
//! **Invariant:** a description is sent back with all it had, or YouTube would forget what is left out.

use base::Secret;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::YouTube;
use crate::{
    Answered, Failure,
    channel::{Category, Change, Channel, Said},
};

#[derive(Deserialize)]
struct Broadcast {
    id: String,
    snippet: Live,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Live {
    live_chat_id: Option<String>,
}

#[derive(Deserialize)]
struct Video {
    id: String,
    snippet: Value,
}

#[derive(Deserialize)]
struct Kind {
    id: String,
    snippet: KindSnippet,
}

#[derive(Deserialize)]
struct KindSnippet {
    title: String,
    #[serde(default)]
    assignable: bool,
}

/// What is sent back of a video's description.
const KEPT: [&str; 5] = ["title", "description", "tags", "categoryId", "defaultLanguage"];

impl YouTube {
    async fn live(&self, token: &Secret) -> Answered<Option<Broadcast>> {
        let query = [("part", "snippet"), ("broadcastStatus", "active"), ("broadcastType", "all")];
        let live: Vec<Broadcast> = self.as_user(token, "liveBroadcasts", &query).await?;
        Ok(live.into_iter().next())
    }

    async fn live_video(&self, token: &Secret) -> Answered<Option<Video>> {
        let Some(live) = self.live(token).await? else { return Ok(None) };
        let found: Vec<Video> = self.as_user(token, "videos", &[("part", "snippet"), ("id", &live.id)]).await?;
        Ok(found.into_iter().next())
    }

    pub(crate) async fn channel(&self, token: &Secret) -> Answered<Option<Channel>> {
        let Some(video) = self.live_video(token).await? else { return Ok(None) };
        let text = |name: &str| video.snippet[name].as_str().unwrap_or_default().to_owned();
        let tags = video.snippet["tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let id = text("categoryId");
        let category = if id.is_empty() { None } else { Some(self.kind(token, &id).await?) };
        Ok(Some(Channel { title: text("title"), category, tags: tags.map(str::to_owned).collect() }))
    }

    /// What a category of this id is called.
    async fn kind(&self, token: &Secret, id: &str) -> Answered<Category> {
        let found: Vec<Kind> = self.as_user(token, "videoCategories", &[("part", "snippet"), ("id", id)]).await?;
        let name = found.into_iter().next().map(|kind| kind.snippet.title);
        Ok(Category { id: id.to_owned(), name: name.unwrap_or_else(|| id.to_owned()) })
    }

    pub(crate) async fn change(&self, token: &Secret, change: &Change<'_>) -> Answered<Option<()>> {
        let Some(video) = self.live_video(token).await? else { return Ok(None) };
        let mut snippet = json!({});
        for name in KEPT {
            if let Some(held) = video.snippet.get(name) {
                snippet[name] = held.clone();
            }
        }
        if let Some(title) = change.title {
            snippet["title"] = json!(title);
        }
        if let Some(category) = change.category {
            snippet["categoryId"] = json!(category);
        }
        if let Some(tags) = change.tags {
            snippet["tags"] = json!(tags);
        }
        let request = self.web.request(Method::PUT, self.hosts.api.asked("videos", &[("part", "snippet")]));
        let request = request.bearer_auth(token.expose()).json(&json!({ "id": video.id, "snippet": snippet }));
        self.web.send(request).await.map(|_| Some(()))
    }

    pub(crate) async fn categories(&self, token: &Secret) -> Answered<Vec<Category>> {
        let query = [("part", "snippet"), ("regionCode", "US")];
        let found: Vec<Kind> = self.as_user(token, "videoCategories", &query).await?;
        let usable = found.into_iter().filter(|kind| kind.snippet.assignable);
        Ok(usable.map(|kind| Category { id: kind.id, name: kind.snippet.title }).collect())
    }

    pub(crate) async fn say(&self, token: &Secret, text: &str) -> Answered<Option<Said>> {
        let Some(live) = self.live(token).await? else { return Ok(None) };
        let Some(chat) = live.snippet.live_chat_id else {
            return Ok(Some(Said::Dropped("its chat is off".to_owned())));
        };
        let body = json!({ "snippet": {
            "liveChatId": chat, "type": "textMessageEvent", "textMessageDetails": { "messageText": text },
        } });
        let request = self.web.post(self.hosts.api.asked("liveChat/messages", &[("part", "snippet")]));
        match self.web.send(request.bearer_auth(token.expose()).json(&body)).await {
            Ok(_) => Ok(Some(Said::Shown)),
            Err(Failure::Refused { named, said, .. }) if named.starts_with("liveChat") => Ok(Some(Said::Dropped(said))),
            Err(failure) => Err(failure),
        }
    }
}
