//! A channel as its streamer manages it: title, category and tags, and what is said in its chat.
//!
//! **Invariant:** that nothing is live is an answer, and so is that a message was taken and not shown.

use base::Secret;

use crate::{Answered, Platform, Platforms};

/// How a channel is described.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Channel {
    /// Its title.
    pub title: String,
    /// Its category; none where none is chosen.
    pub category: Option<Category>,
    /// Its tags.
    pub tags: Vec<String>,
}

/// What is streamed: a game, or talking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its id there.
    pub id: String,
    /// Its name there.
    pub name: String,
}

/// What of it changes; the rest stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Change<'a> {
    /// Its title.
    pub title: Option<&'a str>,
    /// Its category's id.
    pub category: Option<&'a str>,
    /// Its tags, all of them.
    pub tags: Option<&'a [String]>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It is in the chat.
    Shown,
    /// It was taken and is not shown, for this reason.
    Dropped(String),
}

impl Platforms {
    /// How somebody's channel is described; none where only what is live is, and nothing is.
    pub async fn channel(&self, platform: Platform, token: &Secret, id: &str) -> Answered<Option<Channel>> {
        match platform {
            Platform::Twitch => self.twitch()?.channel(token, id).await,
            Platform::YouTube => self.youtube.channel(token).await,
            Platform::Kick => self.kick()?.channel(token).await,
            Platform::Spotify => Ok(None),
        }
    }

    /// Describes it anew. None where only what is live can be, and nothing is.
    pub async fn change(
        &self,
        platform: Platform,
        token: &Secret,
        id: &str,
        change: &Change<'_>,
    ) -> Answered<Option<()>> {
        match platform {
            Platform::Twitch => self.twitch()?.change(token, id, change).await.map(Some),
            Platform::YouTube => self.youtube.change(token, change).await,
            Platform::Kick => self.kick()?.change(token, change).await.map(Some),
            Platform::Spotify => Ok(None),
        }
    }

    /// Categories whose names are like this.
    pub async fn categories(&self, platform: Platform, token: &Secret, like: &str) -> Answered<Vec<Category>> {
        match platform {
            Platform::Twitch => self.twitch()?.categories(token, like).await,
            Platform::YouTube => self.youtube.categories(token).await,
            Platform::Kick => self.kick()?.categories(token, like).await,
            Platform::Spotify => Ok(Vec::new()),
        }
    }

    /// Says something in somebody's own chat. None where there is a chat only of what is live, and nothing is.
    pub async fn say(&self, platform: Platform, token: &Secret, id: &str, text: &str) -> Answered<Option<Said>> {
        match platform {
            Platform::Twitch => self.twitch()?.say(token, id, text).await.map(Some),
            Platform::YouTube => self.youtube.say(token, text).await,
            Platform::Kick => self.kick()?.say(token, id, text).await.map(Some),
            Platform::Spotify => Ok(None),
        }
    }
}
