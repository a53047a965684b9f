//! Forums: every post is a thread that begins with a message of the same id.

use super::World;
use super::channels::{FORUM, PUBLIC_THREAD};
use super::messages::{DEFAULT, Draft, Message};
use super::permissions::{ATTACH_FILES, EMBED_LINKS, SEND_MESSAGES};
use crate::errors::{Answer, ApiError};
use crate::rules::channels::{self, Name};
use crate::rules::list;
use crate::snowflake::Id;
use serde_json::Value;

impl World {
    pub(crate) fn is_forum(&self, id: Id) -> bool {
        self.channels.get(&id).is_some_and(|channel| channel.kind == FORUM)
    }

    /// Writes a post: the thread and its first message, or neither.
    pub(crate) fn create_post(&mut self, forum: Id, author: Id, draft: Draft) -> Answer<Value> {
        self.channel_for(forum, author, SEND_MESSAGES)?;
        let Draft { body, files } = draft;
        channels::check_thread(&body, Name::Needed)?;
        let Some(first) = body.get("message").filter(|message| message.is_object()).cloned() else {
            let required = ApiError::field("message", "BASE_TYPE_REQUIRED", "This field is required");
            return Err(required.breaks("field.required"));
        };
        if !files.is_empty() {
            self.channel_for(forum, author, ATTACH_FILES)?;
        }
        if !list(&first, "embeds").is_empty() {
            self.channel_for(forum, author, EMBED_LINKS)?;
        }
        self.check_tags(forum, list(&body, "applied_tags"))?;
        self.wait_turn(forum, author)?;
        let id = self.next_id();
        // Written as if into the forum: whom it mentions is decided there, and the thread exists only once the message may.
        let mut message = Message { channel: forum, author, kind: DEFAULT, ..Message::default() };
        self.compose(&mut message, Draft { body: first, files }).map_err(|error| error.within("message"))?;
        let mut answer = self.open_new_thread(forum, author, (id, PUBLIC_THREAD), &body)?;
        (message.id, message.channel) = (id, id);
        answer["message"] = self.publish_as(message);
        Ok(answer)
    }
}
