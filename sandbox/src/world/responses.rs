//! The bot's answers to interactions: the callback, then what its token may still do.

use super::interactions::{
    ACKNOWLEDGE_WITHIN, AUTOCOMPLETE, COMMAND, COMPONENT, Interaction, MEASURED, MODAL_SUBMIT, TOKEN_LASTS,
};
use super::messages::{CHAT_INPUT_COMMAND, CONTEXT_MENU_COMMAND, DEFAULT, Draft, EPHEMERAL, LOADING, Message, REPLY};
use super::{Audience, World};
use crate::errors::{Answer, ApiError, Unknown};
use crate::rules;
use crate::snowflake::Id;
use serde_json::{Value, json};

const MESSAGE: u64 = 4;
const DEFERRED_MESSAGE: u64 = 5;
const DEFERRED_UPDATE: u64 = 6;
const UPDATE: u64 = 7;
const CHOICES: u64 = 8;
const MODAL: u64 = 9;
const LAUNCH_ACTIVITY: u64 = 12;

/// Which of an interaction's messages is meant.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which {
    Original,
    Followup(Id),
}

impl World {
    /// The bot acknowledges. Returns the body of the answer, which is only sent when it was asked for.
    pub(crate) fn respond(&mut self, id: Id, token: &str, draft: Draft) -> Answer<Value> {
        let unknown = || ApiError::unknown(Unknown::Interaction);
        let found = self.interactions.get(&id).filter(|found| found.token == token).ok_or_else(unknown)?;
        if found.acked.is_some() {
            let again = ApiError::new(400, 40060, "Interaction has already been acknowledged.");
            return Err(if found.excused { again } else { again.breaks("interaction.acknowledged_twice") });
        }
        if self.now > found.made_at + ACKNOWLEDGE_WITHIN {
            // What reached it late, or what a fault held up, it could not acknowledge in time.
            let blamed = found.delivered && !found.excused;
            return Err(if blamed { unknown().breaks("interaction.acknowledged_late") } else { unknown() });
        }
        let callback = draft.body.get("type").and_then(Value::as_u64).unwrap_or(0);
        let fitting: &[u64] = match found.kind {
            COMMAND => &[MESSAGE, DEFERRED_MESSAGE, MODAL, LAUNCH_ACTIVITY],
            COMPONENT => &[MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, MODAL, LAUNCH_ACTIVITY],
            AUTOCOMPLETE => &[CHOICES],
            MODAL_SUBMIT if found.source.is_some() => &[MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE],
            _ => &[MESSAGE, DEFERRED_MESSAGE],
        };
        if !fitting.contains(&callback) {
            let known: Vec<_> = fitting.iter().map(ToString::to_string).collect();
            let words = format!("Value must be one of {{{}}}.", known.join(", "));
            return Err(ApiError::field("type", "BASE_TYPE_CHOICES", &words).breaks("interaction.callback_type"));
        }
        if callback == LAUNCH_ACTIVITY {
            return Err(ApiError::unsupported("activities"));
        }
        let needs_data = matches!(callback, MESSAGE | UPDATE | CHOICES | MODAL);
        if needs_data && !draft.body.get("data").is_some_and(Value::is_object) {
            let required = ApiError::field("data", "BASE_TYPE_REQUIRED", "This field is required");
            return Err(required.breaks("interaction.data"));
        }
        let data = draft.body.get("data").cloned().unwrap_or_else(|| json!({}));
        let draft = Draft { body: data, files: draft.files };
        let message = self.acknowledge(id, callback, draft)?;
        let interaction = self.interaction_mut(id)?;
        interaction.acked = Some(callback);
        let (user, nonce, took) = (interaction.user, interaction.nonce.clone(), interaction.made.elapsed());
        if self.acknowledged.len() == MEASURED {
            self.acknowledged.pop_front();
        }
        self.acknowledged.push_back(took);
        self.tell("INTERACTION_SUCCESS", Audience::User(user), json!({"id": id.to_string(), "nonce": nonce}));
        self.callback_answer(id, callback, message)
    }

    fn acknowledge(&mut self, id: Id, callback: u64, draft: Draft) -> Answer<Option<Value>> {
        match callback {
            MESSAGE => self.answer(id, draft).map(Some).map_err(|error| error.within("data")),
            DEFERRED_MESSAGE => {
                if let Some((rule, detail)) = rules::message::check_deferred(&draft.body)? {
                    self.accuse(rule, detail);
                }
                let mut message = self.blank_answer(id, &draft.body)?;
                message.flags |= LOADING;
                // What is still loading is no resource yet: the answer to the callback only names it.
                self.publish_answer(id, message).map(|_| None)
            }
            DEFERRED_UPDATE => {
                let interaction = self.interaction_mut(id)?;
                interaction.original = interaction.source;
                Ok(None)
            }
            UPDATE => {
                let interaction = self.interaction_mut(id)?;
                let (channel, source) = (interaction.channel, interaction.source.unwrap_or(0));
                let json = self.rewrite(channel, source, draft).map_err(|error| error.within("data"))?;
                self.interaction_mut(id)?.original = Some(source);
                Ok(Some(json))
            }
            CHOICES => {
                let interaction = self.interaction_mut(id)?;
                rules::choices::check(&draft.body, interaction.focused_kind)?;
                let (user, nonce) = (interaction.user, interaction.nonce.clone());
                let data = json!({"choices": draft.body["choices"], "nonce": nonce});
                self.tell("APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE", Audience::User(user), data);
                Ok(None)
            }
            _ => {
                rules::modals::check(&draft.body)?;
                self.show_modal(id, draft.body)?;
                Ok(None)
            }
        }
    }

    fn show_modal(&mut self, id: Id, modal: Value) -> Answer<()> {
        let (application, name) = (self.application.id.to_string(), self.application.name.clone());
        let bot = self.user_json(self.application.id);
        let interaction = self.interaction_mut(id)?;
        let data = json!({
            "id": id.to_string(), "nonce": interaction.nonce, "channel_id": interaction.channel.to_string(),
            "application": {"id": application, "name": name, "icon": null, "description": "", "bot": bot},
            "custom_id": modal["custom_id"], "title": modal["title"], "components": modal["components"],
        });
        interaction.modal = Some(modal);
        let user = interaction.user;
        self.tell("INTERACTION_MODAL_CREATE", Audience::User(user), data);
        Ok(())
    }

    fn answer(&mut self, id: Id, draft: Draft) -> Answer<Value> {
        let mut message = self.blank_answer(id, &draft.body)?;
        self.compose(&mut message, draft)?;
        self.publish_answer(id, message)
    }

    fn publish_answer(&mut self, id: Id, message: Message) -> Answer<Value> {
        let json = self.publish(message);
        let original = json.get("id").and_then(crate::snowflake::parse);
        self.interaction_mut(id)?.original = original;
        Ok(json)
    }

    /// An empty message of the bot's that answers an interaction.
    fn blank_answer(&self, id: Id, body: &Value) -> Answer<Message> {
        let found = self.interactions.get(&id).ok_or_else(|| ApiError::unknown(Unknown::Interaction))?;
        let ephemeral = body.get("flags").and_then(Value::as_u64).unwrap_or(0) & EPHEMERAL;
        let kind = match (found.kind, found.command_kind) {
            (COMMAND, 1) => CHAT_INPUT_COMMAND,
            (COMMAND, _) => CONTEXT_MENU_COMMAND,
            _ if found.source.is_some() => REPLY,
            _ => DEFAULT,
        };
        Ok(Message {
            channel: found.channel,
            author: self.application.id,
            kind,
            flags: ephemeral,
            visible_to: (ephemeral != 0).then_some(found.user),
            reply_to: found.source,
            interaction: Some(found.metadata.clone()),
            ..Message::default()
        })
    }

    fn callback_answer(&self, id: Id, callback: u64, message: Option<Value>) -> Answer<Value> {
        let found = self.interactions.get(&id).ok_or_else(|| ApiError::unknown(Unknown::Interaction))?;
        let mut interaction =
            json!({"id": id.to_string(), "type": found.kind, "channel_id": found.channel.to_string()});
        if let Some(guild) = found.guild {
            interaction["guild_id"] = json!(guild.to_string());
        }
        if let Some(original) = found.original.and_then(|original| self.message(found.channel, original).ok()) {
            interaction["response_message_id"] = json!(original.id.to_string());
            interaction["response_message_loading"] = json!(original.flags & LOADING != 0);
            interaction["response_message_ephemeral"] = json!(original.visible_to.is_some());
        }
        let mut answer = json!({"interaction": interaction});
        if let Some(message) = message {
            answer["resource"] = json!({"type": callback, "message": message});
        }
        Ok(answer)
    }

    /// The interaction a webhook route's token stands for, if it may still be used.
    fn usable(&self, application: Id, token: &str) -> Answer<&Interaction> {
        let invalid = || ApiError::new(401, 50027, "Invalid Webhook Token").breaks("interaction.token");
        let found = self.by_token(token).ok_or_else(invalid)?;
        if self.now > found.made_at + TOKEN_LASTS {
            return Err(invalid());
        }
        if application != self.application.id || found.acked.is_none() || found.kind == AUTOCOMPLETE {
            return Err(ApiError::unknown(Unknown::Webhook));
        }
        Ok(found)
    }

    fn located(&self, application: Id, token: &str, which: Which) -> Answer<(Id, Id, Id)> {
        let found = self.usable(application, token)?;
        let message = match which {
            Which::Original => found.original,
            Which::Followup(id) => Some(id).filter(|id| found.followups.contains(id) || found.original == Some(*id)),
        };
        let message = message.ok_or_else(|| ApiError::unknown(Unknown::Message))?;
        self.message(found.channel, message)?;
        Ok((found.id, found.channel, message))
    }

    pub(crate) fn answer_read(&self, application: Id, token: &str, which: Which) -> Answer<Value> {
        let (_, channel, id) = self.located(application, token, which)?;
        Ok(self.message_json(self.message(channel, id)?, self.application.id))
    }

    pub(crate) fn answer_edit(&mut self, application: Id, token: &str, which: Which, draft: Draft) -> Answer<Value> {
        let (_, channel, id) = self.located(application, token, which)?;
        self.rewrite(channel, id, draft)
    }

    pub(crate) fn answer_delete(&mut self, application: Id, token: &str, which: Which) -> Answer<()> {
        let (interaction, channel, id) = self.located(application, token, which)?;
        self.erase(channel, id)?;
        let interaction = self.interaction_mut(interaction)?;
        interaction.followups.retain(|one| *one != id);
        interaction.original = interaction.original.filter(|one| *one != id);
        Ok(())
    }

    /// Sends one more message. The first one after a deferral becomes the deferred answer itself, as on Discord.
    pub(crate) fn follow_up(&mut self, application: Id, token: &str, draft: Draft) -> Answer<Value> {
        let found = self.usable(application, token)?;
        let (id, channel, original) = (found.id, found.channel, found.original);
        let loading = original.filter(|one| self.message(channel, *one).is_ok_and(|one| one.flags & LOADING != 0));
        if let Some(loading) = loading {
            return self.rewrite(channel, loading, draft);
        }
        let mut message = self.blank_answer(id, &draft.body)?;
        message.reply_to = original;
        message.kind = if original.is_some() { REPLY } else { DEFAULT };
        if let (Some(original), Some(metadata)) = (original, &mut message.interaction) {
            metadata["original_response_message_id"] = json!(original.to_string());
        }
        self.compose(&mut message, draft)?;
        let json = self.publish(message);
        let made = json.get("id").and_then(crate::snowflake::parse);
        self.interaction_mut(id)?.followups.extend(made);
        Ok(json)
    }
}
