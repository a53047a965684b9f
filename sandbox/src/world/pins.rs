//! Pins: 250 a channel, and since 2026-02-23 with a permission of their own.

use super::messages::{Message, PINNED};
use super::permissions::{PIN_MESSAGES, READ_MESSAGE_HISTORY};
use super::{Audience, World};
use crate::clock::Millis;
use crate::errors::{Answer, ApiError};
use crate::snowflake::Id;
use serde_json::{Value, json};

/// Pins a channel may have.
const PINS: usize = 250;

impl World {
    pub(crate) fn pin(&mut self, channel: Id, id: Id, actor: Id) -> Answer<()> {
        self.may_pin(channel, id, actor)?;
        let pinned =
            self.messages.get(&channel).map_or(0, |all| all.values().filter(|one| one.pinned_at.is_some()).count());
        if self.message(channel, id)?.pinned_at.is_some() {
            return Ok(());
        }
        if pinned >= PINS {
            let words = format!("Maximum number of pins reached for the channel ({PINS})");
            return Err(ApiError::new(400, 30003, &words).breaks("channel.pins"));
        }
        let now = self.now;
        let message = self.message_mut(channel, id)?;
        message.pinned_at = Some(now);
        let message = message.clone();
        self.replace(message);
        self.tell_pins(channel);
        let notice = Message { channel, author: actor, kind: PINNED, reply_to: Some(id), ..Message::default() };
        self.publish(notice);
        Ok(())
    }

    pub(crate) fn unpin(&mut self, channel: Id, id: Id, actor: Id) -> Answer<()> {
        self.may_pin(channel, id, actor)?;
        let message = self.message_mut(channel, id)?;
        if message.pinned_at.take().is_some() {
            let message = message.clone();
            self.replace(message);
            self.tell_pins(channel);
        }
        Ok(())
    }

    /// Pinned messages, newest pin first, each with when it was pinned.
    pub(crate) fn pins(&self, channel: Id, account: Id) -> Answer<Vec<(Millis, Value)>> {
        self.channel_for(channel, account, 0)?;
        if self.permissions(account, channel) & READ_MESSAGE_HISTORY == 0 {
            return Ok(Vec::new());
        }
        let all = self.messages.get(&channel).into_iter().flat_map(|messages| messages.values());
        let mut pins: Vec<_> = all.filter_map(|one| Some((one.pinned_at?, self.message_read(one, account)))).collect();
        pins.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        Ok(pins)
    }

    fn may_pin(&self, channel: Id, id: Id, actor: Id) -> Answer<()> {
        self.channel_for(channel, actor, PIN_MESSAGES)?;
        let message = self.message_for(channel, id, actor)?;
        self.is_awake(channel)?;
        if message.is_system() { Err(ApiError::system_message()) } else { Ok(()) }
    }

    fn tell_pins(&mut self, channel: Id) {
        let now = self.iso_now();
        let Some(place) = self.channels.get_mut(&channel) else { return };
        place.last_pin = Some(now.clone());
        let guild = place.guild.map(|id| id.to_string());
        let data = json!({"guild_id": guild, "channel_id": channel.to_string(), "last_pin_timestamp": now});
        self.tell("CHANNEL_PINS_UPDATE", Audience::Channel(channel), data);
    }
}
