//! Threads: who is in them, when they sleep, who may wake them.

use super::channels::{ANNOUNCEMENT, ANNOUNCEMENT_THREAD, Channel, PRIVATE_THREAD, PUBLIC_THREAD, TEXT};
use super::permissions::{
    CREATE_PRIVATE_THREADS, CREATE_PUBLIC_THREADS, MANAGE_THREADS, SEND_MESSAGES, SEND_MESSAGES_IN_THREADS,
};
use super::{Audience, World};
use crate::clock::{self, Millis};
use crate::errors::{Answer, ApiError, Unknown};
use crate::rules::channels::{self, Name};
use crate::rules::list;
use crate::snowflake::Id;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Active threads a guild may have.
const ACTIVE: usize = 1000;
/// Members a thread may have.
const MEMBERS: usize = 1000;

#[derive(Debug, Clone)]
pub(crate) struct Thread {
    pub(crate) owner: Id,
    pub(crate) archived: bool,
    pub(crate) locked: bool,
    pub(crate) invitable: bool,
    pub(crate) archive_after: u64,
    pub(crate) archive_changed: Millis,
    pub(crate) made_at: Millis,
    /// Everybody in it, with when they joined.
    pub(crate) members: BTreeMap<Id, Millis>,
    pub(crate) message_count: u64,
    pub(crate) total_sent: u64,
    /// The forum's tags on it, as ids.
    pub(crate) tags: Vec<Value>,
}

impl Thread {
    pub(crate) fn add_to(&self, json: &mut Value) {
        json["owner_id"] = json!(self.owner.to_string());
        json["message_count"] = json!(self.message_count);
        // serenity and Discord both stop counting at 50.
        json["member_count"] = json!(self.members.len().min(50));
        json["total_message_sent"] = json!(self.total_sent);
        json["thread_metadata"] = json!({
            "archived": self.archived, "archive_timestamp": clock::iso(self.archive_changed),
            "auto_archive_duration": self.archive_after, "locked": self.locked,
            "create_timestamp": clock::iso(self.made_at),
        });
        if !self.tags.is_empty() {
            json["applied_tags"] = json!(self.tags);
        }
        if json["type"] == PRIVATE_THREAD {
            json["thread_metadata"]["invitable"] = json!(self.invitable);
        }
    }
}

impl Channel {
    pub(crate) fn is_active_thread(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.archived)
    }
    pub(crate) fn is_private_thread(&self) -> bool {
        self.kind == PRIVATE_THREAD
    }
    pub(crate) fn has_thread_member(&self, user: Id) -> bool {
        self.thread.as_ref().is_some_and(|thread| thread.members.contains_key(&user))
    }
}

impl World {
    /// Starts a thread on a message, or without one. A message's thread has the message's id.
    pub(crate) fn create_thread(&mut self, parent: Id, actor: Id, message: Option<Id>, body: &Value) -> Answer<Value> {
        let place = self.channel_for(parent, actor, 0)?;
        if place.guild.is_none() || !matches!(place.kind, TEXT | ANNOUNCEMENT) {
            return Err(ApiError::new(400, 50024, "Cannot execute action on this channel type"));
        }
        let public = if place.kind == ANNOUNCEMENT { ANNOUNCEMENT_THREAD } else { PUBLIC_THREAD };
        let wanted = body.get("type").filter(|_| message.is_none()).and_then(Value::as_u64);
        let kind = wanted.unwrap_or(if message.is_some() { public } else { PRIVATE_THREAD });
        if kind != public && (kind != PRIVATE_THREAD || public == ANNOUNCEMENT_THREAD) {
            let words = format!("Value must be one of {{{public}, {PRIVATE_THREAD}}}.");
            return Err(ApiError::field("type", "BASE_TYPE_CHOICES", &words).breaks("thread.type"));
        }
        let permission = if kind == PRIVATE_THREAD { CREATE_PRIVATE_THREADS } else { CREATE_PUBLIC_THREADS };
        self.channel_for(parent, actor, permission)?;
        channels::check_thread(body, Name::Needed)?;
        if body.get("invitable").is_some_and(|invitable| !invitable.is_null()) && kind != PRIVATE_THREAD {
            let words = "Only private threads can be made uninvitable";
            return Err(ApiError::field("invitable", "THREAD_INVITABLE_PRIVATE_ONLY", words).breaks("thread.invitable"));
        }
        if let Some(message) = message {
            let found = self.message_for(parent, message, actor)?;
            if found.is_system() {
                return Err(ApiError::system_message());
            }
            if found.visible_to.is_some() || found.thread.is_some() {
                let words = "A thread has already been created for this message";
                return Err(ApiError::new(400, 160_004, words));
            }
        }
        let id = message.unwrap_or_else(|| self.next_id());
        let answer = self.open_new_thread(parent, actor, (id, kind), body)?;
        if let Some(message) = message {
            self.mark_thread(parent, message, id);
        } else if kind != PRIVATE_THREAD {
            let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
            self.announce_thread(parent, actor, id, name);
        }
        Ok(answer)
    }

    /// Makes the thread and tells of it; who may and what it looks like has been checked.
    pub(super) fn open_new_thread(
        &mut self,
        parent: Id,
        actor: Id,
        (id, kind): (Id, u64),
        body: &Value,
    ) -> Answer<Value> {
        let place = self.channel(parent)?;
        let Some(guild) = place.guild else { return Err(ApiError::unknown(Unknown::Guild)) };
        let number = |field: &str| body.get(field).and_then(Value::as_u64);
        let setting = |field: &str| place.settings.get(field).and_then(Value::as_u64);
        let archive_after = number("auto_archive_duration").or_else(|| setting("default_auto_archive_duration"));
        let slowmode = number("rate_limit_per_user").or_else(|| setting("default_thread_rate_limit_per_user"));
        self.has_room_for_thread(guild)?;
        let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
        let mut channel = Channel::new(id, kind, guild, name, 0);
        channel.parent = Some(parent);
        channel.slowmode = slowmode.unwrap_or(0);
        channel.thread = Some(Thread {
            owner: actor,
            archived: false,
            locked: false,
            invitable: body.get("invitable").and_then(Value::as_bool).unwrap_or(true),
            archive_after: archive_after.unwrap_or(1440),
            archive_changed: self.now,
            made_at: self.now,
            members: BTreeMap::from([(actor, self.now)]),
            message_count: 0,
            total_sent: 0,
            tags: list(body, "applied_tags").to_vec(),
        });
        self.channels.insert(id, channel);
        let mut told = self.channel_json(self.channel(id)?);
        told["newly_created"] = json!(true);
        self.tell("THREAD_CREATE", Audience::Channel(id), told);
        let mut answer = self.channel_json(self.channel(id)?);
        answer["member"] = self.thread_member(id, actor);
        Ok(answer)
    }

    fn has_room_for_thread(&self, guild: Id) -> Answer<()> {
        let active = self.channels.values().filter(|one| one.guild == Some(guild) && one.is_active_thread()).count();
        if active < ACTIVE {
            return Ok(());
        }
        // Other people make threads, too: nobody can know beforehand, so it breaks no rule.
        Err(ApiError::new(400, 160_006, "Maximum number of active threads reached"))
    }

    /// Changes a thread. Its owner may rename, archive and reopen it; locking takes `MANAGE_THREADS`.
    pub(crate) fn change_thread(&mut self, id: Id, actor: Id, body: &Value) -> Answer<Value> {
        let held = self.permissions(actor, id);
        self.channel_for(id, actor, 0)?;
        channels::check_thread(body, Name::Optional)?;
        if body.get("flags").is_some_and(|flags| !flags.is_null() && *flags != 0) {
            return Err(ApiError::unsupported("threads pinned in a forum"));
        }
        if let Some(tags) = body.get("applied_tags").and_then(Value::as_array) {
            self.check_tags(self.channel(id)?.parent.unwrap_or_default(), tags)?;
        }
        let channel = self.channel(id)?;
        if body.get("archived").and_then(Value::as_bool) == Some(false) && !channel.is_active_thread() {
            self.has_room_for_thread(channel.guild.unwrap_or_default())?;
        }
        let now = self.now;
        let manages = held & MANAGE_THREADS != 0;
        let channel = self.channel_mut(id)?;
        let thread = channel.thread.as_mut().ok_or_else(|| ApiError::unknown(Unknown::Channel))?;
        let wants = |field: &str| body.get(field).and_then(Value::as_bool);
        let only_wakes = wants("archived") == Some(false) && !thread.locked && held & SEND_MESSAGES_IN_THREADS != 0;
        let may = manages || thread.owner == actor || only_wakes;
        if !may || (!manages && (wants("locked").is_some_and(|locked| locked != thread.locked) || thread.locked)) {
            return Err(ApiError::missing_permissions());
        }
        if thread.archived && wants("archived") != Some(false) {
            return Err(ApiError::archived());
        }
        if let Some(tags) = body.get("applied_tags").and_then(Value::as_array) {
            thread.tags.clone_from(tags);
        }
        thread.locked = wants("locked").unwrap_or(thread.locked);
        thread.invitable = wants("invitable").unwrap_or(thread.invitable);
        thread.archive_after =
            body.get("auto_archive_duration").and_then(Value::as_u64).unwrap_or(thread.archive_after);
        if let Some(archived) = wants("archived").filter(|archived| *archived != thread.archived) {
            thread.archived = archived;
            thread.archive_changed = now;
        }
        if let Some(name) = body.get("name").and_then(Value::as_str) {
            name.clone_into(&mut channel.name);
        }
        channel.slowmode = body.get("rate_limit_per_user").and_then(Value::as_u64).unwrap_or(channel.slowmode);
        Ok(self.tell_channel("THREAD_UPDATE", id))
    }

    pub(crate) fn join_thread(&mut self, id: Id, actor: Id, user: Id) -> Answer<()> {
        self.channel_for(id, actor, if actor == user { 0 } else { SEND_MESSAGES_IN_THREADS })?;
        let (now, channel) = (self.now, self.channel(id)?);
        let closed = channel.thread.as_ref().is_some_and(|thread| !thread.invitable && thread.owner != actor);
        if closed && actor != user && self.permissions(actor, id) & MANAGE_THREADS == 0 {
            return Err(ApiError::missing_permissions());
        }
        self.member(channel.guild.unwrap_or_default(), user)?;
        let thread = self.open_thread(id)?;
        if thread.members.len() >= MEMBERS && !thread.members.contains_key(&user) {
            return Err(ApiError::new(400, 30033, "Maximum number of thread participants reached (1000)")
                .breaks("thread.members"));
        }
        if thread.members.insert(user, now).is_none() {
            self.tell_thread_members(id, &[user], &[]);
            self.tell_of_private_thread(id, user);
        }
        Ok(())
    }

    /// Whoever is brought into a private thread has not heard of it before (documented under "Thread Create").
    fn tell_of_private_thread(&mut self, id: Id, user: Id) {
        let Some(channel) = self.channels.get(&id).filter(|channel| channel.is_private_thread()) else { return };
        let mut told = self.channel_json(channel);
        told["member"] = self.thread_member(id, user);
        self.tell("THREAD_CREATE", Audience::User(user), told);
    }

    pub(crate) fn leave_thread(&mut self, id: Id, actor: Id, user: Id) -> Answer<()> {
        let owner = self.channel_for(id, actor, 0)?.thread.as_ref().map(|thread| thread.owner);
        if actor != user && owner != Some(actor) {
            self.channel_for(id, actor, MANAGE_THREADS)?;
        }
        // Told first: somebody who leaves a private thread must hear of it while they still see it.
        if self.open_thread(id)?.members.contains_key(&user) {
            self.tell_thread_members(id, &[], &[user]);
        }
        self.open_thread(id)?.members.remove(&user);
        Ok(())
    }

    pub(crate) fn thread_member(&self, id: Id, user: Id) -> Value {
        let thread = self.channels.get(&id).and_then(|channel| channel.thread.as_ref());
        thread.and_then(|thread| thread.members.get(&user)).map_or(Value::Null, |joined| {
            json!({"id": id.to_string(), "user_id": user.to_string(), "join_timestamp": clock::iso(*joined), "flags": 1})
        })
    }

    /// May this account write here? Ordinary channels, threads and archived threads have rules of their own.
    pub(crate) fn may_send(&self, id: Id, account: Id) -> Answer<()> {
        let channel = self.channel(id)?;
        let Some(thread) = &channel.thread else { return self.channel_for(id, account, SEND_MESSAGES).map(drop) };
        self.channel_for(id, account, SEND_MESSAGES_IN_THREADS)?;
        if thread.locked && self.permissions(account, id) & MANAGE_THREADS == 0 {
            return Err(ApiError::new(400, 160_005, "Thread is locked"));
        }
        Ok(())
    }

    /// Nothing in an archived thread can be changed; only a new message wakes it.
    pub(crate) fn is_awake(&self, id: Id) -> Answer<()> {
        let asleep = self.channels.get(&id).and_then(|one| one.thread.as_ref()).is_some_and(|thread| thread.archived);
        if asleep { Err(ApiError::archived()) } else { Ok(()) }
    }

    /// A message was written: an archived thread wakes, its author joins, its counters move.
    pub(crate) fn touch_thread(&mut self, id: Id, author: Id) {
        let now = self.now;
        let Some(thread) = self.channels.get_mut(&id).and_then(|channel| channel.thread.as_mut()) else { return };
        thread.message_count += 1;
        thread.total_sent += 1;
        let woke = std::mem::replace(&mut thread.archived, false);
        if woke {
            thread.archive_changed = now;
        }
        let joined = thread.members.insert(author, now).is_none();
        if woke {
            self.tell_channel("THREAD_UPDATE", id);
        }
        if joined {
            self.tell_thread_members(id, &[author], &[]);
        }
    }

    fn open_thread(&mut self, id: Id) -> Answer<&mut Thread> {
        let thread = self.channel_mut(id)?.thread.as_mut();
        let thread = thread.ok_or_else(|| ApiError::new(400, 50024, "Cannot execute action on this channel type"))?;
        if thread.archived { Err(ApiError::archived()) } else { Ok(thread) }
    }

    fn tell_thread_members(&mut self, id: Id, added: &[Id], removed: &[Id]) {
        let Some(channel) = self.channels.get(&id) else { return };
        let count = channel.thread.as_ref().map_or(0, |thread| thread.members.len()).min(50);
        let guild = channel.guild.map(|id| id.to_string());
        let added: Vec<_> = added.iter().map(|user| self.thread_member(id, *user)).collect();
        let removed: Vec<_> = removed.iter().map(ToString::to_string).collect();
        let data = json!({"id": id.to_string(), "guild_id": guild, "member_count": count, "added_members": added,
            "removed_member_ids": removed});
        self.tell("THREAD_MEMBERS_UPDATE", Audience::Channel(id), data);
    }
}
