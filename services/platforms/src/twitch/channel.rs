//! Somebody's own channel on Twitch: described, marked, clipped, spoken in, and sent elsewhere.

use base::Secret;
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{As, Data, Twitch};
use crate::{
    Answered, Failure, Who,
    channel::{Category, Change, Channel, Said},
    failure::found,
};

#[derive(Deserialize)]
struct Row {
    title: String,
    #[serde(default)]
    game_id: String,
    #[serde(default)]
    game_name: String,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct Marker {
    position_seconds: u64,
}

#[derive(Deserialize)]
struct Begun {
    id: String,
}

#[derive(Deserialize)]
struct Clip {
    url: String,
}

#[derive(Deserialize)]
struct Message {
    is_sent: bool,
    drop_reason: Option<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl Twitch {
    async fn asks(
        &self,
        token: &Secret,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: &Value,
    ) -> Answered<Vec<u8>> {
        let complete = |request: RequestBuilder| {
            let request = request.query(query);
            if body.is_null() { request } else { request.json(body) }
        };
        self.helix(As::User(token), method, path, complete).await.map(|answer| answer.body)
    }

    async fn first<T: serde::de::DeserializeOwned>(
        &self,
        token: &Secret,
        path: &str,
        query: &[(&str, &str)],
        body: &Value,
    ) -> Answered<T> {
        let odd = || Failure::NotUnderstood("its answer is not what it used to be");
        let answer = self.asks(token, Method::POST, path, query, body).await?;
        let all: Data<T> = serde_json::from_slice(&answer).map_err(|_| odd())?;
        all.data.into_iter().next().ok_or_else(odd)
    }

    pub(crate) async fn channel(&self, token: &Secret, id: &str) -> Answered<Option<Channel>> {
        let found: Vec<Row> = self.list(As::User(token), "channels", &[("broadcaster_id", id)]).await?;
        Ok(found.into_iter().next().map(|row| {
            let category = Some(Category { id: row.game_id, name: row.game_name }).filter(|one| !one.id.is_empty());
            Channel { title: row.title, category, tags: row.tags }
        }))
    }

    pub(crate) async fn change(&self, token: &Secret, id: &str, change: &Change<'_>) -> Answered<()> {
        let mut body = Map::new();
        body.extend(change.title.map(|title| ("title".to_owned(), json!(title))));
        // "0" is none.
        body.extend(change.category.map(|id| ("game_id".to_owned(), json!(if id.is_empty() { "0" } else { id }))));
        body.extend(change.tags.map(|tags| ("tags".to_owned(), json!(tags))));
        self.asks(token, Method::PATCH, "channels", &[("broadcaster_id", id)], &Value::Object(body)).await.map(drop)
    }

    pub(crate) async fn categories(&self, token: &Secret, like: &str) -> Answered<Vec<Category>> {
        let found: Vec<Named> =
            self.list(As::User(token), "search/categories", &[("query", like), ("first", "25")]).await?;
        Ok(found.into_iter().map(|one| Category { id: one.id, name: one.name }).collect())
    }

    pub(crate) async fn say(&self, token: &Secret, id: &str, text: &str) -> Answered<Said> {
        let body = json!({ "broadcaster_id": id, "sender_id": id, "message": text });
        let message: Message = self.first(token, "chat/messages", &[], &body).await?;
        if message.is_sent {
            return Ok(Said::Shown);
        }
        let why = message.drop_reason.map(|why| if why.message.is_empty() { why.code } else { why.message });
        Ok(Said::Dropped(why.unwrap_or_default()))
    }

    /// Announces something in somebody's own chat.
    pub async fn announce(&self, token: &Secret, id: &str, text: &str) -> Answered<()> {
        let query = [("broadcaster_id", id), ("moderator_id", id)];
        self.asks(token, Method::POST, "chat/announcements", &query, &json!({ "message": text })).await.map(drop)
    }

    /// Marks this moment of somebody's stream: how many seconds in. None where nothing is live that is kept.
    pub async fn mark(&self, token: &Secret, id: &str, what: Option<&str>) -> Answered<Option<u64>> {
        let mut body = json!({ "user_id": id });
        if let Some(what) = what {
            body["description"] = json!(what);
        }
        let marker = found(self.first::<Marker>(token, "streams/markers", &[], &body).await)?;
        Ok(marker.map(|marker| marker.position_seconds))
    }

    /// Begins to make a clip of what was just seen: its id, under which it comes later. None where nothing is live.
    pub async fn clip(&self, token: &Secret, id: &str) -> Answered<Option<String>> {
        let begun = found(self.first::<Begun>(token, "clips", &[("broadcaster_id", id)], &Value::Null).await)?;
        Ok(begun.map(|begun| begun.id))
    }

    /// Where a clip is seen, once it is there.
    pub async fn clipped(&self, token: &Secret, clip: &str) -> Answered<Option<String>> {
        let found: Vec<Clip> = self.list(As::User(token), "clips", &[("id", clip)]).await?;
        Ok(found.into_iter().next().map(|clip| clip.url))
    }

    /// Who has this login, asked in somebody's name; nobody where there is none.
    pub async fn with_login(&self, token: &Secret, login: &str) -> Answered<Option<Who>> {
        self.found_user(As::User(token), login).await
    }

    /// Begins a raid.
    pub async fn raid(&self, token: &Secret, from: &str, to: &str) -> Answered<()> {
        let query = [("from_broadcaster_id", from), ("to_broadcaster_id", to)];
        self.asks(token, Method::POST, "raids", &query, &Value::Null).await.map(drop)
    }

    /// Calls a raid off that has not set off yet. None where there is none.
    pub async fn call_off_raid(&self, token: &Secret, from: &str) -> Answered<Option<()>> {
        found(self.asks(token, Method::DELETE, "raids", &[("broadcaster_id", from)], &Value::Null).await.map(drop))
    }
}
