//! Members of guilds: their roles, names and time-outs.

use super::faces::Face;
use super::guilds::Guild;
use super::permissions::{ADMINISTRATOR, CHANGE_NICKNAME, MANAGE_NICKNAMES, MODERATE_MEMBERS};
use super::{Audience, World};
use crate::clock::{self, Millis};
use crate::errors::{Answer, ApiError, Form, Unknown};
use crate::rules::list;
use crate::rules::types::given;
use crate::snowflake::{self, Id};
use serde_json::{Value, json};

/// A time-out lasts at most 28 days.
const LONGEST_TIMEOUT: Millis = 28 * 24 * 60 * 60 * 1000;

#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) joined_at: Millis,
    pub(crate) roles: Vec<Id>,
    pub(crate) nick: Option<String>,
    pub(crate) timed_out_until: Option<Millis>,
    /// How they look in this guild, where that is not as everywhere.
    pub(crate) face: Face,
}

impl World {
    pub(crate) fn member(&self, guild: Id, user: Id) -> Answer<&Member> {
        self.guild(guild)?.members.get(&user).ok_or_else(|| ApiError::unknown(Unknown::Member))
    }

    fn member_mut(&mut self, guild: Id, user: Id) -> Answer<&mut Member> {
        let home = self.guilds.get_mut(&guild).ok_or_else(|| ApiError::unknown(Unknown::Guild))?;
        home.members.get_mut(&user).ok_or_else(|| ApiError::unknown(Unknown::Member))
    }

    /// A member with its user, as REST and most events carry it.
    pub(crate) fn member_json(&self, guild: Id, user: Id) -> Option<Value> {
        let mut member = self.partial_member(guild, user)?;
        member["user"] = self.user_json(user);
        Some(member)
    }

    /// A member without its user, as messages carry it beside their author.
    pub(crate) fn partial_member(&self, guild: Id, user: Id) -> Option<Value> {
        let member = self.guilds.get(&guild)?.members.get(&user)?;
        Some(json!({
            "avatar": member.face.avatar, "banner": member.face.banner,
            "communication_disabled_until": member.timed_out_until.map(clock::iso), "flags": 0,
            "joined_at": clock::iso(member.joined_at), "nick": member.nick, "pending": false, "premium_since": null,
            "roles": member.roles.iter().map(ToString::to_string).collect::<Vec<_>>(), "mute": false, "deaf": false,
        }))
    }

    pub(crate) fn set_member_role(&mut self, guild: Id, actor: Id, user: Id, role: Id, held: Held) -> Answer<()> {
        self.may_manage_role(guild, actor, role)?;
        if self.role(guild, role)?.bot.is_some() || role == guild {
            return Err(ApiError::missing_permissions());
        }
        let member = self.member_mut(guild, user)?;
        let before = member.roles.len();
        member.roles.retain(|other| *other != role);
        if held == Held::Yes {
            member.roles.push(role);
        }
        if member.roles.len() != before {
            self.tell_member(guild, user);
        }
        Ok(())
    }

    /// Changes nick, roles and time-out, each with its own permission and only below one's own rank.
    pub(crate) fn change_member(&mut self, guild: Id, actor: Id, user: Id, body: &Value) -> Answer<Value> {
        self.guild_of(guild, actor)?;
        self.member(guild, user)?;
        let held = self.guild_permissions(guild, actor);
        let below = self.rank(guild, user) < self.rank(guild, actor);
        let mut form = Form::default();
        form.text("member.nick", "", body, "nick", (0, 32));
        form.list("", body, "roles");
        form.unique("member.roles", "roles", list(body, "roles"));
        form.finish()?;
        served(body)?;
        let mut after = self.member(guild, user)?.clone();
        after.face.change(body, actor == user)?;
        if let Some(nick) = body.get("nick") {
            Self::needs(held, if actor == user { CHANGE_NICKNAME } else { MANAGE_NICKNAMES })?;
            if actor != user && !below {
                return Err(ApiError::missing_permissions());
            }
            after.nick = nick.as_str().filter(|nick| !nick.is_empty()).map(str::to_owned);
        }
        if let Some(until) = body.get("communication_disabled_until") {
            Self::needs(held, MODERATE_MEMBERS)?;
            // Administrators cannot be timed out, whoever asks.
            if !below || self.is_administrator(guild, user) {
                return Err(ApiError::missing_permissions());
            }
            after.timed_out_until = self.timeout(until)?;
        }
        if let Some(roles) = body.get("roles").and_then(Value::as_array) {
            let wanted: Vec<Id> = roles.iter().filter_map(snowflake::parse).filter(|role| *role != guild).collect();
            let changed = wanted.iter().filter(|role| !after.roles.contains(role));
            let removed = after.roles.iter().filter(|role| !wanted.contains(role));
            for role in changed.chain(removed) {
                self.may_manage_role(guild, actor, *role)?;
            }
            after.roles = wanted;
        }
        *self.member_mut(guild, user)? = after;
        self.tell_member(guild, user);
        self.member_json(guild, user).ok_or_else(|| ApiError::unknown(Unknown::Member))
    }

    fn timeout(&self, until: &Value) -> Answer<Option<Millis>> {
        let path = "communication_disabled_until";
        let Some(text) = until.as_str() else { return Ok(None) };
        let at = clock::parse(text).ok_or_else(|| {
            let words = "Could not parse. Should be ISO8601.";
            ApiError::field(path, "DATE_TIME_TYPE_PARSE", words).breaks("field.type")
        })?;
        if at > self.now + LONGEST_TIMEOUT {
            let words = "The specified date must be less than 28 days in the future.";
            return Err(
                ApiError::field(path, "COMMUNICATION_DISABLED_TIMESTAMP_TOO_LARGE", words).breaks("member.timeout")
            );
        }
        Ok(Some(at).filter(|at| *at > self.now))
    }

    fn is_administrator(&self, guild: Id, user: Id) -> bool {
        let roles = |home: &Guild| {
            let held = home.members.get(&user).map(|member| member.roles.clone()).unwrap_or_default();
            home.roles
                .values()
                .any(|role| role.permissions & ADMINISTRATOR != 0 && (role.id == guild || held.contains(&role.id)))
        };
        self.guilds.get(&guild).is_some_and(roles)
    }

    fn tell_member(&mut self, guild: Id, user: Id) {
        let Some(mut member) = self.member_json(guild, user) else { return };
        member["guild_id"] = json!(guild.to_string());
        self.tell("GUILD_MEMBER_UPDATE", Audience::Guild(guild), member);
    }

    /// The bot joins a guild it was in before, with the role that is its own there.
    pub(crate) fn let_bot_in(&mut self, guild: Id) {
        let bot = self.application.id;
        let own = |home: &Guild| home.roles.values().find(|role| role.bot == Some(bot)).map(|role| role.id);
        let roles = self.guilds.get(&guild).and_then(own).into_iter().collect();
        self.join(guild, bot, roles);
        let created = self.guilds.get(&guild).map(|home| self.guild_create(home, bot, [bot].into_iter()));
        if let Some(created) = created {
            self.tell("GUILD_CREATE", Audience::Bot(Some(guild)), created);
        }
    }

    /// A member is seen to stream at an address, or to do nothing any more.
    pub(crate) fn is_seen(&mut self, guild: Id, user: Id, address: Option<&str>) {
        let activity = |address: &str| json!({"id": "stream", "name": "Twitch", "type": 1, "url": address, "created_at": 0, "details": "A stream", "state": "A game"});
        let activities: Vec<Value> = address.into_iter().map(activity).collect();
        let presence = json!({
            "user": {"id": user.to_string()}, "guild_id": guild.to_string(), "status": "online", "activities": activities,
            "client_status": {"desktop": "online"},
        });
        self.tell("PRESENCE_UPDATE", Audience::Guild(guild), presence);
    }

    /// A new person joins.
    pub(crate) fn join(&mut self, guild: Id, user: Id, roles: Vec<Id>) {
        let member = Member { joined_at: self.now, roles, nick: None, timed_out_until: None, face: Face::default() };
        if let Some(home) = self.guilds.get_mut(&guild) {
            home.members.insert(user, member);
        }
        if let Some(mut json) = self.member_json(guild, user) {
            json["guild_id"] = json!(guild.to_string());
            self.tell("GUILD_MEMBER_ADD", Audience::Guild(guild), json);
        }
    }
}

/// What Discord changes of a member and the sandbox has not: voice and flags.
fn served(body: &Value) -> Answer<()> {
    let missing = ["mute", "deaf", "channel_id", "flags"];
    match missing.iter().find(|field| given(body, field).is_some()) {
        Some(field) => Err(ApiError::unsupported(&format!("the field `{field}` of members"))),
        None => Ok(()),
    }
}

/// Whether a member shall hold a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    Yes,
    No,
}
