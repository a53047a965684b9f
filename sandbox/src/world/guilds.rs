//! Guilds and their roles.

use super::permissions::{self, Bits};
use super::{Audience, World, members::Member};
use crate::clock;
use crate::errors::{Answer, ApiError, Form, Unknown};
use crate::rules::types::{given, says_something};
use crate::snowflake::{self, Id};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Roles a guild may have, @everyone included.
const ROLES: usize = 250;

#[derive(Debug)]
pub(crate) struct Guild {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) owner: Id,
    pub(crate) system_channel: Option<Id>,
    /// The role whose id is the guild's is @everyone.
    pub(crate) roles: BTreeMap<Id, Role>,
    pub(crate) members: BTreeMap<Id, Member>,
    pub(crate) bans: BTreeSet<Id>,
}

#[derive(Debug, Clone)]
pub(crate) struct Role {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) permissions: Bits,
    pub(crate) position: i64,
    pub(crate) color: u64,
    pub(crate) hoist: bool,
    pub(crate) mentionable: bool,
    /// The bot this role belongs to; such a role cannot be given or deleted.
    pub(crate) bot: Option<Id>,
}

impl Role {
    pub(crate) fn json(&self) -> Value {
        let mut role = json!({
            "id": self.id.to_string(), "name": self.name, "description": null,
            "permissions": self.permissions.to_string(), "position": self.position, "color": self.color,
            "colors": {"primary_color": self.color, "secondary_color": null, "tertiary_color": null},
            "hoist": self.hoist, "managed": self.bot.is_some(), "mentionable": self.mentionable, "icon": null,
            "unicode_emoji": null, "flags": 0,
        });
        if let Some(bot) = self.bot {
            role["tags"] = json!({"bot_id": bot.to_string()});
        }
        role
    }

    fn change(&mut self, body: &Value) {
        if let Some(name) = body.get("name").and_then(Value::as_str) {
            name.clone_into(&mut self.name);
        }
        if body.get("permissions").is_some_and(|bits| !bits.is_null()) {
            self.permissions = permissions::bits(body.get("permissions")) & permissions::ALL;
        }
        let color = body.pointer("/colors/primary_color").or_else(|| body.get("color"));
        self.color = color.and_then(Value::as_u64).unwrap_or(self.color);
        self.hoist = body.get("hoist").and_then(Value::as_bool).unwrap_or(self.hoist);
        self.mentionable = body.get("mentionable").and_then(Value::as_bool).unwrap_or(self.mentionable);
    }
}

impl World {
    pub(crate) fn guild(&self, id: Id) -> Answer<&Guild> {
        self.guilds.get(&id).ok_or_else(|| ApiError::unknown(Unknown::Guild))
    }

    /// The guild, for somebody who is in it.
    pub(crate) fn guild_of(&self, id: Id, account: Id) -> Answer<&Guild> {
        let guild = self.guild(id)?;
        if guild.members.contains_key(&account) { Ok(guild) } else { Err(ApiError::missing_access()) }
    }

    fn guild_mut(&mut self, id: Id) -> Answer<&mut Guild> {
        self.guilds.get_mut(&id).ok_or_else(|| ApiError::unknown(Unknown::Guild))
    }

    /// A guild as `GET /guilds/{id}` answers it; the counts only when asked for.
    pub(crate) fn guild_json(guild: &Guild) -> Value {
        json!({
            "id": guild.id.to_string(), "name": guild.name, "icon": null, "description": null, "home_header": null,
            "splash": null, "discovery_splash": null, "features": [], "banner": null,
            "owner_id": guild.owner.to_string(), "application_id": null, "region": "deprecated",
            "afk_channel_id": null, "afk_timeout": 300,
            "system_channel_id": guild.system_channel.map(|id| id.to_string()), "system_channel_flags": 0,
            "widget_enabled": false, "widget_channel_id": null, "verification_level": 1,
            "roles": guild.roles.values().map(Role::json).collect::<Vec<_>>(), "default_message_notifications": 0,
            "mfa_level": 0, "explicit_content_filter": 0, "max_presences": null, "max_members": 500_000,
            "max_stage_video_channel_users": 50, "max_video_channel_users": 25, "vanity_url_code": null,
            "premium_tier": 0, "premium_subscription_count": 0, "preferred_locale": "en-US",
            "rules_channel_id": null, "safety_alerts_channel_id": null, "public_updates_channel_id": null,
            "premium_progress_bar_enabled": false, "nsfw": false, "nsfw_level": 0, "emojis": [], "stickers": [],
            "incidents_data": null,
        })
    }

    /// A guild as `GUILD_CREATE` carries it, as `viewer` may see it.
    pub(crate) fn guild_create(&self, guild: &Guild, viewer: Id, members: impl Iterator<Item = Id>) -> Value {
        let mut full = Self::guild_json(guild);
        // The bot is told of every channel; a person's client only of those it may show.
        let bot = viewer == self.application.id;
        let here = || self.channels.values().filter(|channel| channel.guild == Some(guild.id));
        let channels = here().filter(|channel| channel.thread.is_none() && (bot || self.can_see(viewer, channel.id)));
        let threads = here().filter(|channel| channel.is_active_thread() && self.can_see(viewer, channel.id));
        full["channels"] = channels.map(|channel| self.channel_json(channel)).collect();
        full["threads"] = threads.map(|channel| self.channel_json(channel)).collect();
        full["members"] = members.filter_map(|id| self.member_json(guild.id, id)).collect();
        full["joined_at"] = guild.members.get(&viewer).map(|member| clock::iso(member.joined_at)).into();
        full["member_count"] = json!(guild.members.len());
        full["large"] = json!(false);
        full["unavailable"] = json!(false);
        for list in ["voice_states", "presences", "stage_instances", "guild_scheduled_events", "soundboard_sounds"] {
            full[list] = json!([]);
        }
        full
    }

    pub(crate) fn create_role(&mut self, guild: Id, actor: Id, body: &Value) -> Answer<Value> {
        self.may_manage_roles(guild, actor)?;
        check_role(body)?;
        if self.guild(guild)?.roles.len() >= ROLES {
            return Err(ApiError::new(400, 30005, "Maximum number of server roles reached (250)").breaks("guild.roles"));
        }
        let id = self.next_id();
        let everyone = self.guild(guild)?.roles.get(&guild).map_or(0, |role| role.permissions);
        let mut role = Role {
            id,
            name: "new role".to_owned(),
            permissions: everyone,
            position: 1,
            color: 0,
            hoist: false,
            mentionable: false,
            bot: None,
        };
        role.change(body);
        self.may_give(guild, actor, role.permissions & !everyone)?;
        let home = self.guild_mut(guild)?;
        // A new role starts at the bottom, and the others move up.
        home.roles.values_mut().filter(|other| other.id != guild).for_each(|other| other.position += 1);
        let json = role.json();
        home.roles.insert(id, role);
        self.tell_role("GUILD_ROLE_CREATE", guild, &json);
        Ok(json)
    }

    pub(crate) fn change_role(&mut self, guild: Id, actor: Id, role: Id, body: &Value) -> Answer<Value> {
        self.may_manage_role(guild, actor, role)?;
        check_role(body)?;
        let before = self.role(guild, role)?.permissions;
        self.may_give(guild, actor, permissions::bits(body.get("permissions")) & !before)?;
        let home = self.guild_mut(guild)?;
        let found = home.roles.get_mut(&role).ok_or_else(|| ApiError::unknown(Unknown::Role))?;
        found.change(body);
        let json = found.json();
        self.tell_role("GUILD_ROLE_UPDATE", guild, &json);
        Ok(json)
    }

    pub(crate) fn delete_role(&mut self, guild: Id, actor: Id, role: Id) -> Answer<()> {
        self.may_manage_role(guild, actor, role)?;
        if role == guild || self.role(guild, role)?.bot.is_some() {
            return Err(ApiError::new(400, 50028, "Invalid Role"));
        }
        let home = self.guild_mut(guild)?;
        home.roles.remove(&role);
        home.members.values_mut().for_each(|member| member.roles.retain(|held| *held != role));
        let data = json!({"guild_id": guild.to_string(), "role_id": role.to_string()});
        self.tell("GUILD_ROLE_DELETE", Audience::Guild(guild), data);
        Ok(())
    }

    pub(crate) fn role(&self, guild: Id, role: Id) -> Answer<&Role> {
        self.guild(guild)?.roles.get(&role).ok_or_else(|| ApiError::unknown(Unknown::Role))
    }

    fn may_manage_roles(&self, guild: Id, actor: Id) -> Answer<()> {
        self.guild_of(guild, actor)?;
        Self::needs(self.guild_permissions(guild, actor), permissions::MANAGE_ROLES)
    }

    /// Managing a role takes the permission and a higher role of one's own.
    pub(crate) fn may_manage_role(&self, guild: Id, actor: Id, role: Id) -> Answer<()> {
        self.may_manage_roles(guild, actor)?;
        if self.role(guild, role)?.position < self.rank(guild, actor) {
            Ok(())
        } else {
            Err(ApiError::missing_permissions())
        }
    }

    /// Nobody gives what they do not have.
    fn may_give(&self, guild: Id, actor: Id, added: Bits) -> Answer<()> {
        Self::needs(self.guild_permissions(guild, actor), added & permissions::ALL)
    }

    pub(crate) fn needs(held: Bits, wanted: Bits) -> Answer<()> {
        if held & wanted == wanted { Ok(()) } else { Err(ApiError::missing_permissions()) }
    }

    fn tell_role(&mut self, name: &'static str, guild: Id, role: &Value) {
        self.tell(name, Audience::Guild(guild), json!({"guild_id": guild.to_string(), "role": role}));
    }
}

fn check_role(body: &Value) -> Answer<()> {
    let mut form = Form::default();
    form.text("role.name", "", body, "name", (1, 100));
    form.number("role.color", "", body, "color", (0, 0xff_ffff));
    form.object("", body, "colors");
    if let Some(colors) = body.get("colors").filter(|colors| colors.is_object()) {
        for field in ["primary_color", "secondary_color", "tertiary_color"] {
            form.number("role.color", "colors", colors, field, (0, 0xff_ffff));
        }
    }
    for field in ["hoist", "mentionable"] {
        form.boolean("", body, field);
    }
    if given(body, "permissions").is_some_and(|bits| snowflake::parse(bits).is_none()) {
        form.broke("field.type", "permissions", "NUMBER_TYPE_COERCE", "Value is not int.");
    }
    form.finish()?;
    let gradient = ["secondary_color", "tertiary_color"];
    if gradient.iter().any(|field| body.get("colors").is_some_and(|colors| given(colors, field).is_some())) {
        return Err(ApiError::unsupported("gradient colours of roles"));
    }
    match ["icon", "unicode_emoji"].iter().find(|field| says_something(body, field)) {
        // The guild has no boosts, and says so in its features.
        Some(_) => {
            Err(ApiError::new(400, 50101, "This server needs more boosts to perform this action").breaks("role.icon"))
        }
        None => Ok(()),
    }
}
