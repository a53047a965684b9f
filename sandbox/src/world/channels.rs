//! Channels: text, voice, categories, direct messages. Threads are channels too; what is special about them is in `threads`.

use super::permissions::{MANAGE_CHANNELS, MANAGE_ROLES, MANAGE_THREADS, Overwrite, VIEW_CHANNEL};
use super::threads::Thread;
use super::{Audience, World};
use crate::errors::{Answer, ApiError, Form, Unknown};
use crate::rules::channels::{SETTINGS, check, check_name};
use crate::rules::types::says_something;
use crate::snowflake::{self, Id};
use serde_json::{Map, Value, json};

pub(crate) const TEXT: u64 = 0;
pub(crate) const DM: u64 = 1;
pub(crate) const VOICE: u64 = 2;
pub(crate) const CATEGORY: u64 = 4;
pub(crate) const ANNOUNCEMENT: u64 = 5;
pub(crate) const ANNOUNCEMENT_THREAD: u64 = 10;
pub(crate) const PUBLIC_THREAD: u64 = 11;
pub(crate) const PRIVATE_THREAD: u64 = 12;
pub(crate) const FORUM: u64 = 15;
/// Channels a guild may have, threads not counted.
const CHANNELS: usize = 500;
/// Channels a category may have.
const CHILDREN: usize = 50;

#[derive(Debug, Clone)]
pub(crate) struct Channel {
    pub(crate) id: Id,
    pub(crate) kind: u64,
    /// `None` for a direct message.
    pub(crate) guild: Option<Id>,
    pub(crate) name: String,
    pub(crate) topic: Option<String>,
    pub(crate) position: i64,
    /// The category, or the channel a thread hangs on.
    pub(crate) parent: Option<Id>,
    pub(crate) overwrites: Vec<Overwrite>,
    pub(crate) nsfw: bool,
    pub(crate) slowmode: u64,
    /// Who is in a direct message; empty elsewhere.
    pub(crate) recipients: Vec<Id>,
    pub(crate) last_message: Option<Id>,
    pub(crate) last_pin: Option<String>,
    pub(crate) thread: Option<Thread>,
    /// What is kept as it was given: see [`SETTINGS`].
    pub(crate) settings: Map<String, Value>,
}

impl Channel {
    pub(crate) fn new(id: Id, kind: u64, guild: Id, name: &str, position: i64) -> Self {
        Self {
            id,
            kind,
            guild: Some(guild),
            name: name.to_owned(),
            topic: None,
            position,
            parent: None,
            overwrites: Vec::new(),
            nsfw: false,
            slowmode: 0,
            recipients: Vec::new(),
            last_message: None,
            last_pin: None,
            thread: None,
            settings: Map::new(),
        }
    }

    pub(crate) fn holds_messages(&self) -> bool {
        !matches!(self.kind, CATEGORY | FORUM)
    }

    fn change(&mut self, body: &Value) {
        let text = |field: &str| body.get(field).and_then(Value::as_str).map(str::to_owned);
        if let Some(name) = text("name") {
            // Text channels are lower case without spaces, whatever was typed.
            self.name = if matches!(self.kind, TEXT | ANNOUNCEMENT | FORUM) {
                name.to_lowercase().replace(' ', "-")
            } else {
                name
            };
        }
        if body.get("topic").is_some() {
            self.topic = text("topic");
        }
        if let Some(parent) = body.get("parent_id") {
            self.parent = snowflake::parse(parent);
        }
        self.position = body.get("position").and_then(Value::as_i64).unwrap_or(self.position);
        self.nsfw = body.get("nsfw").and_then(Value::as_bool).unwrap_or(self.nsfw);
        self.slowmode = body.get("rate_limit_per_user").and_then(Value::as_u64).unwrap_or(self.slowmode);
        if let Some(overwrites) = body.get("permission_overwrites").and_then(Value::as_array) {
            self.overwrites = overwrites.iter().filter_map(Overwrite::parse).collect();
        }
        for (field, _) in SETTINGS {
            match body.get(field) {
                Some(Value::Null) => _ = self.settings.remove(field),
                Some(value) => _ = self.settings.insert(field.to_owned(), value.clone()),
                None => {}
            }
        }
    }
}

impl World {
    pub(crate) fn channel(&self, id: Id) -> Answer<&Channel> {
        self.channels.get(&id).ok_or_else(|| ApiError::unknown(Unknown::Channel))
    }

    pub(crate) fn channel_mut(&mut self, id: Id) -> Answer<&mut Channel> {
        self.channels.get_mut(&id).ok_or_else(|| ApiError::unknown(Unknown::Channel))
    }

    /// The channel, for somebody who can see it and holds these permissions there.
    pub(crate) fn channel_for(&self, id: Id, account: Id, wanted: u64) -> Answer<&Channel> {
        let channel = self.channel(id)?;
        let held = self.permissions(account, id);
        if held & VIEW_CHANNEL == 0 {
            return Err(ApiError::missing_access());
        }
        Self::needs(held, wanted)?;
        Ok(channel)
    }

    pub(crate) fn channel_json(&self, channel: &Channel) -> Value {
        let id = channel.id.to_string();
        let last_message = channel.last_message.map(|id| id.to_string());
        let Some(guild) = channel.guild else {
            let recipients = channel.recipients.iter().filter(|id| **id != self.application.id);
            let recipients: Vec<_> = recipients.map(|id| self.user_json(*id)).collect();
            return json!({"id": id, "type": channel.kind, "flags": 0, "last_message_id": last_message,
                "last_pin_timestamp": channel.last_pin, "recipients": recipients});
        };
        let mut json = json!({
            "id": id, "type": channel.kind, "flags": 0, "guild_id": guild.to_string(), "name": channel.name,
            "parent_id": channel.parent.map(|id| id.to_string()), "last_message_id": last_message,
            "rate_limit_per_user": channel.slowmode, "last_pin_timestamp": channel.last_pin,
        });
        if let Some(thread) = &channel.thread {
            thread.add_to(&mut json);
            return json;
        }
        json["position"] = json!(channel.position);
        json["permission_overwrites"] = channel.overwrites.iter().map(Overwrite::json).collect();
        json["nsfw"] = json!(channel.nsfw);
        json["topic"] = json!(channel.topic);
        if channel.kind == VOICE {
            json["bitrate"] = json!(64_000);
            json["user_limit"] = json!(0);
            json["rtc_region"] = Value::Null;
        }
        if channel.kind == FORUM {
            json["available_tags"] = json!([]);
            json["default_reaction_emoji"] = Value::Null;
            json["default_sort_order"] = Value::Null;
            json["default_forum_layout"] = json!(0);
        }
        for (field, value) in &channel.settings {
            json[field.as_str()] = value.clone();
        }
        json
    }

    /// A channel as one account sees it: in a direct message, the other one is the recipient.
    pub(crate) fn channel_for_viewer(&self, channel: &Channel, viewer: Id) -> Value {
        let mut json = self.channel_json(channel);
        if channel.guild.is_none() {
            let others = channel.recipients.iter().filter(|id| **id != viewer);
            json["recipients"] = others.map(|id| self.user_json(*id)).collect();
        }
        json
    }

    pub(crate) fn create_channel(&mut self, guild: Id, actor: Id, body: &Value) -> Answer<Value> {
        self.guild_of(guild, actor)?;
        Self::needs(self.guild_permissions(guild, actor), MANAGE_CHANNELS)?;
        let mut form = Form::default();
        let kind = body.get("type").filter(|kind| !kind.is_null()).map_or(TEXT, |kind| kind.as_u64().unwrap_or(99));
        if body.get("name").is_none_or(Value::is_null) {
            form.required("name");
        }
        check_name(&mut form, body);
        check(&mut form, body, kind);
        form.choice("channel.type", "", body, "type", &[TEXT, VOICE, CATEGORY, ANNOUNCEMENT, 13, 14, FORUM, 16]);
        form.finish()?;
        if matches!(kind, 13 | 14 | 16) {
            return Err(ApiError::unsupported("stages, directories and media channels"));
        }
        if says_something(body, "default_tag_setting") {
            return Err(ApiError::unsupported("how a forum matches tags"));
        }
        Self::may_overwrite(self.guild_permissions(guild, actor), body)?;
        let siblings = self.channels.values().filter(|one| one.guild == Some(guild) && one.thread.is_none()).count();
        if siblings >= CHANNELS {
            let words = "Maximum number of server channels reached (500)";
            return Err(ApiError::new(400, 30013, words).breaks("guild.channels"));
        }
        let position = i64::try_from(siblings).unwrap_or(i64::MAX);
        let id = self.next_id();
        let mut channel = Channel::new(id, kind, guild, "", position);
        channel.change(body);
        self.number_tags(&mut channel);
        self.check_parent(guild, id, (kind, channel.parent))?;
        let json = self.channel_json(&channel);
        self.channels.insert(id, channel);
        self.tell("CHANNEL_CREATE", Audience::Channel(id), json.clone());
        Ok(json)
    }

    pub(crate) fn change_channel(&mut self, id: Id, actor: Id, body: &Value) -> Answer<Value> {
        let channel = self.channel(id)?;
        if channel.thread.is_some() {
            return self.change_thread(id, actor, body);
        }
        let Some(guild) = channel.guild else {
            return Err(ApiError::new(403, 50003, "Cannot execute action on a DM channel"));
        };
        let (kind, parent) = (channel.kind, channel.parent);
        self.channel_for(id, actor, MANAGE_CHANNELS)?;
        if body.get("permission_overwrites").is_some_and(|overwrites| !overwrites.is_null()) {
            self.channel_for(id, actor, MANAGE_ROLES)?;
            Self::may_overwrite(self.permissions(actor, id), body)?;
        }
        let mut form = Form::default();
        check_name(&mut form, body);
        check(&mut form, body, kind);
        form.finish()?;
        if body.get("type").is_some_and(|wanted| !wanted.is_null() && *wanted != kind) {
            return Err(ApiError::unsupported("changing a channel's type"));
        }
        let wanted = body.get("parent_id").and_then(snowflake::parse).filter(|wanted| parent != Some(*wanted));
        self.check_parent(guild, id, (kind, wanted))?;
        let mut changed = self.channel(id)?.clone();
        changed.change(body);
        self.number_tags(&mut changed);
        self.channels.insert(id, changed);
        Ok(self.tell_channel("CHANNEL_UPDATE", id))
    }

    pub(crate) fn delete_channel(&mut self, id: Id, actor: Id) -> Answer<Value> {
        let channel = self.channel(id)?;
        let json = self.channel_json(channel);
        if channel.guild.is_none() {
            self.channel_for(id, actor, 0)?;
            return Ok(json);
        }
        let thread = channel.thread.is_some();
        self.channel_for(id, actor, if thread { MANAGE_THREADS } else { MANAGE_CHANNELS })?;
        let (guild, parent) = (channel.guild.map(|id| id.to_string()), channel.parent.map(|id| id.to_string()));
        let told = json!({"id": id.to_string(), "guild_id": guild, "parent_id": parent, "type": channel.kind});
        // Who saw it is asked before it is gone: afterwards nobody could be said to.
        let saw = Audience::Accounts(self.viewers(id));
        if thread {
            self.tell("THREAD_DELETE", saw, told);
        } else {
            self.tell("CHANNEL_DELETE", saw, json.clone());
        }
        let gone: Vec<Id> = self
            .channels
            .values()
            .filter(|one| one.thread.is_some() && one.parent == Some(id))
            .map(|one| one.id)
            .collect();
        for one in gone.into_iter().chain([id]) {
            self.channels.remove(&one);
            self.messages.remove(&one);
            self.attachments.retain(|_, file| file.channel != one);
        }
        Ok(json)
    }

    /// The direct message between the bot and somebody, made on first use.
    pub(crate) fn direct_channel(&mut self, one: Id, other: Id) -> Answer<Value> {
        if !self.users.contains_key(&other) {
            return Err(ApiError::new(400, 50033, "Invalid Recipient(s)"));
        }
        if one == other {
            let words = "Cannot send messages to this user";
            return Err(ApiError::new(400, 50007, words));
        }
        let found = self.channels.values().find(|channel| {
            channel.kind == DM && channel.recipients.contains(&one) && channel.recipients.contains(&other)
        });
        if let Some(channel) = found {
            return Ok(self.channel_for_viewer(channel, one));
        }
        let id = self.next_id();
        let mut channel = Channel::new(id, DM, 0, "", 0);
        channel.guild = None;
        channel.recipients = vec![one, other];
        // Bots are not told of direct messages opening (API v8 and later); people are.
        for person in [one, other].into_iter().filter(|id| *id != self.application.id).collect::<Vec<_>>() {
            let told = self.channel_for_viewer(&channel, person);
            self.tell("CHANNEL_CREATE", Audience::User(person), told);
        }
        let json = self.channel_for_viewer(&channel, one);
        self.channels.insert(id, channel);
        Ok(json)
    }

    pub(crate) fn type_in(&mut self, id: Id, actor: Id) -> Answer<()> {
        let channel = self.channel_for(id, actor, 0)?;
        let guild = channel.guild;
        self.may_send(id, actor)?;
        let mut data =
            json!({"channel_id": id.to_string(), "user_id": actor.to_string(), "timestamp": self.now / 1000});
        if let Some(guild) = guild {
            data["guild_id"] = json!(guild.to_string());
            data["member"] = self.member_json(guild, actor).into();
        }
        self.tell("TYPING_START", Audience::Channel(id), data);
        Ok(())
    }

    /// Tells everybody who sees a channel how it is now, and returns that.
    pub(crate) fn tell_channel(&mut self, name: &'static str, id: Id) -> Value {
        let json = self.channels.get(&id).map_or(Value::Null, |channel| self.channel_json(channel));
        self.tell(name, Audience::Channel(id), json.clone());
        json
    }

    fn viewers(&self, id: Id) -> Vec<Id> {
        let guild = self.channels.get(&id).and_then(|channel| channel.guild).and_then(|guild| self.guilds.get(&guild));
        let members = guild.into_iter().flat_map(|guild| guild.members.keys().copied());
        members.filter(|user| *user == self.application.id || self.can_see(*user, id)).collect()
    }

    fn check_parent(&self, guild: Id, id: Id, (kind, parent): (u64, Option<Id>)) -> Answer<()> {
        let Some(parent) = parent else { return Ok(()) };
        let wrong = |code: &str, words: &str| ApiError::field("parent_id", code, words);
        let Some(place) = self.channels.get(&parent).filter(|one| one.guild == Some(guild)) else {
            return Err(wrong("CHANNEL_PARENT_INVALID", "Category does not exist"));
        };
        if place.kind != CATEGORY {
            return Err(wrong("CHANNEL_PARENT_INVALID_TYPE", "Not a category").breaks("channel.parent"));
        }
        if kind == CATEGORY {
            let words = "Categories cannot have subcategories";
            return Err(wrong("CHANNEL_PARENT_CATEGORY_INVALID", words).breaks("channel.parent"));
        }
        let children = self.channels.values().filter(|one| one.parent == Some(parent) && one.id != id).count();
        if children >= CHILDREN {
            let words = format!("Maximum number of channels in category reached ({CHILDREN})");
            return Err(wrong("CHANNEL_PARENT_MAX_CHANNELS", &words).breaks("category.channels"));
        }
        Ok(())
    }
}
