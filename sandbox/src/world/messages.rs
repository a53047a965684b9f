//! Messages: written, edited, deleted, pinned, shown.
//!
//! **Invariant:** a message only changes through `compose`, after `rules::message` has let it pass, so what is stored is always
//! something Discord would have stored.

use super::attachments::Upload;
use super::mentions::Mentions;
use super::permissions::{ATTACH_FILES, EMBED_LINKS, MANAGE_MESSAGES, READ_MESSAGE_HISTORY, SEND_TTS_MESSAGES};
use super::reactions::Reaction;
use super::{Audience, World};
use crate::clock::{self, Millis};
use crate::errors::{Answer, ApiError, Unknown};
use crate::rules;
use crate::snowflake::{self, Id};
use serde_json::{Value, json};

pub(crate) const SUPPRESS_EMBEDS: u64 = 1 << 2;
pub(crate) const HAS_THREAD: u64 = 1 << 5;
pub(crate) const EPHEMERAL: u64 = 1 << 6;
pub(crate) const LOADING: u64 = 1 << 7;
pub(crate) const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
pub(crate) const COMPONENTS_V2: u64 = 1 << 15;
/// The flags whoever writes a message may choose.
const CHOSEN: u64 = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2;

pub(crate) const DEFAULT: u64 = 0;
pub(crate) const PINNED: u64 = 6;
const THREAD_CREATED: u64 = 18;
pub(crate) const REPLY: u64 = 19;
pub(crate) const CHAT_INPUT_COMMAND: u64 = 20;
pub(crate) const CONTEXT_MENU_COMMAND: u64 = 23;

#[derive(Debug, Clone, Default)]
pub(crate) struct Message {
    pub(crate) id: Id,
    pub(crate) channel: Id,
    pub(crate) author: Id,
    pub(crate) kind: u64,
    pub(crate) content: String,
    pub(crate) embeds: Vec<Value>,
    pub(crate) components: Vec<Value>,
    pub(crate) files: Vec<Id>,
    pub(crate) flags: u64,
    pub(crate) mentions: Mentions,
    pub(crate) edited_at: Option<Millis>,
    pub(crate) tts: bool,
    pub(crate) nonce: Option<Value>,
    pub(crate) pinned_at: Option<Millis>,
    pub(crate) reply_to: Option<Id>,
    pub(crate) reactions: Vec<Reaction>,
    pub(crate) thread: Option<Id>,
    /// The one person an ephemeral message is for.
    pub(crate) visible_to: Option<Id>,
    /// What asked for it, when the bot wrote it as an answer.
    pub(crate) interaction: Option<Value>,
}

impl Message {
    pub(crate) fn is_v2(&self) -> bool {
        self.flags & COMPONENTS_V2 != 0
    }

    /// One that nobody wrote: a pin, a thread that was started.
    pub(crate) fn is_system(&self) -> bool {
        !matches!(self.kind, DEFAULT | REPLY | CHAT_INPUT_COMMAND | CONTEXT_MENU_COMMAND)
    }

    fn audience(&self) -> Audience {
        match self.visible_to {
            Some(user) => Audience::Whisper { user, channel: self.channel },
            None => Audience::Channel(self.channel),
        }
    }
}

/// What somebody wants to write: the JSON and the files beside it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    pub(crate) body: Value,
    pub(crate) files: Vec<Upload>,
}

impl World {
    pub(crate) fn message(&self, channel: Id, id: Id) -> Answer<&Message> {
        let found = self.messages.get(&channel).and_then(|messages| messages.get(&id));
        found.ok_or_else(|| ApiError::unknown(Unknown::Message))
    }

    /// The message, for somebody it is not hidden from. The bot cannot reach ephemeral messages this way either.
    pub(crate) fn message_for(&self, channel: Id, id: Id, account: Id) -> Answer<&Message> {
        let message = self.message(channel, id)?;
        let hidden = message.visible_to.is_some_and(|user| user != account);
        if hidden { Err(ApiError::unknown(Unknown::Message)) } else { Ok(message) }
    }

    pub(crate) fn message_mut(&mut self, channel: Id, id: Id) -> Answer<&mut Message> {
        let found = self.messages.get_mut(&channel).and_then(|messages| messages.get_mut(&id));
        found.ok_or_else(|| ApiError::unknown(Unknown::Message))
    }

    /// Somebody writes into a channel.
    pub(crate) fn post(&mut self, channel: Id, author: Id, draft: Draft) -> Answer<Value> {
        let place = self.channel_for(channel, author, 0)?;
        if !place.holds_messages() {
            return Err(ApiError::new(400, 50008, "Cannot send messages in a non-text channel"));
        }
        self.may_send(channel, author)?;
        let body = &draft.body;
        let some = |field: &str| body.get(field).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
        if !draft.files.is_empty() {
            self.channel_for(channel, author, ATTACH_FILES)?;
        }
        if some("embeds") {
            self.channel_for(channel, author, EMBED_LINKS)?;
        }
        if body.get("tts") == Some(&Value::Bool(true)) {
            self.channel_for(channel, author, SEND_TTS_MESSAGES)?;
        }
        if let Some(twin) = self.twin(channel, author, body) {
            return Ok(self.message_json(twin, author));
        }
        let reply_to = self.referenced(channel, author, body)?;
        let mut message = Message { channel, author, kind: DEFAULT, reply_to, ..Message::default() };
        if reply_to.is_some() {
            message.kind = REPLY;
        }
        message.nonce = body.get("nonce").filter(|nonce| !nonce.is_null()).cloned();
        self.wait_turn(channel, author)?;
        self.compose(&mut message, draft)?;
        Ok(self.publish(message))
    }

    /// Gives a message its id, stores it and tells whoever may see it. Returns it as its author sees it.
    pub(crate) fn publish(&mut self, mut message: Message) -> Value {
        message.id = self.next_id();
        self.publish_as(message)
    }

    /// The same for a message that has its id: a forum's post has that of its thread.
    pub(crate) fn publish_as(&mut self, message: Message) -> Value {
        let (channel, id, author, ephemeral) =
            (message.channel, message.id, message.author, message.visible_to.is_some());
        if !ephemeral {
            if let Some(place) = self.channels.get_mut(&channel) {
                place.last_message = Some(id);
            }
            self.touch_thread(channel, author);
        }
        let json = self.message_json(&message, author);
        let mut told = self.with_member(json.clone(), &message);
        if let Some(nonce) = &message.nonce {
            told["nonce"] = nonce.clone();
        }
        self.tell("MESSAGE_CREATE", message.audience(), told);
        self.messages.entry(channel).or_default().insert(id, message);
        json
    }

    /// The author edits a message (or anybody with the permission hides its embeds).
    pub(crate) fn edit(&mut self, channel: Id, id: Id, actor: Id, draft: Draft) -> Answer<Value> {
        self.channel_for(channel, actor, 0)?;
        let before = self.message_for(channel, id, actor)?;
        if before.author != actor {
            let only_flags = draft.body.as_object().is_some_and(|body| body.keys().all(|key| key == "flags"));
            if !only_flags || self.permissions(actor, channel) & MANAGE_MESSAGES == 0 {
                return Err(ApiError::new(403, 50005, "Cannot edit a message authored by another user"));
            }
        } else if before.is_system() {
            return Err(ApiError::system_message());
        }
        self.count_edit(channel, id)?;
        self.rewrite(channel, id, draft)
    }

    /// Changes a stored message and tells whoever may see it.
    pub(crate) fn rewrite(&mut self, channel: Id, id: Id, draft: Draft) -> Answer<Value> {
        let mut message = self.message(channel, id)?.clone();
        self.is_awake(channel)?;
        self.compose(&mut message, draft)?;
        // An answer that only now gets its words has not been edited.
        let was_loading = message.flags & LOADING != 0;
        message.flags &= !LOADING;
        if !was_loading {
            message.edited_at = Some(self.now);
        }
        Ok(self.replace(message))
    }

    pub(crate) fn replace(&mut self, message: Message) -> Value {
        let json = self.message_json(&message, message.author);
        let told = self.with_member(json.clone(), &message);
        self.tell("MESSAGE_UPDATE", message.audience(), told);
        self.messages.entry(message.channel).or_default().insert(message.id, message);
        json
    }

    /// Deletes for an actor: their own messages, or with `MANAGE_MESSAGES`.
    pub(crate) fn delete(&mut self, channel: Id, id: Id, actor: Id) -> Answer<()> {
        self.channel_for(channel, actor, 0)?;
        if self.message_for(channel, id, actor)?.author != actor {
            self.channel_for(channel, actor, MANAGE_MESSAGES)?;
        }
        self.is_awake(channel)?;
        self.erase(channel, id)
    }

    /// Deletes without asking who wants it: an interaction's token is permission enough.
    pub(crate) fn erase(&mut self, channel: Id, id: Id) -> Answer<()> {
        let audience = self.message(channel, id)?.audience();
        let gone = self.messages.get_mut(&channel).and_then(|messages| messages.remove(&id));
        for file in gone.map(|message| message.files).unwrap_or_default() {
            self.attachments.remove(&file);
        }
        let mut data = json!({"id": id.to_string(), "channel_id": channel.to_string()});
        if let (Some(guild), Audience::Channel(_)) =
            (self.channels.get(&channel).and_then(|place| place.guild), &audience)
        {
            data["guild_id"] = json!(guild.to_string());
        }
        if let Some(thread) = self.channels.get_mut(&channel).and_then(|place| place.thread.as_mut()) {
            thread.message_count = thread.message_count.saturating_sub(1);
        }
        self.tell("MESSAGE_DELETE", audience, data);
        Ok(())
    }

    pub(crate) fn bulk_delete(&mut self, channel: Id, actor: Id, body: &Value) -> Answer<()> {
        self.channel_for(channel, actor, MANAGE_MESSAGES)?;
        let ids = rules::message::check_bulk_delete(body, self.now)?;
        self.is_awake(channel)?;
        let known: Vec<Id> = ids.into_iter().filter(|id| self.message_for(channel, *id, actor).is_ok()).collect();
        for id in &known {
            let gone = self.messages.get_mut(&channel).and_then(|messages| messages.remove(id));
            for file in gone.map(|message| message.files).unwrap_or_default() {
                self.attachments.remove(&file);
            }
        }
        let ids: Vec<_> = known.iter().map(ToString::to_string).collect();
        let guild = self.channels.get(&channel).and_then(|place| place.guild).map(|id| id.to_string());
        let data = json!({"ids": ids, "channel_id": channel.to_string(), "guild_id": guild});
        self.tell("MESSAGE_DELETE_BULK", Audience::Channel(channel), data);
        Ok(())
    }

    /// The messages of a channel that an account may see, newest first.
    pub(crate) fn history(&self, channel: Id, account: Id, window: &Window) -> Answer<Vec<Value>> {
        self.channel_for(channel, account, 0)?;
        if self.permissions(account, channel) & READ_MESSAGE_HISTORY == 0 {
            return Ok(Vec::new());
        }
        let all = self.messages.get(&channel);
        let seen = |message: &&Message| message.visible_to.is_none_or(|user| user == account);
        let all = || all.into_iter().flat_map(|messages| messages.values()).filter(seen);
        let mut picked: Vec<&Message> = match *window {
            Window { after: Some(after), limit, .. } => {
                all().filter(|message| message.id > after).take(limit).collect()
            }
            Window { around: Some(around), limit, .. } => {
                let half = limit / 2;
                let older = all().filter(|message| message.id < around).rev().take(half);
                older.chain(all().filter(|message| message.id >= around).take(limit - half)).collect()
            }
            Window { before, limit, .. } => {
                all().rev().filter(|message| before.is_none_or(|before| message.id < before)).take(limit).collect()
            }
        };
        picked.sort_by_key(|message| std::cmp::Reverse(message.id));
        Ok(picked.into_iter().map(|message| self.message_read(message, account)).collect())
    }

    /// Marks a message as the start of a thread.
    pub(crate) fn mark_thread(&mut self, channel: Id, id: Id, thread: Id) {
        let Ok(message) = self.message_mut(channel, id) else { return };
        message.thread = Some(thread);
        message.flags |= HAS_THREAD;
        let message = message.clone();
        self.replace(message);
    }

    /// The line a channel shows when a thread was started without a message.
    pub(crate) fn announce_thread(&mut self, channel: Id, author: Id, thread: Id, name: &str) {
        let content = name.to_owned();
        let thread = Some(thread);
        let notice = Message { channel, author, kind: THREAD_CREATED, content, thread, ..Message::default() };
        self.publish(notice);
    }

    /// Puts what a draft says into a message, if Discord's rules let it. Nothing has changed when this fails.
    pub(crate) fn compose(&mut self, message: &mut Message, draft: Draft) -> Answer<()> {
        let Draft { body, files } = draft;
        let metas = body.get("attachments").and_then(Value::as_array);
        let meta = |id: &str| {
            metas.and_then(|metas| {
                metas.iter().find(|meta| snowflake::parse(&meta["id"]).map(|id| id.to_string()).as_deref() == Some(id))
            })
        };
        // Without a list the old files stay; with one, only those it names.
        let kept: Vec<Id> =
            message.files.iter().copied().filter(|id| metas.is_none() || meta(&id.to_string()).is_some()).collect();
        let proposal = rules::message::Proposal {
            before: message,
            body: &body,
            kept: kept.iter().filter_map(|id| self.attachments.get(id)).map(|file| file.filename.clone()).collect(),
            new: files.iter().map(|file| named(file, meta(&file.slot))).collect(),
            lost: metas.map_or_else(Vec::new, |metas| lost(metas, &message.files, &files)),
            unlisted: files
                .iter()
                .filter(|file| metas.is_some() && meta(&file.slot).is_none())
                .map(|file| file.filename.clone())
                .collect(),
        };
        let remarks = proposal.check()?;
        // Only the bot is judged: a person's client is ours.
        let judged = message.author == self.application.id;
        let pinged = self.application.pings_by_name.then(|| rules::mentions::left_to_the_text(&body)).flatten();
        for (rule, detail) in remarks.into_iter().chain(pinged).filter(|_| judged) {
            self.accuse(rule, detail);
        }
        let ephemeral = message.visible_to.is_some();
        let mut owned = kept;
        for file in files {
            let meta = meta(&file.slot).cloned();
            owned.push(self.keep_file(message.channel, file, meta.as_ref(), ephemeral));
        }
        for gone in message.files.iter().filter(|id| !owned.contains(id)) {
            self.attachments.remove(gone);
        }
        message.files = owned;
        if let Some(content) = body.get("content") {
            content.as_str().unwrap_or_default().trim().clone_into(&mut message.content);
        }
        if let Some(embeds) = body.get("embeds") {
            message.embeds = embeds.as_array().cloned().unwrap_or_default();
        }
        if let Some(components) = body.get("components") {
            message.components = components.as_array().cloned().unwrap_or_default();
        }
        if let Some(flags) = body.get("flags").and_then(Value::as_u64) {
            let chosen = if message.id == 0 { CHOSEN } else { CHOSEN & !SUPPRESS_NOTIFICATIONS };
            message.flags = (message.flags & !chosen) | (flags & chosen);
        }
        message.tts |= message.id == 0 && body.get("tts") == Some(&Value::Bool(true));
        self.finish_embeds(message);
        self.finish_components(message);
        let replied = message.reply_to.and_then(|id| self.message(message.channel, id).ok()).map(|one| one.author);
        let text = rules::components::displayed_text(&message.content, &message.components);
        let allowed = body.get("allowed_mentions").unwrap_or(&Value::Null);
        message.mentions = self.mentions(message.channel, message.author, &text, allowed, replied);
        Ok(())
    }

    /// A message as a REST route answers with it: without its content where the application may not read that.
    pub(crate) fn message_read(&self, message: &Message, viewer: Id) -> Value {
        let mut json = self.message_json(message, viewer);
        let direct = self.channels.get(&message.channel).is_some_and(|place| place.guild.is_none());
        if viewer == self.application.id && !self.application.reads_content && !direct {
            crate::gateway::intents::redact_message(&mut json, &viewer.to_string());
        }
        json
    }

    pub(crate) fn message_json(&self, message: &Message, viewer: Id) -> Value {
        let shown_in_embed = |id: &Id| {
            self.attachments.get(id).is_some_and(|file| {
                let url = file.url();
                message
                    .embeds
                    .iter()
                    .any(|embed| ["image", "thumbnail"].iter().any(|part| embed[part]["url"] == url.as_str()))
            })
        };
        let files = message.files.iter().filter(|id| !shown_in_embed(id)).filter_map(|id| self.attachments.get(id));
        let mentions: Vec<_> = message.mentions.users.iter().map(|id| self.user_json(*id)).collect();
        let mut json = json!({
            "type": message.kind, "content": message.content, "mentions": mentions,
            "mention_roles": message.mentions.roles.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "attachments": files.map(super::attachments::Attachment::json).collect::<Vec<_>>(),
            "embeds": message.embeds, "timestamp": clock::iso(snowflake::made_at(message.id)),
            "edited_timestamp": message.edited_at.map(clock::iso), "flags": message.flags,
            "components": message.components, "id": message.id.to_string(), "channel_id": message.channel.to_string(),
            "author": self.user_json(message.author), "pinned": message.pinned_at.is_some(),
            "mention_everyone": message.mentions.everyone, "tts": message.tts,
        });
        if !message.reactions.is_empty() {
            json["reactions"] = message.reactions.iter().map(|reaction| reaction.json(viewer)).collect();
        }
        if let Some(metadata) = &message.interaction {
            json["interaction_metadata"] = metadata.clone();
            json["application_id"] = json!(self.application.id.to_string());
            json["webhook_id"] = json!(self.application.id.to_string());
        }
        if let Some(thread) = message.thread.and_then(|id| self.channels.get(&id)) {
            json["thread"] = self.channel_json(thread);
        }
        if let Some(reply_to) = message.reply_to {
            let guild = self.channels.get(&message.channel).and_then(|place| place.guild);
            json["message_reference"] =
                json!({"type": 0, "channel_id": message.channel.to_string(), "message_id": reply_to.to_string()});
            if let Some(guild) = guild {
                json["message_reference"]["guild_id"] = json!(guild.to_string());
            }
            // One level deep, as Discord does.
            let referenced = self
                .message(message.channel, reply_to)
                .ok()
                .filter(|_| message.kind != PINNED)
                .map(|one| self.message_json(&Message { reply_to: None, ..one.clone() }, viewer));
            if message.kind != PINNED {
                json["referenced_message"] = referenced.into();
            }
        }
        json
    }

    /// The gateway's form: with the guild and the author's member, except for ephemeral messages, which have neither.
    fn with_member(&self, mut json: Value, message: &Message) -> Value {
        let guild = self.channels.get(&message.channel).and_then(|place| place.guild);
        if let Some(guild) = guild.filter(|_| message.visible_to.is_none()) {
            json["guild_id"] = json!(guild.to_string());
            if let Some(member) = self.partial_member(guild, message.author) {
                json["member"] = member;
            }
        }
        json
    }
}

/// Which part of a channel's history is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) limit: usize,
    pub(crate) before: Option<Id>,
    pub(crate) after: Option<Id>,
    pub(crate) around: Option<Id>,
}

fn named(file: &Upload, meta: Option<&Value>) -> String {
    let name = meta.and_then(|meta| meta.get("filename")).and_then(Value::as_str);
    name.map_or_else(|| file.filename.clone(), str::to_owned)
}

/// Which entries of `attachments` name nothing: no file of the message, no file that came along.
fn lost(metas: &[Value], files: &[Id], uploads: &[Upload]) -> Vec<usize> {
    let known = |id: Id| files.contains(&id) || uploads.iter().any(|upload| upload.slot == id.to_string());
    let ids = metas.iter().enumerate().filter_map(|(index, meta)| Some((index, snowflake::parse(meta.get("id")?)?)));
    ids.filter(|(_, id)| !known(*id)).map(|(index, _)| index).collect()
}
