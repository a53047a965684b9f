//! What a new message refers to: the message it answers, or the twin an enforced nonce finds.

use super::World;
use super::messages::Message;
use super::permissions::READ_MESSAGE_HISTORY;
use crate::clock::Millis;
use crate::errors::{Answer, ApiError, Form};
use crate::rules::types::given;
use crate::snowflake::{self, Id};
use serde_json::Value;

/// How long `enforce_nonce` remembers a nonce.
const NONCE_LASTS: Millis = 5 * 60 * 1000;
const FORWARD: u64 = 1;

impl World {
    /// A message with the same nonce by the same author, written a moment ago.
    pub(crate) fn twin(&self, channel: Id, author: Id, body: &Value) -> Option<&Message> {
        let nonce = given(body, "nonce")?;
        body.get("enforce_nonce").and_then(Value::as_bool).filter(|enforced| *enforced)?;
        let recent = self.now.saturating_sub(NONCE_LASTS);
        let all = self.messages.get(&channel)?.values().rev();
        all.take_while(|one| snowflake::made_at(one.id) >= recent)
            .find(|one| one.author == author && one.nonce.as_ref() == Some(nonce))
    }

    pub(crate) fn referenced(&self, channel: Id, author: Id, body: &Value) -> Answer<Option<Id>> {
        let Some(reference) = given(body, "message_reference") else { return Ok(None) };
        check(body, reference)?;
        if reference.get("type").and_then(Value::as_u64) == Some(FORWARD) {
            return Err(ApiError::unsupported("forwarding messages"));
        }
        if self.permissions(author, channel) & READ_MESSAGE_HISTORY == 0 {
            return Err(ApiError::new(403, 160_002, "Cannot reply without permission to read message history"));
        }
        let refused = |code: &str, words: &str| ApiError::field("message_reference", code, words);
        if reference.get("channel_id").and_then(snowflake::parse).is_some_and(|other| other != channel) {
            let words = "Cannot reply to a message in a different channel";
            return Err(refused("MESSAGE_REFERENCE_DIFFERENT_CHANNEL", words).breaks("reply.channel"));
        }
        let id = reference.get("message_id").and_then(snowflake::parse);
        match id.and_then(|id| self.message_for(channel, id, author).ok()) {
            Some(found) if found.is_system() => {
                let words = "Cannot reply to a system message";
                Err(refused("REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", words).breaks("reply.system"))
            }
            Some(found) => Ok(Some(found.id)),
            None if reference.get("fail_if_not_exists") == Some(&Value::Bool(false)) => Ok(None),
            // The message may have been deleted meanwhile, so this is no broken rule.
            None => Err(refused("MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")),
        }
    }
}

fn check(body: &Value, reference: &Value) -> Answer<()> {
    let (mut form, at) = (Form::default(), "message_reference");
    form.object("", body, at);
    form.choice("reply.type", at, reference, "type", &[0, FORWARD]);
    form.boolean(at, reference, "fail_if_not_exists");
    if given(reference, "message_id").is_none() {
        form.required("message_reference.message_id");
    }
    for field in ["message_id", "channel_id", "guild_id"] {
        form.snowflake(at, reference, field);
    }
    form.finish()
}
