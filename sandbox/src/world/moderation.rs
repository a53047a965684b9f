//! Kicks and bans: each with its own permission, and only below one's own rank. Nobody removes the owner.

use super::permissions::{BAN_MEMBERS, Bits, KICK_MEMBERS};
use super::{Audience, World};
use crate::errors::{Answer, ApiError, Form, Unknown};
use crate::snowflake::{self, Id};
use serde_json::{Value, json};

/// Messages of the last week can be deleted along with a ban.
const REACH: i64 = 604_800;

impl World {
    pub(crate) fn kick(&mut self, guild: Id, actor: Id, user: Id) -> Answer<()> {
        self.may_remove(guild, actor, user, KICK_MEMBERS)?;
        self.member(guild, user)?;
        self.part(guild, user);
        Ok(())
    }

    /// Bans somebody, who need not be a member.
    pub(crate) fn ban(&mut self, guild: Id, actor: Id, user: Id, body: &Value) -> Answer<()> {
        let mut form = Form::default();
        form.number("ban.reach", "", body, "delete_message_seconds", (0, REACH));
        form.number("ban.reach", "", body, "delete_message_days", (0, 7));
        form.finish()?;
        self.may_remove(guild, actor, user, BAN_MEMBERS)?;
        if !self.users.contains_key(&user) {
            return Err(ApiError::unknown(Unknown::User));
        }
        let number = |field: &str| body.get(field).and_then(Value::as_u64).unwrap_or(0);
        let reach = number("delete_message_seconds").max(number("delete_message_days") * 86_400) * 1000;
        self.part(guild, user);
        if let Some(home) = self.guilds.get_mut(&guild) {
            home.bans.insert(user);
        }
        let data = json!({"guild_id": guild.to_string(), "user": self.user_json(user)});
        self.tell("GUILD_BAN_ADD", Audience::Guild(guild), data);
        self.forget_words(guild, user, reach);
        Ok(())
    }

    pub(crate) fn unban(&mut self, guild: Id, actor: Id, user: Id) -> Answer<()> {
        self.guild_of(guild, actor)?;
        Self::needs(self.guild_permissions(guild, actor), BAN_MEMBERS)?;
        let lifted = self.guilds.get_mut(&guild).is_some_and(|home| home.bans.remove(&user));
        if !lifted {
            return Err(ApiError::unknown(Unknown::Ban));
        }
        let data = json!({"guild_id": guild.to_string(), "user": self.user_json(user)});
        self.tell("GUILD_BAN_REMOVE", Audience::Guild(guild), data);
        Ok(())
    }

    /// Everybody who is banned, or one of them.
    pub(crate) fn bans(&self, guild: Id, actor: Id) -> Answer<Vec<(Id, Value)>> {
        let home = self.guild_of(guild, actor)?;
        Self::needs(self.guild_permissions(guild, actor), BAN_MEMBERS)?;
        let bans = home.bans.iter();
        Ok(bans.map(|user| (*user, json!({"reason": null, "user": self.user_json(*user)}))).collect())
    }

    fn may_remove(&self, guild: Id, actor: Id, user: Id, permission: Bits) -> Answer<()> {
        self.guild_of(guild, actor)?;
        Self::needs(self.guild_permissions(guild, actor), permission)?;
        let member = self.guild(guild)?.members.contains_key(&user);
        let below = self.rank(guild, user) < self.rank(guild, actor);
        if user == actor || (member && !below) { Err(ApiError::missing_permissions()) } else { Ok(()) }
    }

    /// A member goes: out of the guild and out of its threads.
    fn part(&mut self, guild: Id, user: Id) {
        let Some(home) = self.guilds.get_mut(&guild) else { return };
        if home.members.remove(&user).is_none() {
            return;
        }
        for channel in self.channels.values_mut().filter(|channel| channel.guild == Some(guild)) {
            if let Some(thread) = &mut channel.thread {
                thread.members.remove(&user);
            }
        }
        let data = json!({"guild_id": guild.to_string(), "user": self.user_json(user)});
        self.tell("GUILD_MEMBER_REMOVE", Audience::Guild(guild), data);
        if user == self.application.id {
            self.tell("GUILD_DELETE", Audience::Bot(Some(guild)), json!({"id": guild.to_string()}));
        }
    }

    fn forget_words(&mut self, guild: Id, user: Id, reach: u64) {
        let since = self.now.saturating_sub(reach);
        let written: Vec<(Id, Id)> = self
            .messages
            .iter()
            .filter(|(channel, _)| self.channels.get(channel).is_some_and(|place| place.guild == Some(guild)))
            .flat_map(|(channel, messages)| messages.values().map(|message| (*channel, message)))
            .filter(|(_, message)| message.author == user && snowflake::made_at(message.id) > since)
            .map(|(channel, message)| (channel, message.id))
            .collect();
        for (channel, message) in written {
            // It was found a moment ago under the same lock.
            let _ = self.erase(channel, message);
        }
    }
}
