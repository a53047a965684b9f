//! Who is on Twitch, and what is live there: a hundred at a time.

use base::Millis;
use serde::Deserialize;

use super::{As, Twitch};
use crate::{Answered, Failure, Who, moment::moment};

/// As many are asked about at once.
pub const AT_ONCE: usize = 100;
/// The size of a picture.
const PICTURE: (&str, &str) = ("640", "360");

/// A stream, as Helix tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub user: String,
    /// Its title.
    pub title: String,
    /// Its category.
    pub game: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// How many see it.
    pub viewers: i64,
    /// When it began.
    pub started: Millis,
    /// Where a picture of it is.
    pub picture: Option<String>,
}

/// What a channel says of itself, live or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its title.
    pub title: String,
    /// Its category.
    pub game: String,
    /// Its tags.
    pub tags: Vec<String>,
}

#[derive(Deserialize)]
struct User {
    id: String,
    login: String,
    display_name: String,
}

#[derive(Deserialize)]
struct RawStream {
    id: String,
    user_id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    game_name: String,
    tags: Option<Vec<String>>,
    #[serde(default)]
    viewer_count: i64,
    started_at: String,
    #[serde(default)]
    thumbnail_url: String,
}

#[derive(Deserialize)]
struct RawChannel {
    #[serde(default)]
    title: String,
    #[serde(default)]
    game_name: String,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Deserialize)]
struct Video {
    stream_id: Option<String>,
    url: String,
}

impl Twitch {
    /// Who is called so in an address; none where nobody is.
    pub async fn called(&self, login: &str) -> Answered<Option<Who>> {
        match self.list::<User>(As::App, "users", &[("login", login)]).await {
            Ok(all) => {
                let who = all.into_iter().next();
                Ok(who.map(|user| Who { id: user.id, login: user.login, name: user.display_name }))
            }
            // Twitch refuses what can be nobody's name.
            Err(failure) if failure.is_status(400) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// What is live of these, by their ids; who is not there is not live.
    pub async fn streams(&self, ids: &[&str]) -> Answered<Vec<Stream>> {
        let mut all = Vec::new();
        for ids in ids.chunks(AT_ONCE) {
            let mut query: Vec<(&str, &str)> = ids.iter().map(|id| ("user_id", *id)).collect();
            query.push(("first", "100"));
            for raw in self.list::<RawStream>(As::App, "streams", &query).await? {
                let started = moment(&raw.started_at).ok_or(Failure::NotUnderstood("it says no time"))?;
                let picture = raw.thumbnail_url.replace("{width}", PICTURE.0).replace("{height}", PICTURE.1);
                all.push(Stream {
                    id: raw.id,
                    user: raw.user_id,
                    title: raw.title,
                    game: raw.game_name,
                    tags: raw.tags.unwrap_or_default(),
                    viewers: raw.viewer_count,
                    started,
                    picture: Some(picture).filter(|picture| picture.starts_with("https://")),
                });
            }
        }
        Ok(all)
    }

    /// What a channel says of itself; none where there is no such one.
    pub async fn channel_now(&self, id: &str) -> Answered<Option<Channel>> {
        let all = self.list::<RawChannel>(As::App, "channels", &[("broadcaster_id", id)]).await?;
        let first = all.into_iter().next();
        Ok(first.map(|raw| Channel { title: raw.title, game: raw.game_name, tags: raw.tags }))
    }

    /// Where a stream can be seen afterwards; none where it is not kept.
    pub async fn recorded(&self, user: &str, stream: &str) -> Answered<Option<String>> {
        let query = [("user_id", user), ("type", "archive"), ("first", "5")];
        let all = self.list::<Video>(As::App, "videos", &query).await?;
        let found = all.into_iter().find(|video| video.stream_id.as_deref() == Some(stream));
        Ok(found.map(|video| video.url).filter(|url| url.starts_with("https://")))
    }
}
