//! The `resolved` part of an interaction: full objects for the ids in it.

use super::World;
use super::interactions::Ask;
use crate::errors::{Answer, ApiError};
use crate::snowflake::Id;
use serde_json::{Map, Value, json};

#[derive(Debug, Default)]
pub(crate) struct Resolved(Map<String, Value>);

impl Resolved {
    fn put(&mut self, kind: &str, id: Id, value: Value) {
        let slot = self.0.entry(kind).or_insert_with(|| json!({}));
        slot[id.to_string().as_str()] = value;
    }

    /// The finished object; `None` when nothing was referred to.
    pub(crate) fn json(self) -> Option<Value> {
        (!self.0.is_empty()).then_some(Value::Object(self.0))
    }
}

impl World {
    pub(crate) fn resolve_user(&self, ask: &Ask<'_>, into: &mut Resolved, path: &str, id: Id) -> Answer<()> {
        if !self.users.contains_key(&id) {
            return Err(unknown(path, "USER", "Unknown User"));
        }
        into.put("users", id, self.user_json(id));
        if let Some(mut member) = ask.guild.and_then(|guild| self.partial_member(guild, id)) {
            member["permissions"] = json!(self.permissions(id, ask.channel).to_string());
            into.put("members", id, member);
        }
        Ok(())
    }

    pub(crate) fn resolve_role(&self, ask: &Ask<'_>, into: &mut Resolved, path: &str, id: Id) -> Answer<()> {
        let role = ask.guild.and_then(|guild| self.role(guild, id).ok());
        let role = role.ok_or_else(|| unknown(path, "ROLE", "Unknown Role"))?;
        into.put("roles", id, role.json());
        Ok(())
    }

    pub(crate) fn resolve_mentionable(&self, ask: &Ask<'_>, into: &mut Resolved, path: &str, id: Id) -> Answer<()> {
        self.resolve_user(ask, into, path, id).or_else(|_| self.resolve_role(ask, into, path, id))
    }

    /// `kinds` empty means every kind of channel.
    pub(crate) fn resolve_channel(
        &self,
        ask: &Ask<'_>,
        into: &mut Resolved,
        (path, kinds): (&str, &[Value]),
        id: Id,
    ) -> Answer<()> {
        let found = self.channels.get(&id).filter(|channel| channel.guild == ask.guild && self.can_see(ask.user, id));
        let found = found.ok_or_else(|| unknown(path, "CHANNEL", "Unknown Channel"))?;
        if !kinds.is_empty() && !kinds.iter().any(|kind| *kind == found.kind) {
            return Err(ApiError::field(path, "CHANNEL_TYPE_INVALID", "Channel type is invalid"));
        }
        into.put("channels", id, self.channel_seen_by(id, ask.user));
        Ok(())
    }

    pub(crate) fn resolve_message(&self, ask: &Ask<'_>, into: &mut Resolved, id: Id) -> Answer<()> {
        let message = self.message_for(ask.channel, id, ask.user)?;
        into.put("messages", id, self.message_json(message, self.application.id));
        Ok(())
    }

    pub(crate) fn resolve_attachment(&self, into: &mut Resolved, id: Id) {
        if let Some(file) = self.attachments.get(&id) {
            into.put("attachments", id, file.json());
        }
    }
}

fn unknown(path: &str, kind: &str, words: &str) -> ApiError {
    ApiError::field(path, &format!("{kind}_UNKNOWN"), words)
}
