//! What one person's client has seen so far.
//!
//! **Invariant:** nothing seen is forgotten: every version of every message stays, also of deleted ones, so that a test
//! can say that something was never shown.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    Message, Modal, Result, Select,
    error::Unknown,
    message::{list, text_at},
};

/// Discord's channel types that are threads.
const THREADS: [u64; 3] = [10, 11, 12];
/// A conversation with one person.
const DIRECT: u64 = 1;

#[derive(Debug, Default)]
pub struct State {
    /// The person.
    pub user: Value,
    pub(crate) session_id: String,
    /// Counts gateway events; a message's `revision` is the count at which it was seen.
    pub revision: u64,
    /// Why the gateway ended, once it has.
    pub closed: Option<String>,
    guilds: Vec<String>,
    channels: Vec<Channel>,
    members: Vec<Value>,
    roles: Vec<Value>,
    messages: Vec<Seen>,
    by_id: HashMap<String, usize>,
    modals: Vec<(u64, Modal)>,
    interactions: HashMap<String, Progress>,
}

/// A channel or thread.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    pub id: String,
    pub guild_id: String,
    pub name: String,
    /// Discord's channel type.
    pub kind: u64,
    pub parent_id: Option<String>,
    /// When it was first seen; 0 for those there before.
    pub revision: u64,
    pub raw: Value,
}

impl Channel {
    pub fn is_thread(&self) -> bool {
        THREADS.contains(&self.kind)
    }

    pub fn is_direct(&self) -> bool {
        self.kind == DIRECT
    }

    fn read(raw: Value, guild: &str, revision: u64) -> Self {
        Self {
            id: text_at(&raw, "id").to_owned(),
            guild_id: raw["guild_id"].as_str().unwrap_or(guild).to_owned(),
            name: text_at(&raw, "name").to_owned(),
            kind: raw["type"].as_u64().unwrap_or_default(),
            parent_id: raw["parent_id"].as_str().map(str::to_owned),
            revision,
            raw,
        }
    }
}

/// A message's life: every version seen, oldest first; never empty.
#[derive(Debug, Clone)]
pub struct Seen {
    pub versions: Vec<Message>,
    /// When it was deleted, if it was.
    pub deleted: Option<u64>,
}

impl Seen {
    pub fn first(&self) -> &Message {
        &self.versions[0]
    }

    pub fn latest(&self) -> &Message {
        &self.versions[self.versions.len() - 1]
    }
}

/// How far one of this person's interactions has come.
#[derive(Debug, Default, Clone)]
pub(crate) struct Progress {
    pub(crate) id: Option<String>,
    pub(crate) end: Option<End>,
}

#[derive(Debug, Clone)]
pub(crate) enum End {
    Acknowledged,
    Failed,
    Modal(Box<Modal>),
    Choices(Vec<Value>),
}

impl State {
    /// The guild the person is in: the first of the sandbox.
    pub fn guild_id(&self) -> &str {
        self.guilds.first().map_or("", String::as_str)
    }

    pub fn username(&self) -> &str {
        text_at(&self.user, "username")
    }

    /// Channels and threads, oldest first.
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    pub fn channel(&self, id: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == id)
    }

    /// The channel with this name, with or without `#`, or this id, or written `<#id>`.
    pub fn find_channel(&self, name: &str) -> Result<&Channel> {
        let bare = name.trim_start_matches("<#").trim_end_matches('>').trim_start_matches('#');
        let found = self.channels.iter().find(|channel| channel.name == bare && !channel.is_thread());
        found
            .or_else(|| self.channels.iter().rev().find(|channel| channel.id == bare || channel.name == bare))
            .ok_or_else(|| Unknown::new("channel", name, self.channels.iter().map(|channel| &channel.name)).into())
    }

    /// The threads of a channel, oldest first.
    pub fn threads_of(&self, channel_id: &str) -> impl DoubleEndedIterator<Item = &Channel> {
        self.channels.iter().filter(move |c| c.is_thread() && c.parent_id.as_deref() == Some(channel_id))
    }

    /// The thread that hangs on this message.
    pub fn thread_of(&self, message: &Message) -> Option<&Channel> {
        let id = message.raw["thread"]["id"].as_str().unwrap_or(message.id());
        self.channels.iter().find(|channel| channel.is_thread() && channel.id == id)
    }

    /// Everything seen in every channel, deleted messages too, in the order in which it first appeared.
    pub fn seen(&self) -> &[Seen] {
        &self.messages
    }

    /// The messages now in a channel, oldest first, each as it is now.
    pub fn messages<'a>(&'a self, channel_id: &'a str) -> impl DoubleEndedIterator<Item = &'a Message> {
        let here = move |seen: &&Seen| seen.deleted.is_none() && seen.latest().channel_id() == channel_id;
        self.messages.iter().filter(here).map(Seen::latest)
    }

    /// The newest message in a channel.
    pub fn newest(&self, channel_id: &str) -> Option<&Message> {
        let here = |seen: &&Seen| seen.deleted.is_none() && seen.latest().channel_id() == channel_id;
        self.messages.iter().rev().find(here).map(Seen::latest)
    }

    /// All that was seen of one message.
    pub fn message(&self, id: &str) -> Option<&Seen> {
        self.by_id.get(id).map(|at| &self.messages[*at])
    }

    /// The message that answers an interaction, once it says more than "thinking".
    pub fn answer(&self, interaction_id: &str) -> Option<&Message> {
        let answers = |message: &&Message| message.interaction_id() == Some(interaction_id) && !message.is_thinking();
        self.messages.iter().rev().filter(|seen| seen.deleted.is_none()).map(Seen::latest).find(answers)
    }

    /// The dialog in front of the person: the newest not yet submitted.
    pub fn modal(&self) -> Option<&Modal> {
        self.modals.last().map(|(_, modal)| modal)
    }

    /// The dialogs opened after a revision and still open.
    pub fn modals_since(&self, revision: u64) -> impl Iterator<Item = &Modal> {
        self.modals.iter().filter(move |(seen, _)| *seen > revision).map(|(_, modal)| modal)
    }

    /// Members of the guild, as Discord's member objects.
    pub fn members(&self) -> &[Value] {
        &self.members
    }

    /// Roles of the guild.
    pub fn roles(&self) -> &[Value] {
        &self.roles
    }

    /// The id of a person written `@name`, `<@id>` or as an id.
    pub(crate) fn find_member(&self, name: &str) -> Result<String> {
        let bare = name.trim_start_matches("<@").trim_end_matches('>').trim_start_matches(['@', '!']);
        let named = |member: &&Value| {
            let user = &member["user"];
            let names = [&user["username"], &user["id"], &user["global_name"], &member["nick"]];
            names.into_iter().any(|name| name.as_str() == Some(bare))
        };
        let found = self.members.iter().find(named).map(|member| text_at(&member["user"], "id").to_owned());
        found.ok_or_else(|| {
            let known = self.members.iter().map(|member| format!("@{}", text_at(&member["user"], "username")));
            Unknown::new("person", name, known).into()
        })
    }

    /// The id of a role written `@name`, `<@&id>` or as an id.
    pub(crate) fn find_role(&self, name: &str) -> Result<String> {
        let bare = name.trim_start_matches("<@&").trim_end_matches('>').trim_start_matches('@');
        let named =
            |role: &&Value| [text_at(role, "id"), text_at(role, "name").trim_start_matches('@')].contains(&bare);
        let found = self.roles.iter().find(named).map(|role| text_at(role, "id").to_owned());
        found.ok_or_else(|| {
            let known = self.roles.iter().map(|role| format!("@{}", text_at(role, "name").trim_start_matches('@')));
            Unknown::new("role", name, known).into()
        })
    }

    /// What choosing `wanted` in a menu tells the bot.
    pub(crate) fn pick(&self, select: &Select, wanted: &str) -> Result<String> {
        match select.kind {
            5 => self.find_member(wanted),
            6 => self.find_role(wanted),
            7 => self.find_member(wanted).or_else(|_| self.find_role(wanted)),
            8 => self.find_channel(wanted).map(|channel| channel.id.clone()),
            _ => select.value_of(wanted),
        }
    }

    pub(crate) fn progress(&self, nonce: &str) -> Option<&Progress> {
        self.interactions.get(nonce)
    }

    /// Starts to follow an interaction.
    pub(crate) fn expect_answer(&mut self, nonce: &str) {
        self.interactions.insert(nonce.to_owned(), Progress::default());
    }

    pub(crate) fn stop_following(&mut self, nonce: &str) {
        self.interactions.remove(nonce);
    }

    pub(crate) fn close_modal(&mut self, id: &str) {
        self.modals.retain(|(_, modal)| modal.id != id);
    }

    /// Messages there before the client connected, oldest first.
    pub(crate) fn remember(&mut self, messages: Vec<Value>) {
        let unknown = |message: &Value| !self.by_id.contains_key(text_at(message, "id"));
        let messages: Vec<Value> = messages.into_iter().filter(unknown).collect();
        for message in messages {
            self.show(message, 0);
        }
        // Snowflakes count up; what is read later may have been said earlier.
        self.messages.sort_by_key(|seen| seen.first().id().parse::<u64>().unwrap_or(u64::MAX));
        self.by_id = self.messages.iter().enumerate().map(|(at, seen)| (seen.first().id().to_owned(), at)).collect();
    }

    /// Takes in one dispatch of the gateway.
    pub(crate) fn apply(&mut self, event: &str, data: Value) {
        self.revision += 1;
        match event {
            "READY" => self.ready(&data),
            "GUILD_CREATE" => self.guild(&data),
            "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "THREAD_CREATE" | "THREAD_UPDATE" => {
                let guild = self.guild_id().to_owned();
                self.channel_seen(Channel::read(data, &guild, self.revision));
            }
            "CHANNEL_DELETE" | "THREAD_DELETE" => {
                let id = text_at(&data, "id");
                self.channels.retain(|channel| channel.id != id);
            }
            "MESSAGE_CREATE" | "MESSAGE_UPDATE" => self.show(data, self.revision),
            "MESSAGE_DELETE" => self.delete(text_at(&data, "id")),
            "MESSAGE_DELETE_BULK" => list(&data["ids"]).iter().filter_map(Value::as_str).for_each(|id| self.delete(id)),
            "GUILD_MEMBER_ADD" | "GUILD_MEMBER_UPDATE" => {
                replace(&mut self.members, data, |m| text_at(&m["user"], "id").to_owned());
            }
            "GUILD_MEMBER_REMOVE" => self.members.retain(|member| member["user"]["id"] != data["user"]["id"]),
            "GUILD_ROLE_CREATE" | "GUILD_ROLE_UPDATE" => {
                replace(&mut self.roles, data["role"].clone(), |role| text_at(role, "id").to_owned());
            }
            "GUILD_ROLE_DELETE" => self.roles.retain(|role| role["id"] != data["role_id"]),
            _ => self.interaction(event, &data),
        }
    }

    fn ready(&mut self, data: &Value) {
        text_at(data, "session_id").clone_into(&mut self.session_id);
        for guild in list(&data["guilds"]) {
            self.guild(guild);
        }
        for channel in list(&data["private_channels"]) {
            self.channel_seen(Channel::read(channel.clone(), "", 0));
        }
        self.user = data["user"].clone();
    }

    fn guild(&mut self, guild: &Value) {
        let id = text_at(guild, "id");
        if !self.guilds.iter().any(|known| known == id) {
            self.guilds.push(id.to_owned());
        }
        for channel in list(&guild["channels"]).iter().chain(list(&guild["threads"])) {
            self.channel_seen(Channel::read(channel.clone(), id, 0));
        }
        self.members.extend(list(&guild["members"]).iter().cloned());
        self.roles.extend(list(&guild["roles"]).iter().cloned());
    }

    fn channel_seen(&mut self, channel: Channel) {
        match self.channels.iter_mut().find(|known| known.id == channel.id) {
            Some(known) => *known = Channel { revision: known.revision, ..channel },
            None => self.channels.push(channel),
        }
    }

    /// A message appears or changes. An update may carry only what changed.
    fn show(&mut self, data: Value, revision: u64) {
        let id = text_at(&data, "id").to_owned();
        let nonce = data["nonce"].as_str().map(str::to_owned);
        let shown = if let Some(at) = self.by_id.get(&id) {
            let seen = &mut self.messages[*at];
            let message = Message::new(merged(&seen.latest().raw, data), revision);
            seen.versions.push(message.clone());
            message
        } else {
            let message = Message::new(data, revision);
            self.by_id.insert(id, self.messages.len());
            self.messages.push(Seen { versions: vec![message.clone()], deleted: None });
            message
        };
        let answered = shown.interaction_id();
        for (follows, progress) in &mut self.interactions {
            let by_nonce = nonce.as_ref() == Some(follows);
            if progress.end.is_none() && (by_nonce || (answered.is_some() && progress.id.as_deref() == answered)) {
                progress.end = Some(End::Acknowledged);
            }
        }
    }

    fn delete(&mut self, id: &str) {
        if let Some(at) = self.by_id.get(id) {
            self.messages[*at].deleted = Some(self.revision);
        }
    }

    fn interaction(&mut self, event: &str, data: &Value) {
        let nonce = text_at(data, "nonce").to_owned();
        let modal = (event == "INTERACTION_MODAL_CREATE").then(|| Modal::read(data.clone()));
        // A client shows one dialog: a newer one takes the older one's place. It shows also those another window asked for.
        if let Some(modal) = &modal {
            self.modals = vec![(self.revision, modal.clone())];
        }
        let Some(progress) = self.interactions.get_mut(&nonce) else { return };
        let end = match event {
            "INTERACTION_CREATE" => {
                progress.id = Some(text_at(data, "id").to_owned());
                return;
            }
            "INTERACTION_SUCCESS" => End::Acknowledged,
            "INTERACTION_FAILURE" => End::Failed,
            "APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE" => End::Choices(list(&data["choices"]).to_vec()),
            _ => match modal {
                Some(modal) => End::Modal(Box::new(modal)),
                None => return,
            },
        };
        if progress.id.is_none() {
            progress.id = data["id"].as_str().map(str::to_owned);
        }
        // What the bot opened or offered says more than that it answered, whichever comes first.
        if progress.end.is_none() || matches!(end, End::Modal(_) | End::Choices(_)) {
            progress.end = Some(end);
        }
    }
}

fn merged(old: &Value, new: Value) -> Value {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let mut whole = old.clone();
            whole.extend(new);
            Value::Object(whole)
        }
        (_, new) => new,
    }
}

fn replace(list: &mut Vec<Value>, new: Value, id: impl Fn(&Value) -> String) {
    match list.iter_mut().find(|old| id(old) == id(&new)) {
        Some(old) => *old = new,
        None => list.push(new),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_version_of_a_message_stays_and_an_update_changes_only_what_it_names() {
        let mut state = State::default();
        state.apply("MESSAGE_CREATE", json!({ "id": "1", "channel_id": "c", "content": "one", "flags": 64 }));
        state.apply("MESSAGE_UPDATE", json!({ "id": "1", "channel_id": "c", "content": "two" }));
        state.apply("MESSAGE_DELETE", json!({ "id": "1", "channel_id": "c" }));
        let seen = state.message("1").unwrap();
        let texts: Vec<_> = seen.versions.iter().map(Message::text).collect();
        assert_eq!(
            (texts, seen.latest().is_ephemeral(), seen.deleted),
            (vec!["one".into(), "two".into()], true, Some(3))
        );
        assert_eq!(state.messages("c").count(), 0);
    }

    #[test]
    fn an_answer_acknowledges_as_well_as_the_notice() {
        let mut state = State::default();
        state.expect_answer("7");
        state.apply("INTERACTION_CREATE", json!({ "id": "i", "nonce": "7" }));
        assert!(state.progress("7").unwrap().end.is_none());
        state.apply("MESSAGE_CREATE", json!({ "id": "1", "channel_id": "c", "interaction_metadata": { "id": "i" } }));
        assert!(matches!(state.progress("7").unwrap().end, Some(End::Acknowledged)));
        state.apply("INTERACTION_FAILURE", json!({ "id": "i", "nonce": "7" }));
        assert!(matches!(state.progress("7").unwrap().end, Some(End::Acknowledged)));
    }
}
