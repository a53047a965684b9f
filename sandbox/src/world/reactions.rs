//! Reactions to messages.

use super::permissions::{ADD_REACTIONS, MANAGE_MESSAGES, READ_MESSAGE_HISTORY};
use super::{Audience, World};
use crate::errors::{Answer, ApiError, Unknown};
use crate::rules::emoji::is_unicode;
use crate::snowflake::Id;
use serde_json::{Value, json};

/// Different emoji a message may carry.
const KINDS: usize = 20;

#[derive(Debug, Clone)]
pub(crate) struct Reaction {
    pub(crate) emoji: Emoji,
    pub(crate) users: Vec<Id>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Emoji {
    name: String,
}

impl Emoji {
    /// Reads the route's form: the character itself, or `name:id`. The guild has no custom emoji, so none of them is known.
    pub(crate) fn parse(text: &str) -> Answer<Self> {
        if is_unicode(text) {
            Ok(Self { name: text.to_owned() })
        } else {
            Err(ApiError::unknown(Unknown::Emoji).breaks("reaction.emoji"))
        }
    }

    fn json(&self) -> Value {
        json!({"id": null, "name": self.name})
    }
}

impl Reaction {
    pub(crate) fn json(&self, viewer: Id) -> Value {
        json!({
            "emoji": self.emoji.json(), "count": self.users.len(), "me": self.users.contains(&viewer), "me_burst": false,
            "count_details": {"burst": 0, "normal": self.users.len()}, "burst_colors": [],
        })
    }
}

impl World {
    pub(crate) fn react(&mut self, channel: Id, id: Id, actor: Id, emoji: &Emoji) -> Answer<()> {
        self.channel_for(channel, actor, READ_MESSAGE_HISTORY)?;
        let message = self.message_for(channel, id, actor)?;
        self.is_awake(channel)?;
        let known = message.reactions.iter().any(|reaction| reaction.emoji == *emoji);
        if !known {
            self.channel_for(channel, actor, ADD_REACTIONS)?;
            if message.reactions.len() >= KINDS {
                return Err(
                    ApiError::new(400, 30010, "Maximum number of reactions reached (20)").breaks("message.reactions")
                );
            }
        }
        let message = self.message_mut(channel, id)?;
        let author = message.author;
        match message.reactions.iter_mut().find(|reaction| reaction.emoji == *emoji) {
            Some(reaction) if reaction.users.contains(&actor) => return Ok(()),
            Some(reaction) => reaction.users.push(actor),
            None => message.reactions.push(Reaction { emoji: emoji.clone(), users: vec![actor] }),
        }
        let mut data = self.reaction_event(channel, id, emoji);
        data["user_id"] = json!(actor.to_string());
        data["message_author_id"] = json!(author.to_string());
        data["burst"] = json!(false);
        data["type"] = json!(0);
        if let Some(guild) = self.channels.get(&channel).and_then(|place| place.guild) {
            data["member"] = self.member_json(guild, actor).into();
        }
        self.tell("MESSAGE_REACTION_ADD", Audience::Channel(channel), data);
        Ok(())
    }

    pub(crate) fn unreact(&mut self, channel: Id, id: Id, actor: Id, (user, emoji): (Id, &Emoji)) -> Answer<()> {
        self.channel_for(channel, actor, if user == actor { 0 } else { MANAGE_MESSAGES })?;
        self.message_for(channel, id, actor)?;
        self.is_awake(channel)?;
        let message = self.message_mut(channel, id)?;
        let found = message.reactions.iter_mut().find(|reaction| reaction.emoji == *emoji);
        let found = found.ok_or_else(|| ApiError::unknown(Unknown::Emoji))?;
        found.users.retain(|one| *one != user);
        message.reactions.retain(|reaction| !reaction.users.is_empty());
        let mut data = self.reaction_event(channel, id, emoji);
        data["user_id"] = json!(user.to_string());
        data["burst"] = json!(false);
        data["type"] = json!(0);
        self.tell("MESSAGE_REACTION_REMOVE", Audience::Channel(channel), data);
        Ok(())
    }

    /// Removes every reaction, or every one with an emoji.
    pub(crate) fn clear_reactions(&mut self, channel: Id, id: Id, actor: Id, only: Option<&Emoji>) -> Answer<()> {
        self.channel_for(channel, actor, MANAGE_MESSAGES)?;
        self.message_for(channel, id, actor)?;
        self.is_awake(channel)?;
        self.message_mut(channel, id)?.reactions.retain(|reaction| only.is_some_and(|emoji| reaction.emoji != *emoji));
        let mut data = self.reaction_place(channel, id);
        let name = if let Some(emoji) = only {
            data["emoji"] = emoji.json();
            "MESSAGE_REACTION_REMOVE_EMOJI"
        } else {
            "MESSAGE_REACTION_REMOVE_ALL"
        };
        self.tell(name, Audience::Channel(channel), data);
        Ok(())
    }

    pub(crate) fn reactors(&self, channel: Id, id: Id, account: Id, emoji: &Emoji) -> Answer<Vec<(Id, Value)>> {
        self.channel_for(channel, account, READ_MESSAGE_HISTORY)?;
        let message = self.message_for(channel, id, account)?;
        let found = message.reactions.iter().find(|reaction| reaction.emoji == *emoji);
        let found = found.ok_or_else(|| ApiError::unknown(Unknown::Emoji))?;
        Ok(found.users.iter().map(|user| (*user, self.user_json(*user))).collect())
    }

    fn reaction_event(&self, channel: Id, id: Id, emoji: &Emoji) -> Value {
        let mut data = self.reaction_place(channel, id);
        data["emoji"] = emoji.json();
        data
    }

    fn reaction_place(&self, channel: Id, id: Id) -> Value {
        let guild = self.channels.get(&channel).and_then(|place| place.guild);
        let mut data = json!({"channel_id": channel.to_string(), "message_id": id.to_string()});
        if let Some(guild) = guild {
            data["guild_id"] = json!(guild.to_string());
        }
        data
    }
}
