//! Who is on Kick, and what is live there.

use base::Millis;
use serde::Deserialize;

use super::{As, Kick};
use crate::{Answered, Failure, Who, failure::found, moment::moment};

/// As many are asked about at once.
pub const AT_ONCE: usize = 50;

/// A stream, as Kick tells of it. It has no id: it is known by its channel and the second at which it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Livestream {
    /// Whose it is.
    pub user: String,
    /// Its title.
    pub title: String,
    /// Its category.
    pub category: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// How many see it.
    pub viewers: i64,
    /// When it began.
    pub started: Millis,
    /// Where a picture of it is.
    pub picture: Option<String>,
}

#[derive(Deserialize)]
struct Raw {
    broadcaster_user_id: u64,
    #[serde(default)]
    stream_title: String,
    category: Option<Category>,
    #[serde(default)]
    custom_tags: Vec<String>,
    #[serde(default)]
    viewer_count: i64,
    started_at: String,
    thumbnail: Option<String>,
}

#[derive(Deserialize)]
struct Category {
    name: String,
}

#[derive(Deserialize)]
struct Channel {
    broadcaster_user_id: u64,
    slug: String,
}

impl Kick {
    /// Whose channel is called so in its address; none where there is no such one.
    pub async fn called(&self, slug: &str) -> Answered<Option<Who>> {
        let all: Option<Vec<Channel>> = found(self.look(As::App, "v1/channels", &[("slug", slug)]).await)?;
        let first = all.and_then(|all| all.into_iter().next());
        Ok(first.map(|one| Who { id: one.broadcaster_user_id.to_string(), name: one.slug.clone(), login: one.slug }))
    }

    /// What is live of these, by their ids; who is not there is not live.
    pub async fn livestreams(&self, ids: &[&str]) -> Answered<Vec<Livestream>> {
        let mut all = Vec::new();
        for ids in ids.chunks(AT_ONCE) {
            let query: Vec<(&str, &str)> = ids.iter().map(|id| ("broadcaster_user_id", *id)).collect();
            for raw in self.look::<Vec<Raw>>(As::App, "v2/livestreams", &query).await? {
                all.push(Livestream {
                    user: raw.broadcaster_user_id.to_string(),
                    title: raw.stream_title,
                    category: raw.category.map(|category| category.name).unwrap_or_default(),
                    tags: raw.custom_tags,
                    viewers: raw.viewer_count,
                    started: moment(&raw.started_at).ok_or(Failure::NotUnderstood("it says no time"))?,
                    picture: raw.thumbnail.filter(|picture| picture.starts_with("https://")),
                });
            }
        }
        Ok(all)
    }
}
