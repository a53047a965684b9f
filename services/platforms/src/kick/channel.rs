//! Somebody's own channel on Kick: described, and spoken in.

use base::Secret;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{As, Data, Kick};
use crate::{
    Answered, Failure,
    channel::{Category, Change, Channel, Said},
};

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    stream_title: String,
    category: Option<Kind>,
    stream: Option<Stream>,
}

#[derive(Deserialize)]
struct Stream {
    #[serde(default)]
    custom_tags: Vec<String>,
}

#[derive(Deserialize)]
struct Kind {
    id: u64,
    name: String,
}

#[derive(Deserialize)]
struct Message {
    is_sent: bool,
}

impl From<Kind> for Category {
    fn from(kind: Kind) -> Self {
        Self { id: kind.id.to_string(), name: kind.name }
    }
}

impl Kick {
    pub(crate) async fn channel(&self, token: &Secret) -> Answered<Option<Channel>> {
        let found: Vec<Row> = self.look(As::User(token), "v1/channels", &[]).await?;
        Ok(found.into_iter().next().map(|row| Channel {
            title: row.stream_title,
            category: row.category.filter(|kind| kind.id > 0).map(Category::from),
            tags: row.stream.map(|stream| stream.custom_tags).unwrap_or_default(),
        }))
    }

    pub(crate) async fn change(&self, token: &Secret, change: &Change<'_>) -> Answered<()> {
        let mut body = Map::new();
        body.extend(change.title.map(|title| ("stream_title".to_owned(), json!(title))));
        let category = change.category.map(|id| id.parse::<u64>().unwrap_or_default());
        body.extend(category.map(|id| ("category_id".to_owned(), json!(id))));
        body.extend(change.tags.map(|tags| ("custom_tags".to_owned(), json!(tags))));
        let body = Value::Object(body);
        self.ask(As::User(token), Method::PATCH, "v1/channels", |request| request.json(&body)).await.map(drop)
    }

    pub(crate) async fn categories(&self, token: &Secret, like: &str) -> Answered<Vec<Category>> {
        let found: Vec<Kind> = self.look(As::User(token), "v2/categories", &[("name", like), ("limit", "25")]).await?;
        Ok(found.into_iter().map(Category::from).collect())
    }

    pub(crate) async fn say(&self, token: &Secret, id: &str, text: &str) -> Answered<Said> {
        let odd = || Failure::NotUnderstood("its answer is not what it used to be");
        let id: u64 = id.parse().map_err(|_| odd())?;
        let body = json!({ "content": text, "type": "user", "broadcaster_user_id": id });
        let answer = self.ask(As::User(token), Method::POST, "v1/chat", |request| request.json(&body)).await?;
        let message: Data<Message> = answer.json()?;
        // It says no more than that.
        Ok(if message.data.is_sent { Said::Shown } else { Said::Dropped(String::new()) })
    }
}
