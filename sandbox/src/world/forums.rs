//! Forums: every post is a thread that begins with a message of the same id.

use super::World;
use super::channels::{Channel, FORUM, PUBLIC_THREAD};
use super::messages::{DEFAULT, Draft, Message};
use super::permissions::{ATTACH_FILES, EMBED_LINKS, SEND_MESSAGES};
use crate::errors::{Answer, ApiError};
use crate::rules::channels::{self, Name, REQUIRE_TAG, check_applied};
use crate::rules::list;
use crate::snowflake::{self, Id};
use serde_json::{Value, json};

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

    /// New tags of a forum get their ids; what was left out of one is filled in.
    pub(super) fn number_tags(&mut self, channel: &mut Channel) {
        let Some(Value::Array(tags)) = channel.settings.get_mut("available_tags") else { return };
        for tag in tags {
            if tag.get("id").and_then(snowflake::parse).is_none() {
                tag["id"] = json!(self.next_id().to_string());
            }
            for (field, otherwise) in
                [("moderated", json!(false)), ("emoji_id", json!(null)), ("emoji_name", json!(null))]
            {
                if tag.get(field).is_none() {
                    tag[field] = otherwise;
                }
            }
        }
    }

    /// The tags a post wants must be its forum's.
    pub(super) fn check_tags(&self, forum: Id, wanted: &[Value]) -> Answer<()> {
        let settings = self.channels.get(&forum).map(|forum| &forum.settings);
        let known = settings.and_then(|all| all.get("available_tags")).and_then(Value::as_array);
        let flags = settings.and_then(|all| all.get("flags")).and_then(Value::as_u64).unwrap_or(0);
        check_applied(wanted, known.map(Vec::as_slice).unwrap_or_default(), flags & REQUIRE_TAG != 0)
    }
}
