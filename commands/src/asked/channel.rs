//! Channels that only some see: made, found again, and opened to people.

use poise::serenity_prelude as serenity;
use serde::Deserialize;
use serde_json::{Value, json};
use serenity::{
    ChannelId,
    http::{LightMethod, Route},
};

use super::request;
use crate::rest::{Rank, Rest, Sent};

/// What kind of channel that is, as Discord counts them.
const TEXT: u8 = 0;
pub(crate) const FOLDER: u8 = 4;
pub(crate) const FORUM: u8 = 15;
pub(crate) const NEWS: u8 = 5;

/// What Discord says of a channel that we need.
#[derive(Debug, Deserialize)]
pub(crate) struct Channel {
    pub(crate) id: ChannelId,
    #[serde(rename = "type")]
    pub(crate) kind: u8,
    #[serde(default)]
    pub(crate) guild_id: Option<serenity::GuildId>,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) topic: Option<String>,
    #[serde(default)]
    pub(crate) parent_id: Option<ChannelId>,
}

impl Channel {
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.kind, TEXT | NEWS)
    }
}

/// A channel to make.
pub(crate) struct New<'a> {
    pub(crate) name: &'a str,
    /// By this it is found again.
    pub(crate) topic: &'a str,
    pub(crate) under: Option<u64>,
    pub(crate) exceptions: &'a [Value],
}

/// An exception to what a guild allows: whose, and which bits.
pub(crate) fn exception(id: u64, is_person: bool, (allow, deny): (u64, u64)) -> Value {
    let kind = u8::from(is_person);
    json!({ "id": id.to_string(), "type": kind, "allow": allow.to_string(), "deny": deny.to_string() })
}

/// One, as it is now.
pub(crate) async fn one(rest: &Rest, channel: u64, rank: Rank) -> Sent<Channel> {
    rest.fetch(Route::Channel { channel_id: ChannelId::new(channel) }, None, rank).await
}

/// All of a guild, without threads.
pub(crate) async fn all(rest: &Rest, guild: base::GuildId) -> Sent<Vec<Channel>> {
    let guild_id = serenity::GuildId::new(guild.0);
    rest.fetch(Route::GuildChannels { guild_id }, None, Rank::Urgent).await
}

/// Makes one that people write in.
pub(crate) async fn make(rest: &Rest, guild: base::GuildId, new: &New<'_>) -> Sent<u64> {
    let under = new.under.map(|under| under.to_string());
    let body = json!({ "name": new.name, "type": TEXT, "topic": new.topic, "parent_id": under,
        "permission_overwrites": new.exceptions });
    created(rest, guild, body).await
}

/// Makes one that holds others.
pub(crate) async fn make_folder(rest: &Rest, guild: base::GuildId, name: &str, exceptions: &[Value]) -> Sent<u64> {
    created(rest, guild, json!({ "name": name, "type": FOLDER, "permission_overwrites": exceptions })).await
}

async fn created(rest: &Rest, guild: base::GuildId, body: Value) -> Sent<u64> {
    let route = Route::GuildChannels { guild_id: serenity::GuildId::new(guild.0) };
    let made: Channel = rest.send(request(route, LightMethod::Post, (body, Vec::new()))?, Rank::Urgent).await?;
    Ok(made.id.get())
}

/// Has exactly these see it.
pub(crate) async fn open_to(rest: &Rest, channel: u64, exceptions: &[Value]) -> Sent {
    let route = Route::Channel { channel_id: ChannelId::new(channel) };
    let body = json!({ "permission_overwrites": exceptions });
    rest.send_only(request(route, LightMethod::Patch, (body, Vec::new()))?, Rank::Result).await
}
